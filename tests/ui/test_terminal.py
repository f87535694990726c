"""The app on a real terminal: what it loads, what it sends, how it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")
pyte = pytest.importorskip("pyte", reason="pyte is not installed")

HEAVY = ("torch", "numba", "umap", "sklearn", "scipy", "pynndescent", "llvmlite")
ROOT = Path(__file__).parents[2]

APP = """
import os, sys
sys.path.insert(0, {root!r})
from tests.support.fakes import FakeLibrary, FakePlayer, FakeService, snapshot
from tui_browser.config.appearance import choose_appearance
from tui_browser.config.settings import Settings
from tui_browser.ui.run import run_app
settings = Settings()
code = run_app(library=FakeLibrary(snapshot(400)), service=FakeService(), player=FakePlayer(), settings=settings,
               look=choose_appearance(settings, os.environ))
print("left with", code)
sys.exit(code)
"""


class Terminal:
    """A child on a pseudo-terminal, and the screen as a person sees it."""

    def __init__(self, *command: str, columns: int = 80, rows: int = 24) -> None:
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.child = pexpect.spawn(command[0], list(command[1:]), dimensions=(rows, columns), env=env, encoding=None)
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def read(self, seconds: float) -> bytes:
        """Whatever comes in this time."""
        before, end = len(self.received), time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                data = self.child.read_nonblocking(65536, timeout=0.05)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
            self.received += data
            self._stream.feed(data)
        return self.received[before:]

    def until(self, text: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} never came:\n{self.text}"
            self.read(0.1)

    def close(self) -> None:
        self.child.close(force=True)


@pytest.fixture
def app() -> Iterator[Terminal]:
    terminal = Terminal(sys.executable, "-c", APP.format(root=str(ROOT)))
    yield terminal
    terminal.close()


def test_nothing_heavy_is_imported() -> None:
    script = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import tui_browser.ui.app, tui_browser.ui.run, tui_browser.playback.player, tui_browser.audio.waveform
import tui_browser.library.library
print([name for name in {HEAVY!r} if name in sys.modules])
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
print([name for name in {HEAVY!r} if "/" + name + "/" in maps])
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["[]", "[]"], answer.stdout


def test_a_walk_costs_few_bytes_and_rest_none(app: Terminal) -> None:
    app.until("400 samples")
    app.until(".wav")
    app.read(1.0)
    moved = []
    for key in (b"l", b"j", b"h", b"k", b"l", b"l"):
        app.child.send(key)
        moved.append(len(app.read(0.04)))
        app.read(0.5)
    assert sorted(moved)[len(moved) // 2] <= 400, moved
    assert app.read(1.5) == b"", "at rest the app is silent"


def test_quit_restores_the_terminal(app: Terminal) -> None:
    app.until("400 samples")
    app.child.send(b"q")
    app.until("left with 0")
    assert not app.screen.cursor.hidden
    assert b"\x1b[?1049l" in app.received and b"\x1b[?2004l" in app.received


def test_a_signal_ends_the_app_through_the_front_door(app: Terminal) -> None:
    app.until("400 samples")
    app.child.kill(signal.SIGTERM)
    app.until("left with 143")
    assert not app.screen.cursor.hidden and b"\x1b[?1049l" in app.received


def test_suspended_and_brought_back_the_screen_is_whole_again(app: Terminal) -> None:
    app.until("400 samples")
    app.child.send(b"\x1a")
    app.read(1.0)
    assert b"\x1b[?1049l" in app.received
    app.child.kill(signal.SIGCONT)
    app.screen.reset()
    app.until("400 samples")
    app.child.send(b"q")
    app.until("left with 0")


def test_with_both_outputs_elsewhere_it_paints_on_the_controlling_terminal(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(APP.format(root=str(ROOT)))
    line = f"{sys.executable} {script} > {tmp_path}/out 2> {tmp_path}/err < /dev/null; echo done $?"
    terminal = Terminal("/bin/sh", "-c", line)
    try:
        terminal.until("400 samples")
        terminal.child.send(b"n")
        terminal.until("neighbour 1")
        terminal.child.send(b"q")
        terminal.until("done 0")
    finally:
        terminal.close()
    assert (tmp_path / "out").read_text() == "left with 0\n"
    assert (tmp_path / "err").read_text() == ""


def test_without_any_terminal_it_says_so() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", APP.format(root=str(ROOT))],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert "the app needs a terminal" in answer.stderr and answer.stdout == ""
