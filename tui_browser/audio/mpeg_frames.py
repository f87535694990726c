"""Finds and counts frames of MPEG audio (layers 1 to 3) without decoding them.

Frame headers: ISO/IEC 11172-3. Xing, Info and VBRI headers: as written by LAME and Fraunhofer encoders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_SEARCHED_BYTES = 1 << 18
"""The first frame is searched within this many bytes."""
_SURE_FRAMES = 4
"""This many frames of one kind in a row are not a coincidence."""
_GAP = 512
"""Bytes between two frames that mpg123 skips."""
_ID3_HEADER_BYTES = 10

_RATES = ((11025, 12000, 8000), (), (22050, 24000, 16000), (44100, 48000, 32000))
_KBPS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by version (2 for 2 and 2.5) and layer."""
_TAG_NAMES = (b"Xing", b"Info")
_SYNC = re.compile(rb"\xff[\xe0-\xff]")


@dataclass(frozen=True, slots=True)
class MpegHeader:
    """The header of one frame."""

    length: int
    """Bytes of the frame, header included."""
    samples: int
    kind: tuple[int, int, int, bool]
    """Version, layer, rate, mono: the same within a stream."""
    side: int
    """Offset of a Xing header in the frame."""


@dataclass(frozen=True, slots=True)
class HeaderFrame:
    """The numbers of a Xing, Info or VBRI header and their positions; 0 if they are missing."""

    count_at: int | None
    count: int
    bytes_at: int | None
    bytes: int


@dataclass(slots=True)
class FrameRun:
    """Consecutive frames of one kind."""

    start: int
    kind: tuple[int, int, int, bool]
    samples: int
    tag: HeaderFrame | None
    """The header frame, if the run starts with one."""
    first: int = 0
    """Length of the header frame."""
    frames: int = 0
    end: int = 0
    lengths: set[int] = field(default_factory=set)


def id3_length(tag: bytes) -> int:
    """Length of an ID3v2 tag from its first bytes; 0 if there is none."""
    if len(tag) < _ID3_HEADER_BYTES or tag[:3] != b"ID3" or max(tag[6:10]) > 127:
        return 0
    length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
    return _ID3_HEADER_BYTES + length + (_ID3_HEADER_BYTES if tag[5] & 0x10 else 0)


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
    """The start of the first frame; with `lead`, other data may precede it."""
    if _chain(content, 0, 2, whole=whole):
        return 0
    if not lead:
        return None
    candidates = (match.start() for match in _SYNC.finditer(content, 0, _SEARCHED_BYTES))
    return next((at for at in candidates if _chain(content, at, _SURE_FRAMES, whole=whole)), None)


def _chain(content: bytes, at: int, count: int, *, whole: bool) -> bool:
    """Whether `count` frames of one kind start here; two are enough if the file ends after them."""
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
    """The runs of frames; a run ends at a frame of another kind, a header frame or a long gap."""
    run: FrameRun | None = None
    while True:
        header = _header(content[at : at + 4])
        fits = header is not None and at + header.length <= len(content)
        if header is None or not fits or (run is not None and header.kind != run.kind and not _two_frames(content, at)):
            following = _next_frame(content, at)
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
        at = run.end = _count_frames(content, at + header.length, run, header)


def _count_frames(content: bytes, at: int, run: FrameRun, first: MpegHeader) -> int:
    """Count the frames of the run's kind from `at` on and return their end; fast, as this is most of a file."""
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
        if at + length > last or content[at + side : at + side + 4] in _TAG_NAMES:
            break
        at += length
        count += 1
    run.frames += count
    run.lengths.update(lengths.values())
    return at


def _two_frames(content: bytes, at: int) -> bool:
    return _chain(content, at, 2, whole=True)


def _next_frame(content: bytes, at: int) -> int | None:
    """The start of the next frame after other data."""
    skipped = id3_length(content[at : at + _ID3_HEADER_BYTES])
    at += skipped or 1
    if skipped and _two_frames(content, at):
        return at
    for match in _SYNC.finditer(content, at):
        header = _header(content[match.start() : match.start() + 4])
        if header is not None and _chain(content, match.start(), 3, whole=True):
            return match.start()
    return None


def _tag(content: bytes, at: int, header: MpegHeader) -> HeaderFrame | None:
    """The Xing, Info or VBRI header in the frame at `at`, if it has one."""
    if header.kind[1] != 3:
        return None
    side = at + header.side
    if content[side : side + 4] in _TAG_NAMES:
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
