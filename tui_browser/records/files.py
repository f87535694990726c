"""What is known of a file from outside: its stat, why it could not be read, where it belongs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tui_browser.errors import RejectCode


@dataclass(frozen=True, slots=True)
class FileStat:
    """Path, size, times, device and inode of one audio file at the time of the scan."""

    path: bytes
    """Absolute, in the bytes of the file system."""
    size: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int = 0
    """Last change of content, name or permissions, which programs cannot set; 0 where unknown, and `FRESH_CTIME`."""

    @classmethod
    def of(cls, path: bytes, stat: os.stat_result) -> FileStat:
        """The result of `os.stat`, with every number limited to 64 bits: damaged drives return larger ones."""
        size, mtime_ns, ctime_ns = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
        if 0 <= size <= _I64 and -_I64 <= mtime_ns <= _I64 and -_I64 <= ctime_ns <= _I64:  # the usual case, fast
            return cls(path, size, mtime_ns, stat.st_dev, stat.st_ino, ctime_ns)
        return cls(
            path,
            bounded(stat.st_size, lowest=0),
            bounded(stat.st_mtime_ns),
            stat.st_dev & U64,
            stat.st_ino & U64,
            bounded(stat.st_ctime_ns),
        )


FRESH_CTIME = -1
"""Stored in place of `ctime_ns` of a file that was read right after it changed: a further change may show no trace."""

U64 = (1 << 64) - 1
"""Largest device or inode number."""

_I64 = (1 << 63) - 1


def bounded(number: int, *, lowest: int = -_I64) -> int:
    """The number limited to a signed 64-bit integer; in nanoseconds that ends in the year 2262."""
    return number if lowest <= number <= _I64 else max(lowest, min(_I64, number))


@dataclass(frozen=True, slots=True)
class Reject:
    """An audio file that could not be indexed, with the reason."""

    stat: FileStat
    reason: str
    code: RejectCode = RejectCode.CONTENT
    """With any code but CONTENT the file is tried again, and its known sample is kept."""


@dataclass(frozen=True, slots=True)
class UnseenPath:
    """A folder or file that could not be listed or reached; known samples at and below it are kept."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that belongs to the library."""

    path: bytes
    present: bool | None
    """None when its drive did not answer in time."""
    samples: int
