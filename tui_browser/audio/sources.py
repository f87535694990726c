"""Sound files as voices for the mixer: short ones whole and kept, long ones read as they are heard."""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict, deque

import numpy as np
import soundfile
import soxr

from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

WHOLE_S = 4.0
"""Sounds up to this length are decoded at once; a longer one starts after its first block."""
_BLOCK_S = 0.25
_AHEAD_S = 1.5
_CACHE_BYTES = 64 << 20


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

    def __init__(self, file: soundfile.SoundFile, descriptor: int, *, rate: int, start_s: float, gain: float) -> None:
        self.rises = start_s > 0
        self._file = file
        self._descriptor: int | None = descriptor
        self._rate = rate
        self._gain = np.float32(gain)
        self._blocks: deque[FloatArray] = deque()
        self._left = 0  # frames in the blocks
        self._exhausted = False
        self._resampler = (
            soxr.ResampleStream(file.samplerate, rate, 2, dtype="float32") if file.samplerate != rate else None
        )
        if start_s > 0:
            file.seek(min(round(start_s * file.samplerate), file.frames))
        self._feed_block()

    def feed(self) -> None:
        """Read until a second and a half lies ready."""
        while not self._exhausted and self._left < _AHEAD_S * self._rate:
            self._feed_block()

    def _feed_block(self) -> None:
        try:
            raw = self._file.read(round(_BLOCK_S * self._file.samplerate), dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, OSError):
            raw = np.zeros((0, self._file.channels), dtype=np.float32)  # damaged from here on: it ends here
        last = len(raw) < round(_BLOCK_S * self._file.samplerate)
        block = stereo(raw)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if self._gain != 1:
            block = block * self._gain
        if len(block):
            self._blocks.append(block)
            self._left += len(block)
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
        self._left -= frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def ended(self) -> bool:
        return self._exhausted and not self._blocks

    def close(self) -> None:
        self._exhausted = True
        self._file.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Sources:
    """Opens files as voices at one rate, and keeps the short ones that were heard last (64 MiB of them)."""

    def __init__(self, rate: int, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self.rate = rate
        self._cache: OrderedDict[tuple[bytes, int, int], FloatArray] = OrderedDict()
        self._room = cache_bytes
        self._held = 0

    def open(self, path: bytes, *, start_s: float = 0.0, gain_db: float = 0.0) -> MemoryVoice | StreamVoice:
        """A voice of this file from `start_s` on; raises AudioError with the reason why there is none."""
        gain = float(10 ** (gain_db / 20))
        descriptor, key = _opened(path)
        samples = self._cache.get(key)
        if samples is not None:
            os.close(descriptor)
            self._cache.move_to_end(key)
            return self._voice(samples, start_s, gain)
        try:
            # libsndfile must not close it: after a failed open it would be closed twice
            file = soundfile.SoundFile(descriptor, closefd=False)
        except soundfile.LibsndfileError as error:
            os.close(descriptor)
            raise AudioError(_reason(error), path=path) from error
        try:
            if not 0 <= file.frames <= WHOLE_S * file.samplerate:
                return StreamVoice(file, descriptor, rate=self.rate, start_s=max(0.0, start_s), gain=gain)
            samples = self._whole(file)
        except (soundfile.LibsndfileError, OSError, ValueError) as error:
            file.close()
            os.close(descriptor)
            raise AudioError(_reason(error), path=path) from error
        file.close()
        os.close(descriptor)
        if not len(samples):
            raise AudioError("there is no sound in it", path=path)
        self._keep(key, samples)
        return self._voice(samples, start_s, gain)

    def _voice(self, samples: FloatArray, start_s: float, gain: float) -> MemoryVoice:
        return MemoryVoice(samples, start=max(0, round(start_s * self.rate)), gain=gain)

    def _whole(self, file: soundfile.SoundFile) -> FloatArray:
        samples = stereo(file.read(round(WHOLE_S * file.samplerate), dtype="float32", always_2d=True))
        if file.samplerate != self.rate and len(samples):
            samples = np.ascontiguousarray(soxr.resample(samples, file.samplerate, self.rate), dtype=np.float32)
        samples.setflags(write=False)
        return samples

    def _keep(self, key: tuple[bytes, int, int], samples: FloatArray) -> None:
        self._cache[key] = samples
        self._held += samples.nbytes
        while self._held > self._room:
            _, dropped = self._cache.popitem(last=False)
            self._held -= dropped.nbytes


def stereo(samples: FloatArray) -> FloatArray:
    """(n, channels) as (n, 2): mono on both sides, more than two channels as their mean; never NaN or infinite."""
    if samples.shape[1] == 1:
        samples = np.repeat(samples, 2, axis=1)
    elif samples.shape[1] > 2:
        samples = np.repeat(samples.mean(axis=1, keepdims=True, dtype=np.float32), 2, axis=1)
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return samples


def _opened(path: bytes) -> tuple[int, tuple[bytes, int, int]]:
    """A descriptor on the file and its key in the cache; never waits for a named pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reasons = {
            errno.ENOENT: "the file is not there any more",
            errno.ENOTDIR: "the file is not there any more",
            errno.EACCES: "no permission to read it",
        }
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise AudioError(reason, path=path) from error
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise AudioError("it is no file", path=path)
    return descriptor, (path, facts.st_mtime_ns, facts.st_size)


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", "") or str(error)
    return text.strip().rstrip(".") or "it cannot be read as sound"
