"""A file as a decoder should see it: spans of its bytes and a few bytes in place of others."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from dataclasses import dataclass

from tui_browser.errors import AudioError, RejectCode

Piece = bytes | tuple[int, int]
"""Bytes of our own, or (start, length) of the file's."""

_BLOCK = 1 << 20
_TAG = 128
"""Decoders of MP3 look for a tag in the last bytes, and give up where there are none."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of sound in a file, and what can be said of it without decoding it."""

    pieces: tuple[Piece, ...] | None = None
    """What the decoder is to see; None is the file as it is."""
    claimed: int | None = None
    """The length in bytes that the decoder is told, where it estimates the length of the sound from that and would
    stop too early."""
    frames: int | None = None
    """Counted; None where the decoder's own number holds."""
    promised: float = 1.0
    """How many times more sound the container vouches for than is there."""
    cut: str = ""
    """What else shows that its end is missing."""


class View(io.RawIOBase):
    """The pieces as one file that is read; the descriptor's own position stays where it is."""

    def __init__(self, fd: int, pieces: tuple[Piece, ...], *, claimed: int | None = None) -> None:
        self._fd = fd
        self._at = 0
        self._pieces: list[tuple[int, int, Piece]] = []
        end = 0
        for piece in pieces:
            length = len(piece) if isinstance(piece, bytes) else piece[1]
            if length > 0:
                self._pieces.append((end, end + length, piece))
                end += length
        self._size = end
        if claimed is not None and claimed > end + _TAG:
            self._size = claimed
            self._pieces.append((claimed - _TAG, claimed, bytes(_TAG)))
        self._starts = [start for start, _, _ in self._pieces]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Bytes read, 0 at the end and where the file cannot be read (`check_readable` finds out)."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        done = 0
        while done < len(target):
            number = bisect_right(self._starts, self._at) - 1
            start, end, piece = self._pieces[number] if number >= 0 else (0, 0, b"")
            if not start <= self._at < end:
                break
            offset, count = self._at - start, min(end - self._at, len(target) - done)
            if isinstance(piece, bytes):
                part = piece[offset : offset + count]
            else:
                try:
                    part = os.pread(self._fd, count, piece[0] + offset)
                except OSError:
                    break
            target[done : done + len(part)] = part
            done += len(part)
            self._at += len(part)
            if len(part) < count:
                break
        return done

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


def check_readable(fd: int, path: bytes) -> None:
    """Raise AudioError where the drive does not hand over the whole file: then it is no fault of its content."""
    try:
        at, size = 0, os.fstat(fd).st_size
        while at < size and (part := os.pread(fd, _BLOCK, at)):
            at += len(part)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", path=path, code=RejectCode.IO) from error
    if at < size:
        told = f"cannot be read: the drive hands over {at} of {size} bytes"
        raise AudioError(told, path=path, code=RejectCode.IO)
