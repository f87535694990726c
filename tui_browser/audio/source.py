"""An audio file as a stream of float32 blocks: libsndfile first, PyAV for what it cannot read."""

from __future__ import annotations

import contextlib
import os
import stat as modes
from collections.abc import Iterator
from functools import partial
from typing import Protocol

from tui_browser.audio.codecs import codec
from tui_browser.audio.ffmpeg import Ffmpeg, has_av
from tui_browser.audio.joined import Joined
from tui_browser.audio.mending import mended, sound_behind, streams
from tui_browser.audio.sndfile import Sndfile
from tui_browser.audio.view import Stream, check_readable
from tui_browser.errors import AudioError, RejectCode, StillWriting
from tui_browser.records import FloatArray

INSTALL_AV = "install the av extra (pip install 'tui-browser[av]')"
NO_FACTS = "damaged: its header names no sample rate or no channels"

_UNKNOWN, _NO_FACTS = 1, (24, 32)
"""libsndfile's codes for content of no format, and for a header without rate or channels."""
_EXTRA = RejectCode.MISSING_EXTRA
_MOST_CHANNELS = 1024
_RATES = (1_000, 3_072_000)


class Source(Protocol):
    """An open file, read from front to back; where it is damaged it ends."""

    rate: int
    channels: int
    frames: int | None
    """As far as it is known before all is read; None where it is not."""
    seeks_fast: bool
    """Whether `seek` reads nothing of what lies between."""

    def read(self, frames: int, /) -> FloatArray:
        """(n, channels) the next frames, fewer or none at the end; raises AudioError where there is nothing at all."""

    def seek(self, frame: int, /) -> None:
        """Go on reading at `frame`; raises AudioError."""

    def ends_early(self, read: int, /) -> str:
        """What to say where `read` frames, all that came, are fewer than the file vouches for; empty else.

        Raises AudioError where it is the drive that fails.
        """

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
def open_source(fd: int, path: bytes) -> Iterator[Source]:
    """The sound behind an open descriptor; raises AudioError with the reason why there is none.

    The descriptor and not the name is handed to the decoder: libsndfile would take any file that ends in `.snd`
    or `.au` for raw sound.
    """
    source = _open(fd, path)
    try:
        if not source.channels or not source.rate:
            raise AudioError(NO_FACTS, path=path)
        if not 1 <= source.channels <= _MOST_CHANNELS or not _RATES[0] <= source.rate <= _RATES[1]:
            raise AudioError(f"impossible: {source.channels} channels at {source.rate} Hz", path=path)
        yield source
    finally:
        source.close()


def _open(fd: int, path: bytes) -> Source:
    import soundfile  # 30 ms

    try:
        size = os.fstat(fd).st_size
        if size == 0:
            raise AudioError("the file is empty", path=path)
        try:
            return _opened(fd, path, streams(fd, 0, size), 0, size)
        except soundfile.LibsndfileError as error:
            failure = error
        named = codec(fd, 0, size)
        behind = None if named else sound_behind(fd, size)
        if behind is not None:
            start, found = behind
            with contextlib.suppress(soundfile.LibsndfileError):
                return _opened(fd, path, found or streams(fd, start, size), start, size)
            named = codec(fd, start, size)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", path=path, code=RejectCode.IO) from error
    return _foreign(fd, path, named, failure.code, str(failure.error_string))


def _opened(fd: int, path: bytes, found: list[Stream], start: int, end: int) -> Source:
    """Through libsndfile, with another header where it can do nothing with the one that is there."""
    import soundfile

    if len(found) > 1:
        return Joined([partial(Sndfile, fd, path, stream) for stream in found])
    try:
        source = Sndfile(fd, path, found[0])
    except soundfile.LibsndfileError:
        stream = mended(fd, start, end)
        if stream is None:
            raise
        return Sndfile(fd, path, stream)
    if source.frames == 0 and (stream := mended(fd, start, end)) is not None:
        source.close()
        return Sndfile(fd, path, stream)
    return source


def _foreign(fd: int, path: bytes, named: str, code: int, said: str) -> Ffmpeg:
    """What libsndfile cannot read, through FFmpeg; raises AudioError with what is missing or wrong."""
    if has_av():
        try:
            return Ffmpeg(fd, path, known=bool(named))
        except AudioError:
            if named or code == _UNKNOWN:
                raise
    elif named:
        raise AudioError(f"{named}: {INSTALL_AV}", path=path, code=_EXTRA)
    elif "encoding" in said or "unimplemented" in said:
        raise AudioError(f"an encoding that libsndfile does not know: {INSTALL_AV}", path=path, code=_EXTRA)
    check_readable(fd, path)
    said = said.strip().rstrip(".").removeprefix("Error : ")
    if code == _UNKNOWN or "resource fork" in said or said.startswith("bad data "):
        raise AudioError("not audio: its content is of no known format", path=path)
    if code in _NO_FACTS or "nternal" in said:
        raise AudioError(NO_FACTS, path=path)
    if "encoding" in said or "unimplemented" in said:
        raise AudioError("its encoding is of no known kind", path=path)
    if "malformed" in said or "does not exist" in said:
        raise AudioError("damaged or truncated: nothing of it can be decoded", path=path)
    raise AudioError(f"damaged: {said}", path=path)
