"""Opens an audio file as a source of float32 blocks: by libsndfile, or by PyAV if libsndfile cannot read it."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat as modes
from collections.abc import Iterator
from functools import partial
from typing import Protocol

from tui_browser.audio.codecs import codec_name
from tui_browser.audio.ffmpeg_source import FfmpegSource, has_av
from tui_browser.audio.header_check import sound_span
from tui_browser.audio.header_repair import find_embedded_sound, find_streams, repaired_stream
from tui_browser.audio.joined_source import JoinedSource
from tui_browser.audio.patched_file import FileStream, check_readable, stored_spans
from tui_browser.audio.sndfile_source import SndfileSource
from tui_browser.errors import AudioError, RejectCode, StillWriting
from tui_browser.records import FloatArray

INSTALL_AV = "install the av extra (pip install 'tui-browser[av]')"
BAD_HEADER = "damaged: the header has no sample rate or no channels"

_UNKNOWN_FORMAT, _BAD_HEADER = 1, (24, 32)
"""libsndfile's codes for an unknown format, and for a header without rate or channels."""
_EXTRA = RejectCode.MISSING_EXTRA
_MOST_CHANNELS = 1024
_RATES = (1_000, 3_072_000)
_LARGE_BYTES = 4 << 30
_HOLLOW, _MOST_PIECES = 100, 1_000
"""Of a larger file at least a hundredth has to be stored; so many pieces of it are looked at."""


class AudioSource(Protocol):
    """An open file, read from front to back; it ends where the file is damaged."""

    rate: int
    channels: int
    frames: int | None
    """Length according to the header; None if it is unknown before all is read."""
    seeks_fast: bool
    """Whether `seek` skips data without reading it."""

    def read(self, frames: int, /) -> FloatArray:
        """The next frames, (n, channels), fewer or none at the end; raises AudioError if nothing can be decoded."""

    def seek(self, frame: int, /) -> None:
        """Continue at `frame`; raises AudioError."""

    def ends_early(self, read: int, /) -> str:
        """A note if the `read` frames, which are all that could be read, are fewer than the header says; else empty.

        Raises AudioError if the drive fails.
        """

    def close(self) -> None: ...


@contextlib.contextmanager
def open_file(path: bytes) -> Iterator[int]:
    """A descriptor of a regular file; raises AudioError, and StillWriting if the file no longer exists."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # opening a pipe must not block
    except FileNotFoundError as error:
        raise StillWriting("the file no longer exists", path=path) from error
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
    """The audio source of an open descriptor; raises AudioError with the reason if there is none.

    The decoder gets the descriptor and not the name, as libsndfile reads any file that ends in `.snd` or `.au` as raw
    sound.
    """
    source = _open(fd, path)
    try:
        if not source.channels or not source.rate:
            raise AudioError(BAD_HEADER, path=path)
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
        if size > _LARGE_BYTES and _is_hollow(fd, size):
            raise AudioError("nearly all of the file was never written", path=path)
        try:
            source = _open_with_sndfile(fd, path, find_streams(fd, 0, size), 0, size)
            if source.frames == 0 and (second := _what_ffmpeg_finds(fd, path, size)) is not None:
                source.close()
                return second
            return source
        except soundfile.LibsndfileError as error:
            failure = error
        codec = codec_name(fd, 0, size)
        embedded = None if codec else find_embedded_sound(fd, size)
        if embedded is not None:
            start, streams = embedded
            with contextlib.suppress(soundfile.LibsndfileError):
                return _open_with_sndfile(fd, path, streams or find_streams(fd, start, size), start, size)
            codec = codec_name(fd, start, size)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", path=path, code=RejectCode.IO) from error
    return _open_with_ffmpeg(fd, path, codec, failure.code, str(failure.error_string))


def _what_ffmpeg_finds(fd: int, path: bytes, size: int) -> FfmpegSource | None:
    """FFmpeg's source of a file in which libsndfile finds no frame, unless its header says that there is none.

    A length of zero is true where the file ends or another chunk begins behind it.
    """
    span = sound_span(fd, 0, size)
    if (span is not None and span[1] == 0 and _ends_or_goes_on(fd, span[0], size)) or not has_av():
        return None
    try:
        source = FfmpegSource(fd, path, known=True)
    except AudioError:
        return None
    with contextlib.suppress(AudioError):
        if len(source.read(1024)):
            source.seek(0)
            return source
    source.close()
    return None


def _ends_or_goes_on(fd: int, at: int, size: int) -> bool:
    """Whether the file ends at this place, or a chunk that fits into it begins there."""
    head = os.pread(fd, 8, at)
    lengths = (int.from_bytes(head[4:], "little"), int.from_bytes(head[4:], "big"))
    return at >= size or (head[:4].isalnum() and min(lengths) <= size - at)


def _is_hollow(fd: int, size: int) -> bool:
    """Whether the file system stores less than a hundredth of the file: a few bytes that cost minutes to decode."""
    if os.fstat(fd).st_blocks * 512 > size // _HOLLOW:
        return False
    spans = itertools.islice(stored_spans(fd, size), _MOST_PIECES)
    return sum(end - start for start, end in spans) <= size // _HOLLOW


def _open_with_sndfile(fd: int, path: bytes, streams: list[FileStream], start: int, end: int) -> AudioSource:
    """Open with libsndfile, with a repaired header if it cannot read the original one."""
    import soundfile

    if len(streams) > 1:
        return JoinedSource([partial(SndfileSource, fd, path, stream) for stream in streams])
    try:
        source = SndfileSource(fd, path, streams[0])
    except soundfile.LibsndfileError:
        stream = repaired_stream(fd, start, end)
        if stream is None:
            raise
        return SndfileSource(fd, path, stream)
    if source.frames == 0 and (stream := repaired_stream(fd, start, end)) is not None:
        source.close()
        return SndfileSource(fd, path, stream)
    return source


def _open_with_ffmpeg(fd: int, path: bytes, codec: str, code: int, message: str) -> FfmpegSource:
    """Open with FFmpeg what libsndfile cannot read; raises AudioError with what is missing or wrong."""
    if has_av():
        try:
            return FfmpegSource(fd, path, known=bool(codec))
        except AudioError:
            if codec or code == _UNKNOWN_FORMAT:
                raise
    elif codec:
        raise AudioError(f"{codec}: {INSTALL_AV}", path=path, code=_EXTRA)
    elif "encoding" in message or "unimplemented" in message:
        raise AudioError(f"libsndfile does not know its encoding: {INSTALL_AV}", path=path, code=_EXTRA)
    check_readable(fd, path)
    message = message.strip().rstrip(".").removeprefix("Error : ")
    if code == _UNKNOWN_FORMAT or "resource fork" in message or message.startswith("bad data "):
        raise AudioError("not audio: unknown format", path=path)
    if code in _BAD_HEADER or "nternal" in message:
        raise AudioError(BAD_HEADER, path=path)
    if "encoding" in message or "unimplemented" in message:
        raise AudioError("unknown encoding", path=path)
    if "malformed" in message or "does not exist" in message:
        raise AudioError("damaged or truncated: nothing can be decoded", path=path)
    raise AudioError(f"damaged: {message}", path=path)
