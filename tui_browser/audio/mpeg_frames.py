"""The frames of MPEG audio (MP3 and its layers), found and counted without decoding them.

Header layout: ISO/IEC 11172-3; Xing, Info and VBRI headers as LAME and Fraunhofer write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_SOUGHT = 1 << 18
"""Within so many bytes a first frame is sought."""
_CHAIN = 4
"""So many frames of one kind in a row are no coincidence."""
_GAP = 512
"""Bytes between two frames that mpg123 skips by itself."""
_TAG = 10

_RATES = ((11025, 12000, 8000), (), (22050, 24000, 16000), (44100, 48000, 32000))
_KBPS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version (2 stands for 2 and 2.5) and layer."""
_TAGS = (b"Xing", b"Info")
_SYNC = re.compile(rb"\xff[\xe0-\xff]")


@dataclass(frozen=True, slots=True)
class MpegHeader:
    length: int
    """Bytes of the whole frame."""
    samples: int
    kind: tuple[int, int, int, bool]
    """Version, layer, rate, mono: what does not change within a stream."""
    side: int
    """Where a Xing header would lie in it."""


@dataclass(frozen=True, slots=True)
class HeaderFrame:
    """The numbers of a header frame and where they lie; 0 where it has none."""

    count_at: int | None
    count: int
    bytes_at: int | None
    bytes: int


@dataclass(slots=True)
class FrameRun:
    """Frames of one kind, one after the other."""

    start: int
    kind: tuple[int, int, int, bool]
    samples: int
    tag: HeaderFrame | None
    """What its first frame says of the others."""
    first: int = 0
    """Length of that header frame."""
    frames: int = 0
    end: int = 0
    lengths: set[int] = field(default_factory=set)


def id3_length(tag: bytes) -> int:
    if len(tag) < _TAG or tag[:3] != b"ID3" or max(tag[6:10]) > 127:
        return 0
    length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
    return _TAG + length + (_TAG if tag[5] & 0x10 else 0)


@lru_cache(maxsize=4096)
def _header(raw: bytes) -> MpegHeader | None:
    if len(raw) < 4 or raw[0] != 0xFF or raw[1] & 0xE0 != 0xE0:
        return None
    version, layer = raw[1] >> 3 & 3, 4 - (raw[1] >> 1 & 3)
    bits, rate_index, padding = raw[2] >> 4, raw[2] >> 2 & 3, raw[2] >> 1 & 1
    if version == 1 or layer == 4 or bits in (0, 15) or rate_index == 3:
        return None
    first = version == 3
    rate, bps = _RATES[version][rate_index], 1000 * _KBPS[1 if first else 2, layer][bits]
    if layer == 1:
        samples, length = 384, (12 * bps // rate + padding) * 4
    else:
        samples = 1152 if first or layer == 2 else 576
        length = samples // 8 * bps // rate + padding
    mono = raw[3] >> 6 == 3
    side = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    return MpegHeader(length, samples, (version, layer, rate, mono), side)


def first_frame(content: bytes, *, lead: bool, whole: bool) -> int | None:
    """Where the first frame begins."""
    if _chain(content, 0, 2, whole=whole):
        return 0
    if not lead:
        return None
    found = (match.start() for match in _SYNC.finditer(content, 0, _SOUGHT))
    return next((at for at in found if _chain(content, at, _CHAIN, whole=whole)), None)


def _chain(content: bytes, at: int, count: int, *, whole: bool) -> bool:
    """Whether so many frames of one kind follow each other here; fewer, but two, where they end with the file."""
    begin = _header(content[at : at + 4])
    kind = begin and begin.kind
    for number in range(count):
        header = _header(content[at : at + 4])
        if header is None or header.kind != kind:
            tail = content[at : at + 8]
            return whole and number > 1 and (len(tail) < 4 or tail.startswith((b"TAG", b"APETAGEX")))
        if at + header.length > len(content):
            return number > 0
        at += header.length
    return True


def frame_runs(content: bytes, at: int) -> Iterator[FrameRun]:
    """What is there, frame by frame; a run ends where another kind, a header frame or more than a gap follows."""
    run: FrameRun | None = None
    while True:
        header = _header(content[at : at + 4])
        fits = header is not None and at + header.length <= len(content)
        if header is None or not fits or (run is not None and header.kind != run.kind and not _two(content, at)):
            following = _resumed(content, at)
            if run is not None and (following is None or following - run.end > _GAP):
                yield run
                run = None
            if following is None:
                return
            at = following
            continue
        tag = _tag(content, at, header)
        if run is None or tag is not None or header.kind != run.kind:
            if run is not None:
                yield run
            run = FrameRun(at, header.kind, header.samples, tag, header.length if tag is not None else 0)
        run.frames += tag is None
        if tag is None:
            run.lengths.add(header.length)
        at = run.end = _along(content, at + header.length, run, header)


def _along(content: bytes, at: int, run: FrameRun, first: MpegHeader) -> int:
    """Count the frames of the run's kind that follow here, and return where they end: most of a file, so in haste."""
    lengths: dict[bytes, int] = {}
    last, side, count = len(content), first.side, 0
    while True:
        raw = content[at : at + 4]
        length = lengths.get(raw)
        if length is None:
            header = _header(raw)
            if header is None or header.kind != run.kind:
                break
            length = lengths[raw] = header.length
        if at + length > last or content[at + side : at + side + 4] in _TAGS:
            break
        at += length
        count += 1
    run.frames += count
    run.lengths.update(lengths.values())
    return at


def _two(content: bytes, at: int) -> bool:
    return _chain(content, at, 2, whole=True)


def _resumed(content: bytes, at: int) -> int | None:
    """Where frames go on after something that is none."""
    skipped = id3_length(content[at : at + _TAG])
    at += skipped or 1
    if skipped and _two(content, at):
        return at
    for match in _SYNC.finditer(content, at):
        header = _header(content[match.start() : match.start() + 4])
        if header is not None and _chain(content, match.start(), 3, whole=True):
            return match.start()
    return None


def _tag(content: bytes, at: int, header: MpegHeader) -> HeaderFrame | None:
    """A Xing, Info or VBRI header, if the frame here is one."""
    if header.kind[1] != 3:
        return None
    side = at + header.side
    if content[side : side + 4] in _TAGS:
        flags, place = content[side + 7], side + 8
        behind = place + (4 if flags & 1 else 0)
        count_at, bytes_at = place if flags & 1 else None, behind if flags & 2 else None
    elif content[at + 36 : at + 40] == b"VBRI":
        count_at, bytes_at = at + 50, at + 46
    else:
        return None
    return HeaderFrame(count_at, _at(content, count_at), bytes_at, _at(content, bytes_at))


def _at(content: bytes, place: int | None) -> int:
    return 0 if place is None else int.from_bytes(content[place : place + 4], "big")
