"""An audio file as a stream of float32 blocks: libsndfile first, PyAV for what it cannot read."""

from __future__ import annotations

import contextlib
import os
import stat as modes
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tui_browser.audio.header_check import complaint
from tui_browser.errors import AudioError, RejectCode, StillWriting
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    import soundfile

NEEDS_AV = "needs PyAV, which is not installed: pip install 'tui-browser[av]'"

_MALFORMED = 3
"""libsndfile's codes up to here mean that no other reader would do better."""
_MOST_CHANNELS = 1024
_RATES = (1_000, 3_072_000)
_MP3_SLACK = 2304
"""Frames that an MP3 may be short of its header: two frames of the format, without a gapless tag."""
_SEEKING = frozenset({"WAV", "WAVEX", "AIFF", "AU", "CAF", "W64", "RF64", "FLAC"})


class AudioSource(Protocol):
    """An open file, read from front to back."""

    rate: int
    channels: int
    frames: int | None
    """As the header says; None where it does not."""
    seeks_fast: bool
    """Whether `seek` reads nothing of what lies between."""

    def read(self, frames: int) -> FloatArray:
        """(n, channels) the next frames, fewer or none at the end; raises AudioError."""

    def seek(self, frame: int) -> None:
        """Go on reading at `frame`; raises AudioError."""

    def shortfall(self, read: int) -> bool:
        """Whether `read` frames, all that came, are fewer than the header says."""

    def close(self) -> None: ...


