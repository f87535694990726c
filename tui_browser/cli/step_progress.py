"""Progress of a job in equal steps, on standard error: what, how far, and the time left."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tui_browser.cli.common import CommonOptions
from tui_browser.errors import counted

_AFTER_S = 0.5
"""A job that ends sooner shows no progress."""


class StepProgress:
    """A context manager: a line that is rewritten on a terminal; elsewhere a line for each tenth."""

    def __init__(self, common: CommonOptions, doing: str, total: int, noun: str) -> None:
        """`doing` is the job as in `slicing`; its `total` steps are each a `noun`."""
        self._silent = common.quiet
        self._doing, self._total, self._noun = doing, total, noun
        self._tty = sys.stderr.isatty()
        self._begun = time.monotonic()
        self._done = 0
        self._tenth = 0
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def step(self, by: int = 1) -> None:
        """So many more steps are done."""
        self.at(self._done + by)

    def at(self, done: int, *, total: int | None = None) -> None:
        """So many steps are done, of `total` if that changed."""
        self._total = total or self._total
        self._done = done
        seconds = time.monotonic() - self._begun
        if self._silent or seconds < _AFTER_S or not self._total:
            return
        line = f"{self._doing} {done:,} of {counted(self._total, self._noun)}"
        if done and done < self._total:
            minutes, left = divmod(round(seconds / done * (self._total - done)), 60)
            line += f" · {minutes} min {left:02d} s left" if minutes else f" · {left} s left"
        if self._tty:
            sys.stderr.write(f"\r{line.ljust(self._width)}")
            sys.stderr.flush()
            self._width = len(line)
        elif (tenth := 10 * done // self._total) != self._tenth:
            self._tenth = tenth
            sys.stderr.write(line + "\n")

    def clear(self) -> None:
        """Take the line off the terminal, before something else is written."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
