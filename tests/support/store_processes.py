"""A library with some samples, and processes of their own that work on it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.clips import ROOT, clip_entry
from tui_browser.store.store import Store

TOP = str(Path(__file__).parents[2])


def filled(path: str, count: int = 20) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(count)], space="a", layout="pca")


def child(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        cwd=TOP, env={**os.environ, "PYTHONPATH": TOP}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
