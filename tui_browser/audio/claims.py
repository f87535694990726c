"""What the header of a file promises, held against the bytes that are there.

libsndfile reads a WAV whose end is missing as a shorter WAV and says nothing. A person who looks for a broken
download wants to know, so the promise is read here, from the few bytes that hold it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

_TOLERATED = 64
"""Bytes that may be missing: some programs count their own header as sound."""
_OPEN_32 = ((0x7F000000, 0x80010000), (0xFFFF0000, 0xFFFFFFFF))
"""What stands for a length in a header that was written into a pipe (SoX, ffmpeg, arecord, parec)."""
_OPEN_64 = 1 << 61

Chunk = tuple[bytes, int, int]
"""Id, start of the content, length as it is told."""


def promised(fd: int, start: int, end: int) -> float:
    """How many times more sound the header promises than this span of the file holds; 1 where it is whole.

    A length that a program could not know, as it wrote into a pipe, is no promise. FLAC, MP3 and the like are not
    judged here.
    """
    span = sound_span(fd, start, end)
    if span is None:
        return 1.0
    begin, length = span
    there = end - begin
    return length / there if there > 0 and length > there + _TOLERATED else 1.0


def sound_span(fd: int, start: int, end: int) -> tuple[int, int] | None:
    """Start and length of the sound as the header has it; None for other formats and open ends."""
    head = os.pread(fd, 16, start)
    magic = head[:4]
    span = None
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        span = _riff_span(fd, start, end, magic)
    elif magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        span = _find(b"SSND", chunks(fd, start + 12, end, ">4sI", 2))
    elif magic == b"riff":  # Wave64: ids of 16 bytes, sizes with their own header
        found = chunks(fd, start + 40, end, "<16sQ", 8, own=24)
        span = _find(b"data", ((name[:4], at, length - 24) for name, at, length in found))
    elif magic == b"caff":
        span = _find(b"data", chunks(fd, start + 8, end, ">4sq", 1))
    elif magic in (b".snd", b"dns."):
        at, length = struct.unpack(">II" if magic == b".snd" else "<II", head[4:12].ljust(8, b"\0"))
        span = start + at, length
    return None if span is None or _is_open(span[1]) else span


def chunks(fd: int, at: int, end: int, form: str, align: int, *, own: int = 0) -> Iterator[Chunk]:
    """The chunks from `at` on; `own` bytes of each length are the header's."""
    header = struct.calcsize(form)
    first = at
    for _ in range(10_000):  # a hostile file can hold a chunk every eight bytes
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


def _find(name: bytes, found: Iterator[Chunk]) -> tuple[int, int] | None:
    return next(((at, length) for each, at, length in found if each == name), None)
