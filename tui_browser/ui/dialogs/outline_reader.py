"""The outline of the part of a recording that is seen: read in a thread, once for the whole, anew for a close view."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.records import FloatArray
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.slice_edit import SliceEdit

_COLUMNS = 8_192
"""Columns of the outline of the whole recording; a closer view is read anew."""


class OutlineReader:
    """Keeps the outline of the whole and that of the present view."""

    def __init__(self, path: bytes, worker: LatestWorker, changed: Callable[[], None]) -> None:
        """`changed` is called when another outline was read."""
        self._path = path
        self._worker = worker
        self._changed = changed
        self._whole: FloatArray | None = None
        self._peaks: FloatArray | None = None
        self._peaks_of: tuple[int, int, int] | None = None
        """First and last frame and columns that `_peaks` were read for."""

    def peaks(self, edit: SliceEdit, columns: int) -> FloatArray | None:
        """The newest outline that there is for what is seen; None before the first was read."""
        first, last = edit.seen
        wanted = (first, last, columns)
        if wanted == self._peaks_of:
            return self._peaks
        self._peaks_of, path, whole = wanted, self._path, self._whole
        start, stop = (frame * _COLUMNS // max(1, edit.frames) for frame in (first, last))
        if whole is not None and stop - start >= 2 * columns:
            self._peaks = whole[start:stop]
            return self._peaks

        def read() -> tuple[FloatArray | None, FloatArray]:
            from tui_browser.audio.waveform import waveform, window_outline  # soundfile: 60 ms; paid in the thread

            if whole is None and not edit.view[1]:
                outline = waveform(path, columns=_COLUMNS)
                return outline, outline
            start_s, seconds = first / edit.rate, (last - first) / edit.rate
            return whole, window_outline(path, start_s=start_s, seconds=seconds, columns=2 * columns)

        self._worker.submit(read, lambda answer: self._take(wanted, *answer))
        return self._peaks

    def _take(self, wanted: tuple[int, int, int], whole: FloatArray | None, peaks: FloatArray) -> None:
        self._whole = whole if whole is not None else self._whole
        if wanted == self._peaks_of:
            self._peaks = peaks
            self._changed()
