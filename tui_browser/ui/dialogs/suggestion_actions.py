"""What the dialog of suggested tags asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_browser.records import SampleId

if TYPE_CHECKING:  # the table of commands stays cheap to import
    from tui_browser.workbench.labels.prediction import Predictions

TagOfSample = tuple[SampleId, str]


@dataclass(frozen=True, slots=True)
class SuggestionActions:
    """The prediction, sound, and the tags that are accepted."""

    predict: Callable[[], Predictions]
    """Waits for the worker process; raises BrowserError. Called in a thread."""
    accept: Callable[[Sequence[TagOfSample]], None]
    hear: Callable[[bytes], None]
