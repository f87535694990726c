"""A part of a sound file as a WAV of its own, cut and not converted: the same samples, rate and channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.sndfile import Sndfile
from tui_browser.audio.source import open_file, open_source
from tui_browser.errors import AudioError

_BLOCK = 1 << 16
_KEPT = frozenset({"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"})
"""What a WAV holds as it is ..."""
_HELD_BY = {
    "PCM_S8": "PCM_U8", "ALAC_16": "PCM_16", "ALAC_20": "PCM_24", "ALAC_24": "PCM_24", "ALAC_32": "PCM_32",
    "DWVW_12": "PCM_16", "DWVW_16": "PCM_16", "DWVW_24": "PCM_24", "IMA_ADPCM": "PCM_16", "MS_ADPCM": "PCM_16",
    "GSM610": "PCM_16", "G721_32": "PCM_16", "G723_24": "PCM_16", "G723_40": "PCM_16", "NMS_ADPCM_16": "PCM_16",
    "NMS_ADPCM_24": "PCM_16", "NMS_ADPCM_32": "PCM_16", "VOX_ADPCM": "PCM_16", "DPCM_8": "PCM_16", "DPCM_16": "PCM_16",
}  # fmt: skip
"""... and what holds every value that comes out of the others; floats hold the rest (Vorbis, Opus, MP3)."""
_BYTES = {"PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
_MOST_WAV_BYTES = 0xFFFF0000
_STORED = {"FLOAT": "float32", "DOUBLE": "float64"}


class _Frames(Protocol):
    """A file of which frames are read from front to back."""

    rate: int
    channels: int
    frames: int | None

    def read(self, frames: int, /) -> NDArray[Any]: ...
    def seek(self, frame: int, /) -> None: ...


def cut(path: bytes, file: BinaryIO, *, start_s: float, length_s: float | None = None) -> int:
    """Write the frames from `start_s` on as a WAV into `file`, and return how many there are.

    Without `length_s`, or with more than there is, it goes to the end. The first frame is the one nearest to
    `start_s`, the first one left out the one nearest to `start_s + length_s`, so pieces that meet share and lose
    none. What WAV holds keeps its subtype; eight signed bits become eight unsigned ones, compressed sound what holds
    every value that comes out of it. Raises AudioError where nothing lies there or the file cannot be read, OSError
    for `file`.
    """
    with open_file(path) as fd, open_source(fd, path) as source:
        if not isinstance(source, Sndfile):
            return _copy(source, file, path, "FLOAT", "WAV", start_s=start_s, length_s=length_s)
        stored = _Stored(source)
        return _copy(stored, file, path, stored.held, stored.form, start_s=start_s, length_s=length_s)


def held_as(subtype: str) -> str:
    """The subtype of WAV that holds what libsndfile reads from this one, without loss."""
    return subtype if subtype in _KEPT else _HELD_BY.get(subtype, "FLOAT")


class _Stored:
    """Frames as libsndfile finds them in a file: whole numbers as int32, floats as they are."""

    def __init__(self, source: Sndfile) -> None:
        self._source = source
        self.rate = source.rate
        self.channels = source.channels
        self.frames = source.frames
        self.held = held_as(source.subtype)
        self.form = "WAVEX" if source.form == "WAVEX" else "WAV"

    def read(self, frames: int, /) -> NDArray[Any]:
        return self._source.read_as(frames, _STORED.get(self.held, "int32"))

    def seek(self, frame: int, /) -> None:
        if self._source.seeks_fast and self.frames is not None:
            self._source.seek(frame)
            return
        while frame > 0 and len(passed := self.read(min(frame, _BLOCK))):  # a jump into MP3 is not exact
            frame -= len(passed)


def _copy(
    frames: _Frames, file: BinaryIO, path: bytes, subtype: str, form: str, *, start_s: float, length_s: float | None
) -> int:
    import soundfile

    rate = frames.rate
    start = max(0, round(start_s * rate))
    left = (1 << 62) if length_s is None else max(0, round((start_s + length_s) * rate) - start)
    if frames.frames is not None:
        left = min(left, frames.frames - start)
        if left * frames.channels * _BYTES[subtype] > _MOST_WAV_BYTES:
            form = "RF64"
    if left > 0:
        frames.seek(start)
    written = 0
    block = frames.read(min(left, _BLOCK)) if left > 0 else np.zeros(0)
    if not len(block):
        lasts = f"it lasts {frames.frames / rate:.3f} s" if frames.frames is not None else ""
        raise AudioError("nothing of it lies there", path=path, hint=lasts)
    target = _Target(file)
    with soundfile.SoundFile(target, "w", rate, frames.channels, subtype, format=form) as out:
        while len(block):
            out.write(np.ascontiguousarray(block))
            if target.error is not None:
                break
            written += len(block)
            left -= len(block)
            block = frames.read(min(left, _BLOCK)) if left > 0 else block[:0]
    if target.error is not None:
        raise target.error
    return written


class _Target:
    """A file for libsndfile, whose callbacks cannot raise: the first error is kept, and all after it is dropped."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        return self._tried(lambda: self._file.write(data), len(data))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._tried(lambda: self._file.seek(offset, whence), 0)

    def tell(self) -> int:
        return self._tried(self._file.tell, 0)

    def _tried(self, call: Callable[[], int], otherwise: int) -> int:
        if self.error is None:
            try:
                return call()
            except OSError as error:
                self.error = error
        return otherwise
