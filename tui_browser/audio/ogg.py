"""Finds the links of a chained Ogg file (RFC 3533), of which libsndfile reads only the first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tui_browser.audio.patched_file import FileStream, Span

_READ_BYTES = 16 << 20
"""Bytes that are read page by page; in a longer file, its last page then shows whether there are more links."""
_HEADER = 27
_LONGEST = _HEADER + 255 + 255 * 255
_FIRST_PAGE = 2
_MAPPING_BYTES = 9
"""Bytes before the FLAC stream in its first packet."""
_MOST_LINKS = 4096


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    body: int
    end: int
    begins: bool
    serial: bytes


def ogg_streams(fd: int, start: int, end: int) -> list[FileStream]:
    """One stream per link; `FileStream()` if one link fills the file."""
    starts: list[int] = []
    previous_begins = False
    reached = start
    for page in _pages(fd, start, end):
        if page.begins and not previous_begins and len(starts) < _MOST_LINKS:
            starts.append(page.start)
        previous_begins = page.begins
        reached = page.end
        if page.start - start > _READ_BYTES and len(starts) == 1 and not _chained(fd, end, page.serial):
            reached = min(end, _end_of_last_page(fd, end))
            break
    cut = "its last page is incomplete" if reached > end else ""
    if len(starts) < 2:
        return [FileStream(None if start == 0 else ((start, end - start),), cut=cut)]
    boundaries = [*starts, min(reached, end)]
    links = [FileStream(((at, to - at),)) for at, to in pairwise(boundaries) if to > at]
    return [*links[:-1], FileStream(links[-1].spans, cut=cut)]


def flac_in_ogg(fd: int, start: int, end: int) -> FileStream | None:
    """The FLAC stream of an Ogg file without its pages, for a libsndfile built without FLAC in Ogg."""
    spans: list[Span] = []
    serial = b""
    for page in _pages(fd, start, end):
        if not spans:
            if os.pread(fd, 5, page.body) != b"\x7fFLAC":
                return None
            serial = page.serial
        if page.serial == serial:
            body = page.body + (_MAPPING_BYTES if not spans else 0)
            spans.append((body, min(page.end, end) - body))
    return FileStream(tuple(spans)) if spans else None


def _pages(fd: int, at: int, end: int) -> Iterator[_Page]:
    """Pages in order; the last one may end after `end`. Bytes between pages are skipped."""
    while at + _HEADER <= end:
        raw = os.pread(fd, _HEADER + 255, at)
        if raw[:4] != b"OggS":
            next_at = _next_page(fd, at, end)
            if next_at is None:
                return
            at = next_at
            continue
        if len(raw) < _HEADER:
            return
        table = raw[_HEADER : _HEADER + raw[26]]
        body = at + _HEADER + raw[26]
        following = body + sum(table)
        yield _Page(at, body, following, bool(raw[5] & _FIRST_PAGE), raw[14:18])
        at = following


def _next_page(fd: int, at: int, end: int) -> int | None:
    """The start of the next page, within the length of the longest page."""
    offset = os.pread(fd, min(end - at, 2 * _LONGEST), at).find(b"OggS", 1)
    return None if offset < 0 else at + offset


def _chained(fd: int, end: int, serial: bytes) -> bool:
    """Whether the last page belongs to another stream."""
    tail = os.pread(fd, 2 * _LONGEST, max(0, end - 2 * _LONGEST))
    at = tail.rfind(b"OggS")
    return at >= 0 and tail[at + 14 : at + 18] != serial


def _end_of_last_page(fd: int, end: int) -> int:
    """The end of the last page according to its header."""
    start = max(0, end - 2 * _LONGEST)
    tail = os.pread(fd, 2 * _LONGEST, start)
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + _HEADER:
        return end
    table = tail[at + _HEADER : at + _HEADER + tail[at + 26]]
    return start + at + _HEADER + tail[at + 26] + sum(table)
