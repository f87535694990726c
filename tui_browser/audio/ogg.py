"""The links of a chained Ogg file, page by page (RFC 3533): libsndfile reads the first one alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tui_browser.audio.view import Piece, Stream

_WALKED = 16 << 20
"""Bytes that are gone through page by page; of a longer file so much at either end decides whether to go on."""
_HEADER = 27
_LONGEST = _HEADER + 255 + 255 * 255
_BEGINS = 2
_MAPPING = 9
"""Bytes before the FLAC stream in its first packet."""
_MOST = 4096
"""Links."""


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    body: int
    end: int
    begins: bool
    serial: bytes


def ogg_streams(fd: int, start: int, end: int) -> list[Stream]:
    """One stream a link; `Stream()` where one link fills the file."""
    starts: list[int] = []
    previous_begins = False
    reached = start
    for page in _pages(fd, start, end):
        if page.begins and not previous_begins and len(starts) < _MOST:
            starts.append(page.start)
        previous_begins = page.begins
        reached = page.end
        if page.start - start > _WALKED and len(starts) == 1 and not _chained(fd, end, page.serial):
            reached = min(end, _last_end(fd, end))
            break
    cut = "its last page is incomplete" if reached > end else ""
    if len(starts) < 2:
        return [Stream(None if start == 0 else ((start, end - start),), cut=cut)]
    borders = [*starts, min(reached, end)]
    links = [Stream(((at, to - at),)) for at, to in pairwise(borders) if to > at]
    return [*links[:-1], Stream(links[-1].pieces, cut=cut)]


def flac_in_ogg(fd: int, start: int, end: int) -> Stream | None:
    """The FLAC of an Ogg file without its pages, for a libsndfile that was built without the one in the other."""
    pieces: list[Piece] = []
    serial = b""
    for page in _pages(fd, start, end):
        if not pieces:
            if os.pread(fd, 5, page.body) != b"\x7fFLAC":
                return None
            serial = page.serial
        if page.serial == serial:
            body = page.body + (_MAPPING if not pieces else 0)
            pieces.append((body, min(page.end, end) - body))
    return Stream(tuple(pieces)) if pieces else None


def _pages(fd: int, at: int, end: int) -> Iterator[_Page]:
    """Pages in order; the last one may end behind `end`. What lies between pages is passed by."""
    while at + _HEADER <= end:
        raw = os.pread(fd, _HEADER + 255, at)
        if raw[:4] != b"OggS":
            found = _next(fd, at, end)
            if found is None:
                return
            at = found
            continue
        if len(raw) < _HEADER:
            return
        table = raw[_HEADER : _HEADER + raw[26]]
        body = at + _HEADER + raw[26]
        following = body + sum(table)
        yield _Page(at, body, following, bool(raw[5] & _BEGINS), raw[14:18])
        at = following


def _next(fd: int, at: int, end: int) -> int | None:
    """Where the next page begins, sought within the longest page."""
    found = os.pread(fd, min(end - at, 2 * _LONGEST), at).find(b"OggS", 1)
    return None if found < 0 else at + found


def _chained(fd: int, end: int, serial: bytes) -> bool:
    """Whether the last page belongs to another stream than this."""
    tail = os.pread(fd, 2 * _LONGEST, max(0, end - 2 * _LONGEST))
    at = tail.rfind(b"OggS")
    return at >= 0 and tail[at + 14 : at + 18] != serial


def _last_end(fd: int, end: int) -> int:
    """Where the last page says that it ends."""
    start = max(0, end - 2 * _LONGEST)
    tail = os.pread(fd, 2 * _LONGEST, start)
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + _HEADER:
        return end
    table = tail[at + _HEADER : at + _HEADER + tail[at + 26]]
    return start + at + _HEADER + tail[at + 26] + sum(table)
