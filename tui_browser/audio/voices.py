"""Sound files as voices for the mixer: short ones whole and kept, long ones read as they are heard."""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict, deque

import numpy as np
import soxr

from tui_browser.audio.source import Source, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

WHOLE_S = 4.0
"""Sounds up to this length are decoded at once; a longer one starts after its first block."""
_BLOCK_S = 0.25
_AHEAD_S = 1.5
_CACHE_BYTES = 64 << 20

_Key = tuple[bytes, int, int]


class MemoryVoice:
    """A decoded sound."""

    def __init__(self, samples: FloatArray, *, start: int = 0, gain: float = 1.0) -> None:
        self.rises = start > 0
        self._samples = samples
        self._at = start
        self._gain = np.float32(gain)

    def read(self, frames: int) -> FloatArray:
        chunk = self._samples[self._at : self._at + frames]
        self._at += len(chunk)
        return chunk if self._gain == 1 else chunk * self._gain

    @property
    def ended(self) -> bool:
        return self._at >= len(self._samples)

    def close(self) -> None:
        pass


class StreamVoice:
    """A long sound, read block by block by `feed`, which one thread calls while another reads."""

    def __init__(self, source: Source, *, rate: int, start_s: float = 0.0, gain: float = 1.0) -> None:
        self.rises = start_s > 0
        self._source = source
        self.files = contextlib.ExitStack()
        """What is open for as long as it is heard."""
        self._rate = rate
        self._gain = np.float32(gain)
        self._block = round(_BLOCK_S * source.rate)
        self._blocks: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is counted by one thread only
        self._exhausted = False
        self._resampler = None
        if source.rate != rate:
            self._resampler = soxr.ResampleStream(source.rate, rate, 2, dtype="float32")
        if start_s > 0:
            first = round(start_s * source.rate)
            source.seek(first if source.frames is None else min(first, source.frames))
        self._feed_block()

    def feed(self) -> None:
        """Read until a second and a half lies ready."""
        while not self._exhausted and self._written - self._taken < _AHEAD_S * self._rate:
            self._feed_block()

    def _feed_block(self) -> None:
        try:
            raw = self._source.read(self._block)
        except AudioError:
            raw = np.zeros((0, self._source.channels), dtype=np.float32)  # damaged from here on: it ends here
        last = len(raw) < self._block
        block = stereo(raw)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if self._gain != 1:
            block = block * self._gain
        if len(block):
            self._blocks.append(block)
            self._written += len(block)
        self._exhausted = last

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        wanted = frames
        while wanted and self._blocks:
            block = self._blocks[0]
            if len(block) <= wanted:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:wanted])
                self._blocks[0] = block[wanted:]
            wanted -= len(parts[-1])
        self._taken += frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def ended(self) -> bool:
        return self._exhausted and not self._blocks

    def close(self) -> None:
        self._exhausted = True
        self.files.close()


class Voices:
    """Opens files as voices at one rate, and keeps the short ones that were heard last (64 MiB of them)."""

    def __init__(self, rate: int, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self.rate = rate
        self._cache: OrderedDict[_Key, FloatArray] = OrderedDict()
        self._room = cache_bytes
        self.held_bytes = 0

    def open(self, path: bytes, *, start_s: float = 0.0, gain_db: float = 0.0) -> MemoryVoice | StreamVoice:
        """A voice of this file from `start_s` on; raises AudioError with the reason why there is none."""
        gain = float(10 ** (gain_db / 20))
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            facts = os.fstat(fd)
            key = (path, facts.st_mtime_ns, facts.st_size)
            samples = self._cache.get(key)
            if samples is None:
                source = files.enter_context(open_source(fd, path))
                if source.frames is None or source.frames > WHOLE_S * source.rate:
                    voice = StreamVoice(source, rate=self.rate, start_s=max(0.0, start_s), gain=gain)
                    voice.files = files.pop_all()
                    return voice
                samples = self._whole(source)
                if not len(samples):
                    raise AudioError("there is no sound in it", path=path)
                self._keep(key, samples)
            self._cache.move_to_end(key)
        return MemoryVoice(samples, start=max(0, round(start_s * self.rate)), gain=gain)

    def _whole(self, source: Source) -> FloatArray:
        samples = stereo(source.read(round(WHOLE_S * source.rate)))
        if source.rate != self.rate and len(samples):
            samples = np.ascontiguousarray(soxr.resample(samples, source.rate, self.rate), dtype=np.float32)
        samples.setflags(write=False)
        return samples

    def _keep(self, key: _Key, samples: FloatArray) -> None:
        self._cache[key] = samples
        self.held_bytes += samples.nbytes
        while self.held_bytes > self._room and len(self._cache) > 1:
            _, dropped = self._cache.popitem(last=False)
            self.held_bytes -= dropped.nbytes


def stereo(samples: FloatArray) -> FloatArray:
    """(n, channels) as (n, 2): mono on both sides, more than two channels as their mean; never NaN or infinite."""
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    if samples.shape[1] > 2:
        return np.repeat(samples.mean(axis=1, keepdims=True, dtype=np.float32), 2, axis=1)
    return samples
