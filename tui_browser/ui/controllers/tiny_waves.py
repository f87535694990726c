"""The column of tiny waveforms: the files of the rows in view are read in a thread, a few at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_browser.errors import AudioError
from tui_browser.records import MISSING, FloatArray
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.tiny_waves import PARTS, WaveKey, heights_of, wave_key

_AT_ONCE = 6
"""Files of one job, so that rows that come into view do not wait for all that have left it."""
_WHOLE_S = 30.0
"""Longer files are looked at once in each part, for `_MOMENT_S`."""
_MOMENT_S = 0.05


class TinyWaveController:
    """Shows what is known, and reads what is missing; the rows in view last count."""

    def __init__(self, state: BrowserState, presenter: Presenter, worker: LatestWorker) -> None:
        self._state = state
        self._list = presenter.widgets.list
        self._worker = worker
        self._waves = self._list.waves
        self._rows: Sequence[int] = ()

    def show(self, rows: Sequence[int]) -> None:
        """These rows of the snapshot are in view."""
        self._rows = rows
        if not self._worker.busy:
            self._read_next()

    def _read_next(self) -> None:
        map_model = self._state.map_model
        snapshot = map_model.snapshot
        keys = {wave_key(map_model, row): row for row in self._rows if row < len(snapshot)}
        chosen = self._waves.missing(keys)[:_AT_ONCE]
        if not chosen:
            return
        gone = {key for key in chosen if snapshot.flags[keys[key]] & MISSING}
        files = [(key, b"" if key in gone else snapshot.names[keys[key]]) for key in chosen]
        self._worker.submit(lambda: {key: _heights(path, key[1]) for key, path in files}, self._take)

    def _take(self, heights: dict[WaveKey, bytes | None]) -> None:
        self._waves.take(heights)
        self._list.draw()
        self._read_next()


def _heights(path: bytes, length_s: float) -> bytes | None:
    """The heights of a file's parts; None for one that cannot be read now."""
    from tui_browser.audio.waveform import waveform  # soundfile: 60 ms; paid in the thread

    if not path:
        return None
    try:
        return heights_of(waveform(path, columns=PARTS) if length_s <= _WHOLE_S else _moments(path, length_s))
    except (AudioError, OSError):
        return None


def _moments(path: bytes, length_s: float) -> FloatArray:
    """(PARTS, 2) lowest and highest sample of a moment in the middle of each part."""
    from tui_browser.audio.waveform import read_window  # as above

    peaks = np.zeros((PARTS, 2), dtype=np.float32)
    for part in range(PARTS):
        samples, _ = read_window(path, start_s=length_s * (part + 0.5) / PARTS, seconds=_MOMENT_S)
        if len(samples):
            peaks[part] = np.nanmin(samples), np.nanmax(samples)
    return peaks
