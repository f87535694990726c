"""A file as a decoder should read it: spans of its bytes, with some bytes replaced."""

from __future__ import annotations

import errno
import io
import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tui_browser.errors import AudioError, RejectCode

Span = bytes | tuple[int, int]
"""Replacement bytes, or (start, length) of bytes of the file."""

_BLOCK = 1 << 20
_TAG_BYTES = 128
"""MP3 decoders look for a tag in the last bytes, and fail if these are missing."""


@dataclass(frozen=True, slots=True)
class FileStream:
    """One audio stream of a file, and what is known of it before it is decoded."""

    spans: tuple[Span, ...] | None = None
    """What the decoder reads; None for the unchanged file."""
    claimed: int | None = None
    """The file size reported to a decoder that would otherwise estimate a length that is too short."""
    frames: int | None = None
    """Number of frames; None if the decoder's own number is right."""
    promised: float = 1.0
    """Length of sound according to the container, divided by the length in the file."""
    cut: str = ""
    """Another sign that its end is missing; empty if there is none."""


class PatchedFile(io.RawIOBase):
    """The spans as one readable file; the descriptor's own position is not moved."""

    def __init__(self, fd: int, spans: tuple[Span, ...], *, claimed: int | None = None) -> None:
        self._fd = fd
        self._position = 0
        self._spans: list[tuple[int, int, Span]] = []
        end = 0
        for span in spans:
            length = len(span) if isinstance(span, bytes) else span[1]
            if length > 0:
                self._spans.append((end, end + length, span))
                end += length
        self._size = end
        if claimed is not None and claimed > end + _TAG_BYTES:
            self._size = claimed
            self._spans.append((claimed - _TAG_BYTES, claimed, bytes(_TAG_BYTES)))
        self._starts = [start for start, _, _ in self._spans]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Read into `buffer`; returns 0 at the end, and where the file cannot be read (see `check_readable`)."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        done = 0
        while done < len(target):
            number = bisect_right(self._starts, self._position) - 1
            start, end, span = self._spans[number] if number >= 0 else (0, 0, b"")
            if not start <= self._position < end:
                break
            offset, count = self._position - start, min(end - self._position, len(target) - done)
            if isinstance(span, bytes):
                part = span[offset : offset + count]
            else:
                try:
                    part = os.pread(self._fd, count, span[0] + offset)
                except OSError:
                    break
            target[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
            if len(part) < count:
                break
        return done

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def stored_spans(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and end of what the file system stores of a file, without holes; `fd` keeps its position in between."""
    at = 0
    while at < size:
        position = os.lseek(fd, 0, os.SEEK_CUR)
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
            at = os.lseek(fd, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # only a hole is left
                return
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
            start, at = at, size  # a file system without holes
        finally:
            os.lseek(fd, position, os.SEEK_SET)
        yield start, at


def check_readable(fd: int, path: bytes) -> None:
    """Raise AudioError if the drive cannot read the whole file, so that its content is not to blame."""
    try:
        size = os.fstat(fd).st_size
        for at, end in stored_spans(fd, size):
            while at < end and (part := os.pread(fd, _BLOCK, at)):
                at += len(part)
            if at < end:
                reason = f"cannot be read: the drive returns {at} of {size} bytes"
                raise AudioError(reason, path=path, code=RejectCode.IO)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", path=path, code=RejectCode.IO) from error
