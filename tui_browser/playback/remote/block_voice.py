"""A sound for the mixer that grows block by block, as the blocks come over the line."""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr

from tui_browser.audio.resampling import circle, resampled, stereo
from tui_browser.records import FloatArray


class BlockVoice:
    """A sound that grows."""

    def __init__(self, *, rate: int, start: int, gain_db: float, speed: float = 1.0, loop: bool = False) -> None:
        """`loop` is for a sound of one block, which is repeated from its own beginning."""
        self.rises = start > 0
        self.complete = False
        self.loop = loop
        self._again = np.zeros((0, 2), dtype=np.float32)
        self._speed = speed
        self._rate = rate
        self._skip = start
        self._gain = np.float32(10 ** (gain_db / 20))
        self._parts: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is counted by one thread only
        self._resampler: soxr.ResampleStream | None = None
        self._source_rate = 0

    @property
    def buffered_s(self) -> float:
        return (self._written - self._taken) / self._rate

    def push(self, samples: FloatArray, rate: int, *, last: bool) -> None:
        """The next block, (n, 1 or 2); one of another rate than the first is left out."""
        first, self._source_rate = not self._source_rate, self._source_rate or rate
        if rate == self._source_rate:
            block = stereo(samples if self.loop else samples[self._skip :])
            from_rate = rate * self._speed
            if from_rate == self._rate or not len(block):
                self._add(block)
            elif self.loop:
                self._add(circle(block, from_rate, self._rate))
            elif first and last:
                self._add(resampled(block, from_rate, self._rate))
            else:
                if self._resampler is None:
                    self._resampler = soxr.ResampleStream(from_rate, self._rate, 2, dtype="float32")
                self._add(self._resampler.resample_chunk(block, last=last))
                self._resampler = None if last else self._resampler
            if self.loop and self._parts:
                self._turn(round(self._skip * self._rate / from_rate))
            self._skip = 0
        if last:
            self.complete = True

    def _turn(self, start: int) -> None:
        """Begin a loop in its middle: the whole follows when the rest of it has been read."""
        whole = self._parts[0]
        if 0 < start < len(whole):
            self._parts = deque((whole[start:], whole))
        self._again = whole

    def finish(self) -> None:
        """Nothing more will come."""
        if self._resampler is not None and not self.complete:
            self._add(self._resampler.resample_chunk(np.zeros((0, 2), dtype=np.float32), last=True))
        self.complete = True

    def _add(self, block: FloatArray) -> None:
        if len(block):
            self._parts.append(block if self._gain == 1 else block * self._gain)
            self._written += len(block)

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        wanted = frames
        while wanted and self._parts:
            part = self._parts[0]
            if len(part) <= wanted:
                parts.append(self._parts.popleft())
                if self.loop and not self._parts:
                    self._parts.append(self._again)
            else:
                parts.append(part[:wanted])
                self._parts[0] = part[wanted:]
            wanted -= len(parts[-1])
        self._taken += frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def ended(self) -> bool:
        return self.complete and not self._parts

    def close(self) -> None:
        self.loop, self.complete = False, True
