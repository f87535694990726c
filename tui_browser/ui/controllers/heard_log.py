"""Notes which samples were heard: in the library, a moment after they were played, many in one request."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.records import HEARD, SampleId
from tui_browser.service.messages import Annotate, Request
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.latest_worker import After, Stoppable

REST_S = 1.5
"""How long after the start of the last sound the samples are noted."""


class HeardLog:
    """Collects samples until no other is played for a moment."""

    def __init__(self, *, request: Callable[[Request], None], after: After) -> None:
        self._request = request
        self._after = after
        self._unsaved: dict[SampleId, None] = {}
        self._timer: Stoppable | None = None

    @property
    def unsaved(self) -> tuple[SampleId, ...]:
        """Samples that were heard and are not noted in the library yet."""
        return tuple(self._unsaved)

    def note(self, sample: SampleId) -> None:
        """This sample sounds."""
        self._unsaved[sample] = None
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(REST_S, self.flush)

    def flush(self) -> None:
        """Note in the library what was heard so far."""
        if self._unsaved:
            self._request(Annotate(AnnotationChange(flags={HEARD: dict.fromkeys(self.unsaved, True)})))
            self._unsaved = {}
