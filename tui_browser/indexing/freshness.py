"""Files that were read right after they changed.

Clocks of drives are coarse: FAT counts in steps of two seconds, HFS+ and old ext in whole ones, and a file that is
changed again within one step keeps its time. Such files are stored with `FRESH_CTIME` and read again later.
"""

from __future__ import annotations

from dataclasses import replace

from tui_browser.records import FRESH_CTIME, FileStat

WINDOW_NS = 2_000_000_000
"""The coarsest step of a drive's clock: that of FAT."""
_OFFSET_STEP_NS = 1_800 * 1_000_000_000
_MOST_OFFSET_NS = 26 * 3_600 * 1_000_000_000
"""Drives that store local time may be off by whole half hours, up to the width of all time zones."""


def is_fresh(stat: FileStat, now_ns: int) -> bool:
    """Whether one of the file's times is within `WINDOW_NS` of now, on a clock that may be in another time zone."""
    return _is_near(stat.mtime_ns, now_ns) or _is_near(stat.ctime_ns, now_ns)


def _is_near(time_ns: int, now_ns: int) -> bool:
    offset = now_ns - time_ns
    if not -_MOST_OFFSET_NS <= offset <= _MOST_OFFSET_NS:
        return False
    return (offset + WINDOW_NS) % _OFFSET_STEP_NS <= 2 * WINDOW_NS


def as_read(stat: FileStat, *, read_ns: int) -> FileStat:
    """What to store of a file whose reading began at `read_ns`."""
    return replace(stat, ctime_ns=FRESH_CTIME) if is_fresh(stat, read_ns) else stat
