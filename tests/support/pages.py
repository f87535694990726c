"""Pages with sounds made in code, and a browser that shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.programs import need
from tests.support.sounds import one_shot, write
from tui_browser.records import DRUM_CLASSES
from tui_browser.workbench.page.chosen import ChosenSounds, PageSound
from tui_browser.workbench.page.document import build_page
from tui_browser.workbench.page.excerpt import encode_excerpt

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage", "--mute-audio",
)  # fmt: skip

_WATCH_AUDIO = """
window.started = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset) {
  if (this.context instanceof AudioContext) {
    const { currentTime: at, state } = this.context;
    window.started.push({ when, offset, at, seconds: this.buffer.duration, state });
  }
  return start.call(this, when, offset);
};
"""
"""Keeps what is handed to the audio device."""


def page_sounds(count: int = 22, **changes: Any) -> list[PageSound]:
    """Sounds on a square of the map, of all classes in turn; `changes` are made to the first."""
    side = int(np.ceil(np.sqrt(count)))
    sounds = [
        PageSound(
            path=b"", name=f"{DRUM_CLASSES[at % 11]} {at}.wav", folder=f"kit {at % 3}", group=at % 11,
            class_p=0.9, x=(at % side) / (side - 1), y=1 - (at // side) / (side - 1), onset_s=0.0, duration_s=0.3,
            bpm=None, key=None, tags=("deep",) if at % 5 == 0 else (), credit=None,
        )
        for at in range(count)
    ]  # fmt: skip
    return [replace(sounds[0], **changes), *sounds[1:]]


def chosen_sounds(sounds: list[PageSound], *, seed: int = 0) -> ChosenSounds:
    """The sounds with vectors that are near within a class."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((len(DRUM_CLASSES) + 12, 8))
    vectors = np.stack([centres[sound.group] for sound in sounds]) + 0.1 * rng.standard_normal((len(sounds), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return ChosenSounds(sounds, vectors.astype(np.float32), DRUM_CLASSES, unplaced=0, refused=[])


def write_page(path: Path, sounds: list[PageSound], *, title: str = "Sounds to send") -> Path:
    """A page of these sounds; a sound of its class is made for each group."""
    excerpts: dict[int, bytes] = {}
    for sound in sounds:
        if sound.group not in excerpts:
            made = write(path.parent / f"{sound.group}.wav", one_shot(DRUM_CLASSES[min(sound.group, 10)], sound.group))
            excerpts[sound.group] = encode_excerpt(bytes(made), onset_s=0.0, seconds=0.5)
    path.write_bytes(build_page(chosen_sounds(sounds), [excerpts[s.group] for s in sounds], title=title, seconds=0.5))
    return path


def content_of(page: Path) -> dict[str, Any]:
    """What a page says of its sounds."""
    found = re.search(r'id="content">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium of this machine without a window; skips where it is absent."""
    program = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, path: Path, **settings: Any) -> Iterator[Page]:
    """The page in a window of its own, drawn; fails on any error, warning of the policy, or request to the network."""
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark", **settings})
    problems: list[str] = []
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.add_init_script(_WATCH_AUDIO)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None)
        page.on("request", lambda request: problems.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        page.wait_for_selector("#canvas[data-drawn]")
        yield page
        if [line for line in problems if "AudioContext was not allowed to start" not in line]:
            pytest.fail("\n".join(problems))
    finally:
        context.close()


def place_of(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the whole map is in the window."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    margin = max(20, 0.065 * min(box["width"], box["height"]))
    across, down = box["width"] - 2 * margin, box["height"] - 2 * margin
    across, down = min(across, 1.8 * min(across, down)), min(down, 1.8 * min(across, down))
    return box["x"] + box["width"] / 2 + (x - 0.5) * across, box["y"] + box["height"] / 2 - (y - 0.5) * down


def started(page: Page, at_least: int) -> list[dict[str, Any]]:
    """The sounds that were started, once there are so many."""
    page.wait_for_function("count => window.started.length >= count", arg=at_least)
    entries: list[dict[str, Any]] = page.evaluate("window.started")
    return entries
