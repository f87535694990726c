"""Compares the length of sound in a header with the bytes of the file.

libsndfile reads a WAV whose end is missing as a shorter WAV, without a warning. This module finds such files, for
example broken downloads.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

_TOLERATED = 64
"""Bytes that may be missing, as some programs count their header as sound."""
_OPEN_32 = ((0x7F000000, 0x80010000), (0xFFFF0000, 0xFFFFFFFF))
"""Placeholders for a length in headers written to a pipe (SoX, ffmpeg, arecord, parec)."""
_OPEN_64 = 1 << 61

Chunk = tuple[bytes, int, int]
"""Id, start of the content, and length according to the header."""


def promised_ratio(fd: int, start: int, end: int) -> float:
    """Length of sound in the header divided by the length in this span of the file; 1 if the file is complete.

    It is 1 too if the header was written to a pipe, and for FLAC, MP3 and other formats without a fixed length.
    """
    span = sound_span(fd, start, end)
    if span is None:
        return 1.0
    begin, length = span
    available = end - begin
    return length / available if available > 0 and length > available + _TOLERATED else 1.0


def sound_span(fd: int, start: int, end: int) -> tuple[int, int] | None:
    """Start and length of the sound according to the header; None for other formats and unknown lengths."""
    head = os.pread(fd, 16, start)
    magic = head[:4]
    span = None
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        span = _riff_span(fd, start, end, magic)
    elif magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        span = _find(b"SSND", chunks(fd, start + 12, end, ">4sI", 2))
    elif magic == b"riff":  # Wave64: ids of 16 bytes, sizes include the header
        wave64 = chunks(fd, start + 40, end, "<16sQ", 8, own=24)
        span = _find(b"data", ((name[:4], at, length - 24) for name, at, length in wave64))
    elif magic == b"caff":
        span = _find(b"data", chunks(fd, start + 8, end, ">4sq", 1))
    elif magic in (b".snd", b"dns."):
        at, length = struct.unpack(">II" if magic == b".snd" else "<II", head[4:12].ljust(8, b"\0"))
        span = start + at, length
    return None if span is None or _is_open(span[1]) else span


def chunks(fd: int, at: int, end: int, form: str, align: int, *, own: int = 0) -> Iterator[Chunk]:
    """The chunks from `at` on; each length includes `own` bytes of header."""
    header = struct.calcsize(form)
    first = at
    for _ in range(10_000):  # a malicious file can have a chunk every eight bytes
        raw = os.pread(fd, header, at)
        if len(raw) < header or at + header > end:
            return
        name, length = struct.unpack(form, raw)
        yield name, at + header, length
        if length < own:
            return
        at += header + length - own
        at += -(at - first) % align
        if at >= end:
            return


def _is_open(length: int) -> bool:
    return length < 0 or length >= _OPEN_64 or any(low <= length <= high for low, high in _OPEN_32)


def _riff_span(fd: int, start: int, end: int, magic: bytes) -> tuple[int, int] | None:
    long_length = None
    for name, at, length in chunks(fd, start + 12, end, ">4sI" if magic == b"RIFX" else "<4sI", 2):
        if name == b"ds64":
            long_length = int.from_bytes(os.pread(fd, 8, at + 8), "little")
        if name == b"data":
            if magic in (b"RF64", b"BW64") and length == 0xFFFFFFFF:
                return None if long_length is None else (at, long_length)
            return at, length
    return None


def _find(name: bytes, candidates: Iterator[Chunk]) -> tuple[int, int] | None:
    return next(((at, length) for chunk_name, at, length in candidates if chunk_name == name), None)
