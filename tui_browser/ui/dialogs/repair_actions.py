"""What the dialog of class repair asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_browser.records import SampleId

if TYPE_CHECKING:  # the table of commands stays cheap to import
    from tui_browser.workbench.class_repair.queue import Doubtful
    from tui_browser.workbench.class_repair.refit import Refit


@dataclass(frozen=True, slots=True)
class RepairActions:
    """The queue, sound, answers, and what is learned from them."""

    class_names: Sequence[str]
    read: Callable[[], tuple[Sequence[Doubtful], int]]
    """The samples to judge, and how many were judged in this library; called in a thread."""
    scope: str
    """What they are from: `the 12 selected`."""
    answer: Callable[[SampleId, str], None]
    """Say the class of a sample; an empty one takes it back."""
    hear: Callable[[bytes], None]
    stop: Callable[[], None]
    refit: Callable[[], int]
    """Begin to learn; the number of the answer."""
    take: Callable[[Refit], None]
    """Use what was learned."""
