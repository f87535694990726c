"""peers: an environment of its own with the programs that ours is compared with; nothing of it enters the product's."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from typing import Any

import platformdirs

FOLDER = os.path.join(platformdirs.user_cache_dir("tui-browser"), "benchmarks", "peers")
PACKAGES = (
    "textual-plot",
    "textual-hires-canvas",
    "plotext",
    "drawille",
    "librosa",
    "umap-learn",
    "openTSNE",
    "pacmap",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--packages", default=",".join(PACKAGES), help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    if not os.path.exists(python()):
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    pip = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    missing = [name for name in args.packages.split(",") if subprocess.run([*pip, name], check=False).returncode]
    for name in missing:
        print(f"could not be installed: {name}")
    print(f"peers are in {FOLDER}; fzf comes from the system (apt install fzf)")
    return 1 if missing else 0


def python() -> str:
    """The peers' Python, which may not be there."""
    return os.environ.get("TUI_BROWSER_PEERS") or os.path.join(FOLDER, "bin", "python")


def script(name: str) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_scripts", f"{name}.py")


def ask(name: str, *arguments: str, limit_s: float | None = None) -> tuple[dict[str, Any], str]:
    """What a peer script answers (JSON), or nothing and why not; it is ended after `limit_s` seconds."""
    if not os.path.exists(python()):
        return {}, "peers not installed: python -m benchmarks peers"
    command = [python(), script(name), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return {}, f"over the limit of {limit_s:,.0f} s"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {}, f"peer {name} failed: {last}"
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer, ""


def fzf() -> str | None:
    """The fzf program."""
    return shutil.which("fzf")
