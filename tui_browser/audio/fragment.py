"""Copies parts of a sound file to WAVs without conversion: the same samples, rate and channels, faded if wanted."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """The frames `start` to `end` (exclusive) of a file, and how many of them fade in and out."""

    start: int
    end: int
    fade_in: int = 0
    fade_out: int = 0


class _Frames(Protocol):
    """Frames of a file, read from front to back."""

    rate: int
    channels: int
    frames: int | None
    seeks_fast: bool

    def read(self, frames: int, /) -> NDArray[Any]: ...
    def seek(self, frame: int, /) -> None: ...


def copy_fragment(path: bytes, file: BinaryIO, *, start_s: float, length_s: float | None = None) -> int:
    """Write the frames from `start_s` on to `file` as a WAV; returns their number.

    Without `length_s`, or if it is too long, the part goes to the end. It starts at the frame nearest to `start_s` and
    ends before the one nearest to `start_s + length_s`, so that adjacent parts share no frame and lose none. The
    subtype stays if WAV has it; otherwise it is one that holds every decoded value. Raises AudioError if the part is
    empty or the file cannot be read, and OSError for `file`.
    """
    with _reader(path) as reader:
        start = max(0, round(start_s * reader.rate))
        end = 1 << 62 if length_s is None else round((start_s + length_s) * reader.rate)
        return reader.copy(FrameSpan(start, end), file)


def copy_spans(path: bytes, spans: Sequence[FrameSpan], opened: Callable[[int], BinaryIO]) -> Iterator[int]:
    """Write spans in rising order, each to the new file that `opened` gives for its number; yields the frames of each.

    The source is read once, front to back. libsndfile gets the descriptors, because ctrl-c would be lost in a callback.
    Raises as `copy_fragment`.
    """
    with _reader(path) as reader:
        for number, span in enumerate(spans):
            with opened(number) as file:
                written = reader.copy(span, file.fileno())
            yield written


def wav_subtype(subtype: str) -> str:
    """The subtype of WAV that holds a subtype of libsndfile without loss."""
    return subtype if subtype in _WAV_SUBTYPES else _LOSSLESS_SUBTYPE.get(subtype, "FLOAT")


@contextlib.contextmanager
def _reader(path: bytes) -> Iterator[_SpanReader]:
    with open_file(path) as fd, open_source(fd, path) as source:
        if isinstance(source, SndfileSource):
            stored = _StoredFrames(source)
            yield _SpanReader(stored, path, stored.subtype, stored.form)
        else:
            yield _SpanReader(source, path, "FLOAT", "WAV")


class _StoredFrames:
    """Frames of a file as stored: integers as int32, floats as they are."""

    def __init__(self, source: SndfileSource) -> None:
        self._source = source
        self.rate = source.rate
        self.channels = source.channels
        self.frames = source.frames
        self.seeks_fast = source.seeks_fast and source.frames is not None
        self.subtype = wav_subtype(source.subtype)
        self.form = "WAVEX" if source.form == "WAVEX" else "WAV"

    def read(self, frames: int, /) -> NDArray[Any]:
        return self._source.read_as(frames, _FLOAT_TYPES.get(self.subtype, "int32"))

    def seek(self, frame: int, /) -> None:
        self._source.seek(frame)


class _SpanReader:
    """Copies spans in rising order; what lies between them is read, too, where seeking is not exact (MP3)."""

    def __init__(self, frames: _Frames, path: bytes, subtype: str, form: str) -> None:
        self.rate = frames.rate
        self._frames = frames
        self._path = path
        self._subtype = subtype
        self._form = form
        self._at = 0
        """The next frame that is read."""

    def copy(self, span: FrameSpan, file: BinaryIO | int) -> int:
        """Write a span as a WAV to a file or a descriptor; the number of frames. Raises as `copy_fragment`."""
        import soundfile

        frames, form = self._frames, self._form
        remaining = max(0, span.end - span.start)
        if frames.frames is not None:
            remaining = min(remaining, frames.frames - span.start)
            if remaining * frames.channels * _BYTES[self._subtype] > _MOST_WAV_BYTES:
                form = "RF64"
        block = self._read(min(remaining, _BLOCK)) if remaining > 0 and self._go_to(span.start) else np.zeros(0)
        if not len(block):
            duration = f"it lasts {frames.frames / self.rate:.3f} s" if frames.frames is not None else ""
            raise AudioError("the part is outside the sound", path=self._path, hint=duration)
        target = file if isinstance(file, int) else _Target(file)
        error: OSError | None = None
        try:
            with soundfile.SoundFile(
                target, "w", self.rate, frames.channels, self._subtype, format=form, closefd=False
            ) as out:
                written = 0
                while len(block) and error is None:
                    out.write(np.ascontiguousarray(_faded(block, span, written)))
                    error = target.error if isinstance(target, _Target) else None
                    written += len(block)
                    remaining -= len(block)
                    block = self._read(min(remaining, _BLOCK)) if remaining > 0 else block[:0]
        except soundfile.LibsndfileError:
            error = OSError(errno.EIO, "the disk is full, or failed")
        if isinstance(target, _Target):
            error = target.error
        if error is not None:
            raise error
        return written

    def _read(self, frames: int) -> NDArray[Any]:
        block = self._frames.read(frames)
        self._at += len(block)
        return block

    def _go_to(self, frame: int) -> bool:
        """Continue at `frame`; False if the file ends before it."""
        if self._frames.seeks_fast and frame != self._at:
            self._frames.seek(frame)
            self._at = frame
        while self._at < frame:
            if not len(self._read(min(frame - self._at, _BLOCK))):
                return False
        return self._at == frame


def _faded(block: NDArray[Any], span: FrameSpan, done: int) -> NDArray[Any]:
    """The block of a span, which begins `done` frames after its start, with the fades of the span."""
    length = span.end - span.start
    if done >= span.fade_in and done + len(block) <= length - span.fade_out:
        return block
    at = np.arange(done, done + len(block), dtype=np.float64)
    gain = np.minimum((at + 1) / (span.fade_in + 1), (length - at) / (span.fade_out + 1)).clip(0.0, 1.0)
    faded = block * gain[:, np.newaxis]
    whole: NDArray[Any] = np.rint(faded) if block.dtype.kind == "i" else faded
    return whole.astype(block.dtype)


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
