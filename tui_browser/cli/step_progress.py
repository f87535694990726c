"""Progress of a job in equal steps: what, how far, and the time left."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from tui_browser.cli.common import CommonOptions, ProgressLine, time_left
from tui_browser.errors import counted

_AFTER_S = 0.5
"""A job that ends sooner shows no progress."""


class StepProgress:
    """A context manager that takes the line off the terminal at the end."""

    def __init__(self, common: CommonOptions, doing: str, total: int, noun: str) -> None:
        """`doing` is the job, as in `slicing`; each of its `total` steps is a `noun`; shown in percent if empty."""
        self._line = ProgressLine(common)
        self._doing, self._total, self._noun = doing, total, noun
        self._begun = time.monotonic()
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def step(self) -> None:
        """One more step is done."""
        self.at(self._done + 1)

    def at(self, done: int, *, total: int | None = None) -> None:
        """So many steps are done, of `total` if that changed."""
        self._total = total or self._total
        self._done = done
        seconds = time.monotonic() - self._begun
        if seconds < _AFTER_S or not self._total:
            return
        share, steps = f"{100 * done // self._total} %", f"{done:,} of {counted(self._total, self._noun)}"
        line = f"{self._doing} {steps if self._noun else share}"
        if done and done < self._total:
            line += f" · {time_left(seconds / done * (self._total - done))}"
        self._line.show_text(line, milestone=str(10 * done // self._total))

    def clear(self) -> None:
        """Take the line off the terminal, before something else is written."""
        self._line.end()
