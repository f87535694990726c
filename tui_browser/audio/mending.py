"""Headers that libsndfile stumbles over, made anew from what they say: the sound itself is left as it is.

Sizes that were never filled in, chunks in another order or behind each other, sound behind something else.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import Literal

from tui_browser.audio.claims import Chunk, chunks, promised, sound_span
from tui_browser.audio.flac import flac_streams
from tui_browser.audio.mpeg import mpeg_streams
from tui_browser.audio.ogg import flac_in_ogg, ogg_streams
from tui_browser.audio.view import Piece, Stream

_SOUGHT = 1 << 18
_MOST_CHUNKS = 10_000
_MOST_32 = 0xFFFFFFFF
_MPEG_TAGS = (0x50, 0x55)
_MAGIC = re.compile(
    rb"RIFF[\s\S]{4}WAVE|RF64\xff\xff\xff\xffWAVE|FORM[\s\S]{4}AIF[FC]|fLaC\x00\x00\x00\x22|OggS\x00\x02|"
    rb"caff\x00\x01\x00\x00desc|riff\x2e\x91\xcf\x11"
)


def streams(fd: int, start: int, end: int) -> list[Stream]:
    """The streams of sound in this span of a file, as libsndfile is to see them; at least one."""
    head = os.pread(fd, 12, start)
    found: list[Stream] = []
    if head[:4] == b"OggS":
        found = ogg_streams(fd, start, end)
    elif head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        mpeg = _mpeg_in_riff(fd, start, end)
        found = mpeg_streams(fd, *mpeg, lead=True) if mpeg is not None else []
    elif head[:4] == b"fLaC":
        found = flac_streams(fd, start, end)
    elif head[:4] == b"riff" and (span := sound_span(fd, start, end)) is not None:
        if sum(span) + 64 < end:  # libsndfile takes all that follows in a Wave64 for sound
            found = [Stream(((start, sum(span) - start),))]
    elif head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0):
        found = mpeg_streams(fd, start, end)
    whole = None if start == 0 else ((start, end - start),)
    return found or [Stream(whole, promised=promised(fd, start, end))]


def sound_behind(fd: int, end: int) -> tuple[int, list[Stream]] | None:
    """Where sound begins in a file that begins with something else, and its streams where they are MPEG."""
    found = _MAGIC.search(os.pread(fd, min(end, _SOUGHT), 0), 1)
    if found is not None:
        return found.start(), []
    mpeg = mpeg_streams(fd, 0, end, lead=True)
    return (0, mpeg) if mpeg else None


def mended(fd: int, start: int, end: int) -> Stream | None:
    """A stream with a header made anew; None where nothing is known that would help."""
    head = os.pread(fd, 24, start)
    magic = head[:4]
    pieces: tuple[Piece, ...] | None = None
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        pieces = _riff(fd, start, end, big=magic == b"RIFX")
    elif magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        pieces = _aiff(fd, start, end, head[8:12])
    elif magic == b"caff":
        pieces = _caf(fd, start, end)
    elif magic == b"OggS":
        return flac_in_ogg(fd, start, end)
    elif magic in (b".snd", b"dns.") and len(head) == 24:
        pieces = head[:8] + b"\xff\xff\xff\xff", (start + 12, end - start - 12)
    return None if pieces is None else Stream(pieces, promised=promised(fd, start, end))


def _riff_chunks(fd: int, start: int, end: int, *, big: bool) -> Iterator[Chunk]:
    """Chunks of a WAV; one that was written without its pad byte is found, too."""
    form = ">4sI" if big else "<4sI"
    at = start + 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        name, length = struct.unpack(form, os.pread(fd, 8, at).ljust(8, b"\0"))
        if not _is_name(name):
            earlier = os.pread(fd, 4, at - 1)
            if at == start + 12 or not _is_name(earlier) or (at - start) % 2:
                return
            at -= 1
            continue
        yield name, at + 8, length
        at += 8 + length
        at += (at - start) % 2 if os.pread(fd, 1, at) in (b"\0", b"") or not _is_name(os.pread(fd, 4, at)) else 0


def _is_name(name: bytes) -> bool:
    return len(name) == 4 and all(32 <= each < 127 for each in name) and name[:1] != b" "


def _mpeg_in_riff(fd: int, start: int, end: int) -> tuple[int, int] | None:
    """Where the sound of a WAV lies if it is MPEG."""
    order: Literal["big", "little"] = "big" if os.pread(fd, 4, start) == b"RIFX" else "little"
    is_mpeg = False
    for name, at, length in chunks(fd, start + 12, end, ">4sI" if order == "big" else "<4sI", 2):
        if name == b"fmt ":
            is_mpeg = int.from_bytes(os.pread(fd, 2, at), order) in _MPEG_TAGS
        if name == b"data":
            return (at, min(end, at + length) if length else end) if is_mpeg else None
    return None


def _riff(fd: int, start: int, end: int, *, big: bool) -> tuple[Piece, ...] | None:
    form, sound = b"", None
    fact: bytes = b""
    for name, at, length in _riff_chunks(fd, start, end, big=big):
        if name == b"fmt " and not form:
            form = os.pread(fd, min(length, 4096), at)
        elif name == b"fact" and not fact:
            fact = os.pread(fd, min(length, 64), at)
        elif name == b"data" and sound is None:
            if length == 0 and end > at and not _is_name(os.pread(fd, 4, at)):
                length = end - at  # a recorder that never came to fill it in
            sound = at, min(length, end - at)
        elif name == b"RIFF":
            break
    if not form or sound is None or not sound[1]:
        return None
    order = ">" if big else "<"

    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack(f"{order}I", len(content)) + content + b"\0" * (len(content) % 2)

    body = b"WAVE" + chunk(b"fmt ", form) + (chunk(b"fact", fact) if fact else b"")
    sizes = [min(size, _MOST_32) for size in (len(body) + 8 + sound[1], sound[1])]
    magic = b"RIFX" if big else b"RIFF"
    return magic + struct.pack(f"{order}I", sizes[0]) + body + b"data" + struct.pack(f"{order}I", sizes[1]), sound


def _aiff(fd: int, start: int, end: int, kind: bytes) -> tuple[Piece, ...] | None:
    common, sound = b"", None
    for name, at, length in chunks(fd, start + 12, end, ">4sI", 2):
        if name == b"COMM" and not common:
            common = os.pread(fd, min(length, 1024), at)
        elif name == b"SSND" and sound is None:
            sound = at, min(length or end, end - at)
        elif name == b"FORM":
            break
    if not common or sound is None:
        return None
    body = kind + b"COMM" + struct.pack(">I", len(common)) + common + b"\0" * (len(common) % 2)
    whole = min(len(body) + 8 + sound[1], _MOST_32)
    return b"FORM" + struct.pack(">I", whole) + body + b"SSND" + struct.pack(">I", min(sound[1], _MOST_32)), sound


def _caf(fd: int, start: int, end: int) -> tuple[Piece, ...] | None:
    description = b""
    for name, at, length in chunks(fd, start + 8, end, ">4sq", 1):
        if name == b"desc":
            description = os.pread(fd, 32, at)
        elif name == b"data" and description[8:12] in (b"lpcm", b"ulaw", b"alaw"):
            there = end - at if length < 0 else min(length, end - at)
            header = b"caff\0\1\0\0desc" + struct.pack(">q", 32) + description + b"data" + struct.pack(">q", there)
            return header, (at, there)
    return None
