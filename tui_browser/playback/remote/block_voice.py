"""Voice of a sound that arrives block by block over the connection."""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr

from tui_browser.audio.resampling import resample, resample_loop, to_stereo
from tui_browser.records import FloatArray

_LEAST_LOOP_FRAMES = 4_800
"""A shorter loop is repeated in memory, so that `read` has few parts to join."""


class BlockVoice:
    """One thread adds blocks with `push`, another takes frames with `read`."""

    def __init__(self, *, rate: int, start: int, gain_db: float, speed: float = 1.0, loop: bool = False) -> None:
        """Skips `start` frames of the first block. `loop` repeats a sound of one block from its beginning."""
        self.rises = start > 0
        self.complete = False
        self.loop = loop
        self._closed = False
        self._loop_samples = np.zeros((0, 2), dtype=np.float32)
        self._speed = speed
        self._rate = rate
        self._skip = start
        self._gain = np.float32(10 ** (gain_db / 20))
        self._parts: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is changed by one thread only
        self._resampler: soxr.ResampleStream | None = None
        self._source_rate = 0

    @property
    def buffered_s(self) -> float:
        return (self._written - self._taken) / self._rate

    @property
    def played_s(self) -> float:
        """How much the device has taken."""
        return self._taken / self._rate

    def push(self, samples: FloatArray, rate: int, *, last: bool) -> None:
        """Add the next block, (n, 1 or 2); one of another rate than the first is skipped."""
        first, self._source_rate = not self._source_rate, self._source_rate or rate
        if rate == self._source_rate:
            block = to_stereo(samples if self.loop else samples[self._skip :])
            from_rate = rate * self._speed
            if from_rate == self._rate or not len(block):
                self._add(block)
            elif self.loop:
                self._add(resample_loop(block, from_rate, self._rate))
            elif first and last:
                self._add(resample(block, from_rate, self._rate))
            else:
                if self._resampler is None:
                    self._resampler = soxr.ResampleStream(from_rate, self._rate, 2, dtype="float32")
                self._add(self._resampler.resample_chunk(block, last=last))
                self._resampler = None if last else self._resampler
            if self.loop and self._parts:
                self._start_loop_at(round(self._skip * self._rate / from_rate))
            self._skip = 0
        if last:
            self.complete = True

    def _start_loop_at(self, start: int) -> None:
        """Start a loop in its middle: first the part from there, then all of it."""
        whole = self._parts[0]
        turns = -(-_LEAST_LOOP_FRAMES // len(whole))
        self._loop_samples = whole if turns == 1 else np.tile(whole, (turns, 1))
        self._parts = deque((self._loop_samples[start:] if 0 < start < len(whole) else self._loop_samples,))

    def finish(self) -> None:
        """No more blocks will come."""
        if self._resampler is not None and not self.complete:
            self._add(self._resampler.resample_chunk(np.zeros((0, 2), dtype=np.float32), last=True))
        self.complete = True

    def _add(self, block: FloatArray) -> None:
        if len(block) and not self._closed:
            self._parts.append(block if self._gain == 1 else block * self._gain)
            self._written += len(block)

    def feed(self) -> None:
        pass

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        missing = frames
        while missing and self._parts:
            part = self._parts[0]
            if len(part) <= missing:
                parts.append(self._parts.popleft())
                if self.loop and not self._parts:
                    self._parts.append(self._loop_samples)
            else:
                parts.append(part[:missing])
                self._parts[0] = part[missing:]
            missing -= len(parts[-1])
        self._taken += frames - missing
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def ended(self) -> bool:
        return self.complete and not self._parts

    def close(self) -> None:
        """Let go of the samples."""
        self.loop, self.complete, self._closed = False, True, True
        self._parts.clear()
        self._loop_samples = np.zeros((0, 2), dtype=np.float32)