@contextlib.contextmanager
def open_file(path: bytes) -> Iterator[int]:
    """A descriptor of a regular file; raises AudioError, and StillWriting where the file is gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us up
    except FileNotFoundError as error:
        raise StillWriting("the file is gone", path=path) from error
    except PermissionError as error:
        raise AudioError("no permission to read it", path=path, code=RejectCode.PERMISSION) from error
    except OSError as error:
        raise AudioError(f"cannot be opened: {error.strerror}", path=path, code=RejectCode.IO) from error
    try:
        if not modes.S_ISREG(os.fstat(fd).st_mode):
            raise AudioError("not a regular file", path=path)
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def open_source(fd: int, path: bytes) -> Iterator[AudioSource]:
    """The sound behind an open descriptor; raises AudioError with the reason why there is none.

    The descriptor and not the name is handed to the decoder: libsndfile would take any file that ends in `.snd`
    or `.au` for raw sound.
    """
    source = _open(fd, path)
    try:
        if not 1 <= source.channels <= _MOST_CHANNELS or not _RATES[0] <= source.rate <= _RATES[1]:
            raise AudioError(f"impossible: {source.channels} channels at {source.rate} Hz", path=path)
        yield source
    finally:
        source.close()


def _open(fd: int, path: bytes) -> AudioSource:
    import soundfile  # 30 ms

    try:
        size = os.fstat(fd).st_size
        if size == 0:
            raise AudioError("the file is empty", path=path)
        reason = complaint(fd, size)
        head = os.pread(fd, 16, 0)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", path=path, code=RejectCode.IO) from error
    if reason:
        raise AudioError(reason, path=path)
    try:
        return _Sndfile(fd, path)
    except soundfile.LibsndfileError as error:
        said, code = str(error.error_string).strip().rstrip("."), int(error.code)
    foreign = _foreign(head, path)
    if foreign or (code > _MALFORMED and _has_av()):
        if not _has_av():
            raise AudioError(NEEDS_AV, path=path, code=RejectCode.MISSING_EXTRA)
        return _Av(fd, path)
    raise AudioError("not audio: its content is of no known format" if code == 1 else f"damaged: {said}", path=path)


class _Sndfile:
    """libsndfile, read without the seek that soundfile does after each block (streamed FLAC cannot seek)."""

    def __init__(self, fd: int, path: bytes) -> None:
        os.lseek(fd, 0, os.SEEK_SET)
        self._file = _forward()(fd, closefd=False)
        self._path = path
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        frames: int = self._file.frames
        self.frames = frames if 0 <= frames < 1 << 48 else None
        self._slack = _MP3_SLACK if self._file.format == "MP3" else 0
        self.seeks_fast = self._file.format in _SEEKING

    def read(self, frames: int) -> FloatArray:
        import soundfile

        try:
            block: FloatArray = self._file.read(frames, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise self._damaged(error) from error
        return block

    def seek(self, frame: int) -> None:
        import soundfile

        try:
            self._file.seek(frame)
        except soundfile.LibsndfileError as error:
            raise self._damaged(error) from error

    def shortfall(self, read: int) -> bool:
        return self.frames is not None and read < self.frames - self._slack

    def close(self) -> None:
        self._file.close()

    def _damaged(self, error: soundfile.LibsndfileError) -> AudioError:
        said = str(error.error_string).strip().rstrip(".").removeprefix("Error : ")
        return AudioError(f"damaged or truncated: {said}", path=self._path)


@cache
def _forward() -> Any:
    import soundfile

    class Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        def seekable(self) -> bool:
            return False

    return Forward


def _foreign(head: bytes, path: bytes) -> bool:
    """Whether this is of a format that only FFmpeg reads; left to guess, it finds sound in noise."""
    known = (
        head[4:8] == b"ftyp"  # m4a, mp4
        or head[:4] in (b"\x30\x26\xb2\x75", b"\x1a\x45\xdf\xa3", b"ADIF")  # wma, matroska, aac
        or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0)  # aac in ADTS
    )
    return known or (not _has_av() and os.path.splitext(path)[1].lower() in (b".m4a", b".aac", b".wma"))


def _has_av() -> bool:
    try:
        import av  # noqa: F401  # 60 ms; only files that libsndfile cannot read come here
    except ImportError:
        return False
    return True


class _Av:
    """FFmpeg through PyAV: m4a, aac, wma and odd relatives of what libsndfile reads."""

    def __init__(self, fd: int, path: bytes) -> None:
        import av

        self._path = path
        self.seeks_fast = False
        self._failures: tuple[type[Exception], ...] = (av.error.FFmpegError, ValueError, EOFError, OSError)
        os.lseek(fd, 0, os.SEEK_SET)
        self._stream = os.fdopen(fd, "rb", closefd=False)
        try:
            self._container = av.open(self._stream, mode="r", metadata_errors="replace")
        except self._failures as error:
            self._stream.close()
            raise AudioError(f"damaged or not audio: {_plain(error)}", path=path) from error
        try:
            if not self._container.streams.audio:
                raise AudioError("holds no sound", path=path)
            self._start()
        except BaseException:  # whatever ends the opening, ctrl-c too, nobody else would close what is half open
            self.close()
            raise

    def _start(self) -> None:
        import av

        track = self._container.streams.audio[0]
        self.rate: int = int(track.rate or 0)
        self.channels: int = int(track.codec_context.channels)
        length = track.duration and float(track.duration * track.time_base)
        self.frames = round(length * self.rate) if length else None
        self._resampler = av.AudioResampler(format="flt", layout=track.codec_context.layout, rate=self.rate)
        self._decoded = self._blocks(track)
        self._left = np.zeros((0, self.channels), dtype=np.float32)

    def _blocks(self, track: Any) -> Iterator[FloatArray]:
        for frame in self._container.decode(track):
            for part in self._resampler.resample(frame):
                yield part.to_ndarray().reshape(-1, self.channels).astype(np.float32, copy=False)

    def read(self, frames: int) -> FloatArray:
        parts, count = [self._left], len(self._left)
        try:
            while count < frames and (block := next(self._decoded, None)) is not None:
                parts.append(block)
                count += len(block)
        except self._failures as error:
            raise AudioError(f"damaged or truncated: {_plain(error)}", path=self._path) from error
        whole = np.concatenate(parts)
        self._left = whole[frames:]
        return np.ascontiguousarray(whole[:frames])

    def seek(self, frame: int) -> None:
        """Read on to `frame`, from the beginning if need be: what FFmpeg finds by itself is not exact."""
        try:
            self._container.seek(0)
        except self._failures as error:
            raise AudioError(f"damaged: {_plain(error)}", path=self._path) from error
        self._start()
        while frame > 0 and len(block := self.read(min(frame, 1 << 16))):
            frame -= len(block)

    def shortfall(self, read: int) -> bool:
        return self.frames is not None and read < 0.95 * self.frames - 8192

    def close(self) -> None:
        self._container.close()
        self._stream.close()


def _plain(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
