"""Copies part of a sound file to a WAV without conversion: the same samples, rate and channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.sndfile_source import SndfileSource
from tui_browser.audio.source import open_file, open_source
from tui_browser.errors import AudioError

_BLOCK = 1 << 16
_WAV_SUBTYPES = frozenset({"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"})
"""Subtypes that a WAV can have."""
_LOSSLESS_SUBTYPE = {
    "PCM_S8": "PCM_U8", "ALAC_16": "PCM_16", "ALAC_20": "PCM_24", "ALAC_24": "PCM_24", "ALAC_32": "PCM_32",
    "DWVW_12": "PCM_16", "DWVW_16": "PCM_16", "DWVW_24": "PCM_24", "IMA_ADPCM": "PCM_16", "MS_ADPCM": "PCM_16",
    "GSM610": "PCM_16", "G721_32": "PCM_16", "G723_24": "PCM_16", "G723_40": "PCM_16", "NMS_ADPCM_16": "PCM_16",
    "NMS_ADPCM_24": "PCM_16", "NMS_ADPCM_32": "PCM_16", "VOX_ADPCM": "PCM_16", "DPCM_8": "PCM_16", "DPCM_16": "PCM_16",
}  # fmt: skip
"""Subtypes of WAV that hold every value of others without loss; FLOAT does for all that are not listed."""
_BYTES = {"PCM_U8": 1, "ULAW": 1, "ALAW": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
_MOST_WAV_BYTES = 0xFFFF0000
_FLOAT_TYPES = {"FLOAT": "float32", "DOUBLE": "float64"}


class _Frames(Protocol):
    """Frames of a file, read from front to back."""

    rate: int
    channels: int
    frames: int | None

    def read(self, frames: int, /) -> NDArray[Any]: ...
    def seek(self, frame: int, /) -> None: ...


def copy_fragment(path: bytes, file: BinaryIO, *, start_s: float, length_s: float | None = None) -> int:
    """Write the frames from `start_s` on to `file` as a WAV; returns their number.

    Without `length_s`, or if it is too long, the part goes to the end. It starts at the frame nearest to `start_s` and
    ends before the one nearest to `start_s + length_s`, so that adjacent parts share no frame and lose none. The
    subtype stays if WAV has it; otherwise it is one that holds every decoded value. Raises AudioError if the part is
    empty or the file cannot be read, and OSError for `file`.
    """
    with open_file(path) as fd, open_source(fd, path) as source:
        if not isinstance(source, SndfileSource):
            return _copy(source, file, path, "FLOAT", "WAV", start_s=start_s, length_s=length_s)
        stored = _StoredFrames(source)
        return _copy(stored, file, path, stored.subtype, stored.form, start_s=start_s, length_s=length_s)


def wav_subtype(subtype: str) -> str:
    """The subtype of WAV that holds a subtype of libsndfile without loss."""
    return subtype if subtype in _WAV_SUBTYPES else _LOSSLESS_SUBTYPE.get(subtype, "FLOAT")


class _StoredFrames:
    """Frames of a file as stored: integers as int32, floats as they are."""

    def __init__(self, source: SndfileSource) -> None:
        self._source = source
        self.rate = source.rate
        self.channels = source.channels
        self.frames = source.frames
        self.subtype = wav_subtype(source.subtype)
        self.form = "WAVEX" if source.form == "WAVEX" else "WAV"

    def read(self, frames: int, /) -> NDArray[Any]:
        return self._source.read_as(frames, _FLOAT_TYPES.get(self.subtype, "int32"))

    def seek(self, frame: int, /) -> None:
        if self._source.seeks_fast and self.frames is not None:
            self._source.seek(frame)
            return
        while frame > 0 and len(skipped := self.read(min(frame, _BLOCK))):  # seeking in MP3 is not exact
            frame -= len(skipped)


def _copy(
    frames: _Frames, file: BinaryIO, path: bytes, subtype: str, form: str, *, start_s: float, length_s: float | None
) -> int:
    import soundfile

    rate = frames.rate
    start = max(0, round(start_s * rate))
    remaining = (1 << 62) if length_s is None else max(0, round((start_s + length_s) * rate) - start)
    if frames.frames is not None:
        remaining = min(remaining, frames.frames - start)
        if remaining * frames.channels * _BYTES[subtype] > _MOST_WAV_BYTES:
            form = "RF64"
    if remaining > 0:
        frames.seek(start)
    written = 0
    block = frames.read(min(remaining, _BLOCK)) if remaining > 0 else np.zeros(0)
    if not len(block):
        duration = f"it lasts {frames.frames / rate:.3f} s" if frames.frames is not None else ""
        raise AudioError("the part is outside the sound", path=path, hint=duration)
    target = _Target(file)
    with soundfile.SoundFile(target, "w", rate, frames.channels, subtype, format=form) as out:
        while len(block):
            out.write(np.ascontiguousarray(block))
            if target.error is not None:
                break
            written += len(block)
            remaining -= len(block)
            block = frames.read(min(remaining, _BLOCK)) if remaining > 0 else block[:0]
    if target.error is not None:
        raise target.error
    return written


class _Target:
    """A file for libsndfile, whose callbacks cannot raise: keeps the first error, and ignores later calls."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        return self._call(lambda: self._file.write(data), len(data))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._call(lambda: self._file.seek(offset, whence), 0)

    def tell(self) -> int:
        return self._call(self._file.tell, 0)

    def _call(self, function: Callable[[], int], default: int) -> int:
        if self.error is None:
            try:
                return function()
            except OSError as error:
                self.error = error
        return default
