"""Several streams of sound in one file, heard one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.audio.sndfile import Sndfile
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

_COUNTED = 256
"""Links that are opened to know how long the whole is."""


class Joined:
    """Streams of one file as one source, at rate and channels of the first; one that cannot be opened ends it."""

    seeks_fast = False

    def __init__(self, openers: Sequence[Callable[[], Sndfile]]) -> None:
        """Raises what the first of them raises."""
        self._openers = openers
        self._current = openers[0]()
        self._number = 0
        self._delivered = 0
        self._note = ""
        self._resampler: _Resampler | None = None
        self.rate = self._current.rate
        self.channels = self._current.channels
        self.frames = self._count()

    def _count(self) -> int | None:
        if len(self._openers) > _COUNTED:
            return None
        total = self._current.frames
        for opener in self._openers[1:]:
            following = _tried(opener)
            if following is None or total is None or following.frames is None:
                break
            total += round(following.frames * self.rate / following.rate)
            following.close()
        return total

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        count = 0
        while count < frames and not self._note:
            block = self._block(frames - count)
            if not len(block):
                if not self._advance():
                    break
                continue
            parts.append(block)
            count += len(block)
        self._delivered += count
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), dtype=np.float32)

    def _block(self, frames: int) -> FloatArray:
        if self._resampler is None:
            return _with_channels(self._current.read(frames), self.channels)
        return self._resampler.read(frames)

    def _advance(self) -> bool:
        """Go on to the next stream; False behind the last."""
        if self._number + 1 >= len(self._openers):
            return False
        following = _tried(self._openers[self._number + 1])
        if following is None:
            self._note = f"ends early: damaged after {self._delivered / self.rate:.2f} s"
            return False
        self._use(self._number + 1, following)
        return True

    def _use(self, number: int, source: Sndfile) -> None:
        self._current.close()
        self._current, self._number = source, number
        self._resampler = _Resampler(source, self.rate, self.channels) if source.rate != self.rate else None

    def seek(self, frame: int) -> None:
        """Read on to `frame` from the beginning."""
        self._use(0, self._openers[0]())
        self._note = ""
        self._delivered = 0
        while frame > 0 and len(passed := self.read(min(frame, 1 << 16))):
            frame -= len(passed)

    def ends_early(self, read: int) -> str:
        return self._note or (self._current.ends_early(read) if self._number + 1 == len(self._openers) else "")

    def close(self) -> None:
        self._current.close()


class _Resampler:
    """A stream at another rate than the first one's."""

    def __init__(self, source: Sndfile, rate: int, channels: int) -> None:
        import soxr  # 3 ms

        self._source = source
        self._channels = channels
        self._stream = soxr.ResampleStream(source.rate, rate, channels, dtype="float32")
        self._left = np.zeros((0, channels), dtype=np.float32)
        self._ended = False

    def read(self, frames: int) -> FloatArray:
        while len(self._left) < frames and not self._ended:
            raw = _with_channels(self._source.read(1 << 16), self._channels)
            self._ended = len(raw) < 1 << 16
            turned: FloatArray = self._stream.resample_chunk(raw, last=self._ended)
            self._left = np.concatenate((self._left, turned))
        block, self._left = self._left[:frames], self._left[frames:]
        return block


def _with_channels(block: FloatArray, channels: int) -> FloatArray:
    """(n, channels) of (n, others): one goes to all, more become their mean where one is wanted."""
    there = block.shape[1]
    if there == channels:
        return block
    if channels == 1:
        return np.ascontiguousarray(block.mean(axis=1, keepdims=True, dtype=np.float32))
    return np.ascontiguousarray(block[:, np.minimum(np.arange(channels), there - 1)])


def _tried(opener: Callable[[], Sndfile]) -> Sndfile | None:
    import soundfile

    try:
        return opener()
    except (AudioError, soundfile.LibsndfileError):
        return None
