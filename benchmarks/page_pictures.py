"""page-pictures: the page to send, of the demo, in a browser on a desk and on a phone, for the docs."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.app import command
from benchmarks.libraries import FOLDER
from benchmarks.pictures import stored_library

_DESK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}
_PHONE = {
    "viewport": {"width": 390, "height": 760}, "color_scheme": "light", "device_scale_factor": 2, "has_touch": True,
    "is_mobile": True,
}  # fmt: skip
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_PAUSE_MS = 600


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the pictures go, FOLDER/page.png ...")
    parser.add_argument("--library", default="", metavar="FILE", help="of this library, not of the demo")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where libraries are kept")


def run(args: argparse.Namespace) -> int:
    library = args.library or stored_library(0, folder=args.libraries)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("a browser is needed: chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "page.html")
        words = ["export", "page", "--out", page, "--title", "Twelve drum machines", "--quiet"]
        subprocess.run([*command(), "--library", library, *words], check=True)
        _take(browser, page, args.out)
    return 0


def _take(program: str, page: str, out: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        for name, settings, keys in (
            ("page", _DESK, ("ArrowRight", "ArrowDown", "n", "p")),
            ("page-phone", _PHONE, ("ArrowRight", "b")),
        ):
            window = browser.new_context(**settings).new_page()
            window.goto(Path(page).as_uri())
            window.wait_for_selector("#canvas[data-drawn]")
            for key in keys:
                window.keyboard.press(key)
                window.wait_for_timeout(_PAUSE_MS)
            window.evaluate("document.body.classList.remove('by-keys'); document.activeElement.blur()")
            window.wait_for_timeout(_PAUSE_MS // 6)
            path = os.path.join(out, f"{name}.png")
            window.screenshot(path=path)
            print(path)
        browser.close()
