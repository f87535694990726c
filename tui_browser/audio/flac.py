"""Corrects the length in the header of a FLAC from its last frames (RFC 9639)."""

from __future__ import annotations

import os
import re
from functools import cache

from tui_browser.audio.patched_file import FileStream

_METADATA_BYTES = 42
"""Size of the marker and the first metadata block."""
_COUNT_AT = 18
"""Offset of eight bytes whose last 36 bits are the number of samples."""
_TAIL_BYTES = (16 << 10, 1 << 20)
_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_SIZES = (0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


def flac_streams(fd: int, start: int, end: int) -> list[FileStream]:
    """The stream with the right length in its header, if that has none or one too short; else an empty list."""
    head = os.pread(fd, _METADATA_BYTES, start)
    if len(head) < _METADATA_BYTES or head[:4] != b"fLaC" or head[4] & 127:
        return []
    info = int.from_bytes(head[_COUNT_AT : _COUNT_AT + 8], "big")
    stated = info & 0xFFFFFFFFF
    largest = int.from_bytes(head[15:18], "big")
    block = int.from_bytes(head[10:12], "big")
    tail = min(max(3 * largest + 32, _TAIL_BYTES[0]), _TAIL_BYTES[1], end - start - _METADATA_BYTES)
    total = _end_of_last_frame(os.pread(fd, tail, end - tail), block)
    if total is None or total <= stated:
        return []
    corrected = (info - stated + total).to_bytes(8, "big")
    rest = start + _COUNT_AT + 8
    return [FileStream(((start, _COUNT_AT), corrected, (rest, end - rest)))]


def _end_of_last_frame(tail: bytes, block: int) -> int | None:
    """Samples up to the end of the last frame, if the frame before it agrees."""
    previous = latest = None
    for match in _SYNC.finditer(tail):
        span = _frame(tail, match.start(), block)
        if span is not None and (latest is None or span[0] == latest[1]):
            previous, latest = latest, span
        elif span is not None and previous is None:
            latest = span  # the one before was not a frame
    return latest[1] if latest is not None and (previous is not None or latest[0] == 0) else None


def _frame(tail: bytes, at: int, block: int) -> tuple[int, int] | None:
    """First and last sample of the frame with a header at `at`; None if there is none."""
    head = tail[at : at + 16]
    if len(head) < 16 or head[3] & 1 or head[2] & 15 == 15 or head[3] >> 4 > 10:
        return None
    number, length = _coded_number(head[4:11])
    if length == 0:
        return None
    place, code = 4 + length, head[2] >> 4
    size = _SIZES[code]
    if code in (6, 7):
        size = int.from_bytes(head[place : place + code - 5], "big") + 1
        place += code - 5
    place += {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    if not size or _crc8(head[:place]) != head[place]:
        return None
    first = number if head[1] & 1 else number * block
    return first, first + size


def _coded_number(raw: bytes) -> tuple[int, int]:
    """A number of up to 36 bits, coded as in UTF-8, and its length in bytes; (0, 0) if it is invalid."""
    lead = raw[0]
    if lead < 0x80:
        return lead, 1
    count = 8 - (lead ^ 0xFF).bit_length()
    if not 2 <= count <= 7 or any(byte >> 6 != 2 for byte in raw[1:count]):
        return 0, 0
    value = lead & ((1 << (7 - count)) - 1)
    for byte in raw[1:count]:
        value = value << 6 | byte & 63
    return value, count


def _crc8(raw: bytes) -> int:
    crc, after = 0, _crc8_table()
    for byte in raw:
        crc = after[crc ^ byte]
    return crc


@cache
def _crc8_table() -> bytes:
    """The checksum of each single byte."""
    table = list(range(256))
    for _ in range(8):
        table = [(crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF for crc in table]
    return bytes(table)
