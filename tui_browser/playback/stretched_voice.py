"""A stretched sound that starts with its first part, while a thread stretches all of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from tui_browser.errors import AudioError
from tui_browser.playback.memory_voice import MemoryVoice
from tui_browser.records import FloatArray

FIRST_S = 1.0
"""How much of a file is stretched before it sounds."""
UNSURE_S = 0.25
"""So much at the end of that would sound otherwise if more of the file were known; it is left out."""
_PATIENCE_S = 0.002


class StretchedVoice(MemoryVoice):
    """A sound whose first part is in memory; all of it follows from a thread, which `feed` starts."""

    def __init__(
        self,
        first_part: FloatArray,
        read_all: Callable[[], tuple[FloatArray, float]],
        files: contextlib.ExitStack,
        *,
        gain: float,
        frames_per_s: float,
        duration_s: float,
        end: int | None = None,
    ) -> None:
        """`read_all` returns all samples, which begin with `first_part`, and the gain; `files` are open until then."""
        super().__init__(first_part, end=end, gain=gain, frames_per_s=frames_per_s, duration_s=duration_s)
        self._read_all = read_all
        self._files = files
        self._thread: threading.Thread | None = None
        self._found: tuple[FloatArray, float] | None = None
        self._done = threading.Event()
        self.complete = False
        """Whether all of it is in memory."""

    @property
    def rings(self) -> bool:  # type: ignore[override]
        """Only a sound that is complete can ring to its end."""
        return self.complete

    def feed(self) -> None:
        """Stretch the rest, once, in a thread; take it when it is there."""
        if self.complete:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stretch", daemon=True)
            self._thread.start()
        if self._done.wait(_PATIENCE_S):
            if self._found is not None:
                self._samples, self._gain = self._found
            self.complete = True

    def _run(self) -> None:
        try:
            with self._files, contextlib.suppress(AudioError):  # damaged from here on: the sound ends here
                self._found = self._read_all()
        finally:
            self._done.set()

    @property
    def ended(self) -> bool:
        return super().ended and (self.complete or (self._end is not None and self._frame >= self._end))

    def close(self) -> None:
        if self._thread is None:  # else the thread closes them
            self._files.close()
