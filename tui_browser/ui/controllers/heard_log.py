"""What was heard: noted in the library a moment after it was played, many sounds in one go."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.records import HEARD, SampleId
from tui_browser.service.messages import Request, SetFlag
from tui_browser.ui.controllers.playback import Stoppable

REST_S = 1.5
"""So long after a sound began what was heard is noted."""


class HeardLog:
    """Collects samples until there is a rest."""

    def __init__(
        self, *, request: Callable[[Request], None], after: Callable[[float, Callable[[], None]], Stoppable]
    ) -> None:
        self._request = request
        self._after = after
        self._waiting: dict[SampleId, None] = {}
        self._timer: Stoppable | None = None

    @property
    def waiting(self) -> tuple[SampleId, ...]:
        """Heard, and not noted yet."""
        return tuple(self._waiting)

    def note(self, sample: SampleId) -> None:
        """This sample sounds."""
        self._waiting[sample] = None
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(REST_S, self.flush)

    def flush(self) -> None:
        """Note what was heard so far."""
        if self._waiting:
            self._request(SetFlag(self.waiting, HEARD, True))
            self._waiting = {}
