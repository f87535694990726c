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
_UNKNOWN = 0xFFFFFFFF
_OGG_TAIL = 70_000
"""A page of Ogg is at most 65,307 bytes long."""


def complaint(fd: int, size: int) -> str:
    """Why the file of `size` bytes behind `fd` is not what its header says; empty where nothing is wrong.

    FLAC, MP3 and the like are not judged here: their decoders find out.
    """
    head = os.pread(fd, 16, 0)
    magic = head[:4]
    if magic == b"OggS":
        return "" if _ogg_ends(fd, size) else "truncated: its last Ogg page is missing"
    span = _sound_span(fd, size, head)
    if span is None:
        return ""
    start, length = span
    if start + length > size + _TOLERATED:
        there = max(0, size - start)
        return f"truncated: its header promises {length} bytes of sound, the file holds {there}"
    if magic in (b"RIFF", b"RIFX") and _hides_sound(fd, size, start + length + (length & 1), length):
        return f"its header lies about the length: {length} bytes of sound, the file holds {size - start}"
    return ""


def _sound_span(fd: int, size: int, head: bytes) -> tuple[int, int] | None:
    """Start and length of the sound as the header has it; None for other formats and open-ended streams."""
    magic = head[:4]
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return _riff_span(fd, size, head)
    if magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _find(b"SSND", _chunks(fd, size, 12, ">4sI", 2))
    if magic == b"riff":  # Wave64: ids of 16 bytes, sizes with their own header
        spans = ((name[:4], at, length - 24) for name, at, length in _chunks(fd, size, 40, "<16sQ", 8, own=24))
        return _find(b"data", spans)
    if magic == b"caff":
        span = _find(b"data", _chunks(fd, size, 8, ">4sq", 1))
        return None if span is None or span[1] < 0 else span
    if magic in (b".snd", b"dns."):
        start, length = struct.unpack(">II" if magic == b".snd" else "<II", head[4:12].ljust(8, b"\0"))
        return None if length == _UNKNOWN else (start, length)
    return None


def _riff_span(fd: int, size: int, head: bytes) -> tuple[int, int] | None:
    form = ">4sI" if head[:4] == b"RIFX" else "<4sI"
    whole = struct.unpack(form, head[:8])[1] if len(head) >= 8 else 0
    long_length = None
    for name, at, length in _chunks(fd, size, 12, form, 2):
        if name == b"ds64":
            long_length = int.from_bytes(os.pread(fd, 8, at + 8), "little")
        if name == b"data":
            if length != _UNKNOWN:
                return at, length
            if head[:4] in (b"RF64", b"BW64"):
                return None if long_length is None else (at, long_length)
            return None if whole == _UNKNOWN else (at, length)  # both open: a program wrote into a pipe
    return None


def _chunks(fd: int, size: int, at: int, form: str, align: int, *, own: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """(id, start of the content, length) of the chunks from `at` on; `own` bytes of the length are the header."""
    header = struct.calcsize(form)
    for _ in range(10_000):  # a hostile file can hold a chunk every eight bytes
        raw = os.pread(fd, header, at)
        if len(raw) < header:
            return
        name, length = struct.unpack(form, raw)
        yield name, at + header, length
        if length < own:
            return
        at += header + length - own
        at += -at % align
        if at >= size:
            return


def _find(name: bytes, chunks: Iterator[tuple[bytes, int, int]]) -> tuple[int, int] | None:
    return next(((at, length) for found, at, length in chunks if found == name), None)


def _hides_sound(fd: int, size: int, end: int, length: int) -> bool:
    """Whether more lies behind the sound than in it, and that is neither a chunk nor padding."""
    if size - end <= max(length, _TOLERATED):
        return False
    after = os.pread(fd, 4096, end)
    name, chunk = after[:4], int.from_bytes(after[4:8], "little")
    is_chunk = name.isascii() and name.decode("ascii").isprintable() and end + 8 + chunk <= size + 8
    return not is_chunk and any(after)


def _ogg_ends(fd: int, size: int) -> bool:
    """Whether the last page says that it is the last one and is there to its end."""
    start = max(0, size - _OGG_TAIL)
    tail = os.pread(fd, _OGG_TAIL, start)
    at = tail.rfind(b"OggS")
    while at >= 0:
        page = tail[at:]
        if len(page) >= 27 and page[4] == 0:
            segments = page[26]
            length = 27 + segments + sum(page[27 : 27 + segments])
            return bool(page[5] & 4) and len(page) >= length
        at = tail.rfind(b"OggS", 0, at)
    return False
