"""One pass over a recording: its levels, and its onsets where they are wanted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.mono import channel_for_mono, to_mono
from tui_browser.audio.slicing import source_reader
from tui_browser.audio.source import open_file, open_source
from tui_browser.dsp.onsets import Onsets, OnsetTracker, refine_onset
from tui_browser.dsp.trim import SILENCE
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

Report = Callable[[float], None]
"""Gets the share of a job that is done, 0 to 1."""
STEP_S = 0.01
"""Time between two levels."""
_BLOCK_VALUES = 1 << 20
_MARGIN_S = 0.05
"""An onset is refined this far on both sides of its estimate."""
_FLOOR_DB = -120.0


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """What slices are planned from."""

    rate: int
    frames: int
    levels_db: FloatArray
    """(F,) peak in dBFS of each `STEP_S`, at least -120."""
    starts: tuple[int, ...] = ()
    """Frames of the onsets, rising, exact to a millisecond."""
    onsets: Onsets | None = None
    """The onsets that `starts` were refined from, in the same order; None if they were not searched."""

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate

    def step(self, frame: int) -> int:
        """The index into `levels_db` of a frame."""
        return min(max(0, int(frame / (STEP_S * self.rate))), max(0, len(self.levels_db) - 1))

    def peak_db(self, start: int, end: int) -> float:
        """The loudest level between two frames."""
        first = self.step(start)
        return float(self.levels_db[first : max(first + 1, self.step(end))].max(initial=_FLOOR_DB))


def read_envelope(path: bytes, *, with_onsets: bool, report: Report | None = None) -> Envelope:
    """The envelope of a file of any length; raises AudioError if it cannot be read or is not finite.

    `report` gets the share of the file that was read so far.
    """
    with open_file(path) as fd:
        with open_source(fd, path) as source:
            rate, step = source.rate, STEP_S * source.rate
            tracker = OnsetTracker(rate) if with_onsets else None
            peaks = _Peaks(step)
            channel: int | None = None
            while len(block := source.read(max(4096, _BLOCK_VALUES // source.channels))):
                high = float(np.abs(block).max())
                if not math.isfinite(high):
                    raise AudioError("holds samples that are not finite (NaN or infinite)", path=path)
                if channel is None and high >= SILENCE:
                    channel = channel_for_mono(block, high)
                peaks.add(np.abs(block).max(axis=1))
                if tracker is not None:
                    tracker.add(to_mono(block, channel))
                if report is not None and source.frames:
                    report(min(1.0, peaks.frames / source.frames))
        if not peaks.frames:
            raise AudioError("holds no sound: zero frames", path=path)
        levels = 20.0 * np.log10(np.maximum(peaks.values(), 10.0 ** (_FLOOR_DB / 20.0)))
        envelope = Envelope(rate, peaks.frames, levels.astype(np.float32))
        if tracker is None:
            return envelope
        onsets = tracker.onsets()
        with open_source(fd, path) as source:
            read = source_reader(source, lambda block: to_mono(block, channel))
            margin, starts = int(_MARGIN_S * rate), []
            for guess in np.rint(onsets.times_s * rate).astype(np.int64).tolist():
                first = max(0, guess - margin)
                part = read(first, min(peaks.frames, guess + 2 * margin))
                starts.append(first + refine_onset(part, rate, guess=guess - first))
    return Envelope(rate, peaks.frames, envelope.levels_db, tuple(starts), onsets)


class _Peaks:
    """The largest amplitude of each step of a sound, given block by block."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._parts: list[FloatArray] = []
        self._rest: FloatArray = np.zeros(0, dtype=np.float32)
        self._done = 0
        """Steps in `_parts`."""
        self.frames = 0

    def add(self, amplitudes: FloatArray) -> None:
        """Add the amplitudes (n,) of the next frames."""
        sound = np.concatenate((self._rest, amplitudes))
        begin, self.frames = self.frames - len(self._rest), self.frames + len(amplitudes)
        last = int(self.frames / self._step)
        edges = np.rint(np.arange(self._done, last + 1) * self._step).astype(np.int64) - begin
        if len(edges) > 1:
            self._parts.append(np.maximum.reduceat(sound[: edges[-1]], edges[:-1]))
            self._done = last
            sound = sound[edges[-1] :]
        self._rest = sound

    def values(self) -> FloatArray:
        """(F,) the peaks of all steps, the last one shorter."""
        rest = [self._rest.max(keepdims=True)] if len(self._rest) else []
        return np.concatenate([*self._parts, *rest])
