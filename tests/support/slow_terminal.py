"""A terminal at the end of a slow line, and the app on many made samples to fill it."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.pty import ROOT, Terminal

_APP = """
import os, sys
sys.path.insert(0, {root!r})
from tests.support.fakes import FakeLibrary, FakePlayer, FakeService, snapshot
from tui_browser.config.appearance import choose_appearance
from tui_browser.config.settings import Settings
from tui_browser.ui.run import run_app
class Player(FakePlayer):
    def play(self, path, *more, **others):
        with open({played!r}, "ab") as file:
            file.write(path + b"\\n")
        super().play(path, *more, **others)
settings = Settings({settings})
sys.exit(run_app(library=FakeLibrary(snapshot({count})), service=FakeService(), player=Player(), settings=settings,
                 look=choose_appearance(settings, os.environ)))
"""


def app(played: Path, *, count: int = 400, settings: str = "motion=False") -> list[str]:
    """A command that runs the app on `count` made samples; what it plays is told in the file `played`."""
    return [sys.executable, "-c", _APP.format(root=str(ROOT), played=str(played), count=count, settings=settings)]


class SlowTerminal(Terminal):
    """Shows at most `rate` bytes a second, and says so to whom asks whether output has arrived.

    `swallows` is what sshd and the net do: they take all at once, and deliver as they can.
    """

    def __init__(self, *args: Any, rate: float, swallows: bool, answers: bool = True, **more: Any) -> None:
        super().__init__(*args, **more)
        self.rate = rate
        self.waiting = bytearray()
        """Taken from the program, not yet shown."""
        self._swallows = swallows
        self._free_at = time.monotonic()
        if answers:
            vars(self._screen)["write_process_input"] = self.press

    def read(self, timeout_s: float = 0.02) -> bytes:
        shown = bytearray()
        end = time.monotonic() + timeout_s
        while True:
            now = time.monotonic()
            budget = int((now - self._free_at) * self.rate)
            room = (1 << 30) if self._swallows else budget - len(self.waiting)
            while room > 0 and select.select([self._pty], [], [], 0.0)[0]:
                try:
                    data = os.read(self._pty, min(room, 1 << 16))
                except OSError:  # the other end is closed
                    break
                if not data:
                    break
                self.waiting += data
                room -= len(data)
            data = bytes(self.waiting[:budget])
            del self.waiting[:budget]
            if self.waiting:
                self._free_at += len(data) / self.rate
            elif budget:
                self._free_at = now
            if data:
                shown += data
                self.raw += data
                self._stream.feed(data)
            if now >= end:
                return bytes(shown)
            time.sleep(0.005)
