"""Several audio streams of one file as one source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.audio.sndfile_source import SndfileSource
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

_MOST_COUNTED = 256
"""Most streams that are opened to find the total length."""


class JoinedSource:
    """Streams one after the other, with rate and channels of the first; one that cannot be opened ends the source."""

    seeks_fast = False

    def __init__(self, openers: Sequence[Callable[[], SndfileSource]]) -> None:
        """Raises what the first opener raises."""
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
        if len(self._openers) > _MOST_COUNTED:
            return None
        total = self._current.frames
        for opener in self._openers[1:]:
            following = _open_or_none(opener)
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
        """Open the next stream; False after the last one."""
        if self._number + 1 >= len(self._openers):
            return False
        following = _open_or_none(self._openers[self._number + 1])
        if following is None:
            self._note = f"ends early: damaged after {self._delivered / self.rate:.2f} s"
            return False
        self._use(self._number + 1, following)
        return True

    def _use(self, number: int, source: SndfileSource) -> None:
        self._current.close()
        self._current, self._number = source, number
        self._resampler = _Resampler(source, self.rate, self.channels) if source.rate != self.rate else None

    def seek(self, frame: int) -> None:
        """Read from the beginning to `frame`."""
        self._use(0, self._openers[0]())
        self._note = ""
        self._delivered = 0
        while frame > 0 and len(skipped := self.read(min(frame, 1 << 16))):
            frame -= len(skipped)

    def ends_early(self, read: int) -> str:
        return self._note or (self._current.ends_early(read) if self._number + 1 == len(self._openers) else "")

    def close(self) -> None:
        self._current.close()


class _Resampler:
    """Resamples a stream to the rate of the first one."""

    def __init__(self, source: SndfileSource, rate: int, channels: int) -> None:
        import soxr  # 3 ms

        self._source = source
        self._channels = channels
        self._stream = soxr.ResampleStream(source.rate, rate, channels, dtype="float32")
        self._buffer = np.zeros((0, channels), dtype=np.float32)
        self._ended = False

    def read(self, frames: int) -> FloatArray:
        while len(self._buffer) < frames and not self._ended:
            raw = _with_channels(self._source.read(1 << 16), self._channels)
            self._ended = len(raw) < 1 << 16
            resampled: FloatArray = self._stream.resample_chunk(raw, last=self._ended)
            self._buffer = np.concatenate((self._buffer, resampled))
        block, self._buffer = self._buffer[:frames], self._buffer[frames:]
        return block


def _with_channels(block: FloatArray, channels: int) -> FloatArray:
    """Convert (n, any) to (n, channels): one channel is copied to all; many become one by their mean."""
    present = block.shape[1]
    if present == channels:
        return block
    if channels == 1:
        return np.ascontiguousarray(block.mean(axis=1, keepdims=True, dtype=np.float32))
    return np.ascontiguousarray(block[:, np.minimum(np.arange(channels), present - 1)])


def _open_or_none(opener: Callable[[], SndfileSource]) -> SndfileSource | None:
    import soundfile

    try:
        return opener()
    except (AudioError, soundfile.LibsndfileError):
        return None
