"""What the dialog of columns asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnActions:
    """The columns of the list."""

    chosen: Callable[[], tuple[str, ...]]
    """Names, in order."""
    choose: Callable[[Sequence[str]], None]
    """They are shown at once."""
