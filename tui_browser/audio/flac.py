"""How long a FLAC is by its last frames (RFC 9639): its header need not know, and may be wrong."""

from __future__ import annotations

import os
import re

from tui_browser.audio.view import Stream

_INFO = 42
"""Bytes of the marker and the first block of metadata."""
_TOTAL = 18
"""Where eight bytes lie whose last 36 bits are the number of samples."""
_TAIL = (16 << 10, 1 << 20)
_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_SIZES = (0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


def flac_streams(fd: int, start: int, end: int) -> list[Stream]:
    """The stream with its right length in the header where that says none or too little; else nothing."""
    head = os.pread(fd, _INFO, start)
    if len(head) < _INFO or head[:4] != b"fLaC" or head[4] & 127:
        return []
    facts = int.from_bytes(head[_TOTAL : _TOTAL + 8], "big")
    told = facts & 0xFFFFFFFFF
    largest = int.from_bytes(head[15:18], "big")
    block = int.from_bytes(head[10:12], "big")
    tail = min(max(3 * largest + 32, _TAIL[0]), _TAIL[1], end - start - _INFO)
    total = _last(os.pread(fd, tail, end - tail), block)
    if total is None or total <= told:
        return []
    right = (facts - told + total).to_bytes(8, "big")
    behind = start + _TOTAL + 8
    return [Stream(((start, _TOTAL), right, (behind, end - behind)))]


def _last(tail: bytes, block: int) -> int | None:
    """Samples up to the end of the last frame, if the frame before it confirms what it says."""
    previous = latest = None
    for match in _SYNC.finditer(tail):
        span = _frame(tail, match.start(), block)
        if span is not None and (latest is None or span[0] == latest[1]):
            previous, latest = latest, span
        elif span is not None and previous is None:
            latest = span  # the one before was none
    return latest[1] if latest is not None and (previous is not None or latest[0] == 0) else None


def _frame(tail: bytes, at: int, block: int) -> tuple[int, int] | None:
    """First sample and end of the frame whose header lies here; None where none does."""
    head = tail[at : at + 16]
    if len(head) < 16 or head[3] & 1 or head[2] & 15 == 15 or head[3] >> 4 > 10:
        return None
    number, used = _number(head[4:11])
    if used == 0:
        return None
    place, code = 4 + used, head[2] >> 4
    size = _SIZES[code]
    if code in (6, 7):
        size = int.from_bytes(head[place : place + code - 5], "big") + 1
        place += code - 5
    place += {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    if not size or _crc8(head[:place]) != head[place]:
        return None
    first = number if head[1] & 1 else number * block
    return first, first + size


def _number(raw: bytes) -> tuple[int, int]:
    """A number coded as in UTF-8, of up to 36 bits, and its length; (0, 0) where there is none."""
    lead = raw[0]
    if lead < 0x80:
        return lead, 1
    count = 8 - (lead ^ 0xFF).bit_length()
    if not 2 <= count <= 7 or any(each >> 6 != 2 for each in raw[1:count]):
        return 0, 0
    value = lead & ((1 << (7 - count)) - 1)
    for each in raw[1:count]:
        value = value << 6 | each & 63
    return value, count


def _crc8(raw: bytes) -> int:
    crc = 0
    for each in raw:
        crc ^= each
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc
