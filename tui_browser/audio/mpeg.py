"""MPEG audio (MP3 and its layers) counted frame by frame, without decoding it.

mpg123 guesses the length of an MP3 without a Xing header from its size and the bit rate of its first frame, and stops
there. So frames are counted here, and the decoder is told what there is. Header layout: ISO/IEC 11172-3; Xing, Info
and VBRI headers as LAME and Fraunhofer write them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tui_browser.audio.view import Piece, Stream

_WALKED = 16 << 20
"""Bytes that are counted; a longer file's own count is believed."""
_SOUGHT = 1 << 18
"""Within so many bytes a first frame is sought."""
_CHAIN = 4
"""So many frames of one kind in a row are no coincidence."""
_GAP = 512
"""Bytes between two frames that mpg123 skips by itself."""
_INFLATED = 64
"""No average bit rate is so many times below that of the first frame."""
_SLACK = 2
"""Some encoders count their header frame, or a frame that they never wrote."""
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
class _Header:
    length: int
    """Bytes of the whole frame."""
    samples: int
    kind: tuple[int, int, int, bool]
    """Version, layer, rate, mono: what does not change within a stream."""
    side: int
    """Where a Xing header would lie in it."""


@dataclass(slots=True)
class _Run:
    """Frames of one kind, one after the other."""

    start: int
    kind: tuple[int, int, int, bool]
    samples: int
    tag: tuple[int, int, int] | None
    """Where its first frame counts the others, that count, and the bytes that it counts (0: unknown)."""
    first: int = 0
    """Length of that header frame."""
    frames: int = 0
    end: int = 0
    lengths: set[int] = field(default_factory=set)


def mpeg_streams(fd: int, start: int, end: int, *, lead: bool = False) -> list[Stream]:
    """The streams of MPEG audio in this span of a file; none where it is something else.

    With `lead` they may begin behind something else. A single stream that needs no help from here is `Stream()` when
    the span begins at the beginning of the file.
    """
    head = after_tags(fd, start, end)
    content = os.pread(fd, min(end - head, _WALKED), head)
    first = _first(content, lead=lead or head > start, whole=head + len(content) >= end)
    if first is None:
        return []
    runs = list(_runs(content, first))
    whole = head + len(content) >= end
    begins = start == 0 and first == 0
    return [_stream(run, head, end, whole=whole, alone=begins and len(runs) == 1) for run in _until(runs, whole)]


def after_tags(fd: int, start: int, end: int) -> int:
    """Where the ID3 tags at the beginning of this span end."""
    for _ in range(16):
        tag = os.pread(fd, _TAG, start)
        length = _id3(tag)
        if not length or start + length >= end:
            break
        start += length
    return start


def _id3(tag: bytes) -> int:
    if len(tag) < _TAG or tag[:3] != b"ID3" or max(tag[6:10]) > 127:
        return 0
    length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
    return _TAG + length + (_TAG if tag[5] & 0x10 else 0)


@lru_cache(maxsize=4096)
def _header(raw: bytes) -> _Header | None:
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
    return _Header(length, samples, (version, layer, rate, mono), side)


def _first(content: bytes, *, lead: bool, whole: bool) -> int | None:
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


def _runs(content: bytes, at: int) -> Iterator[_Run]:
    """What is there, frame by frame; a run ends where another kind, a header frame or more than a gap follows."""
    run: _Run | None = None
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
            run = _Run(at, header.kind, header.samples, tag, header.length if tag is not None else 0)
        run.frames += tag is None
        if tag is None:
            run.lengths.add(header.length)
        at = run.end = _along(content, at + header.length, run, header)


def _along(content: bytes, at: int, run: _Run, first: _Header) -> int:
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
    skipped = _id3(content[at : at + _TAG])
    at += skipped or 1
    if skipped and _two(content, at):
        return at
    for match in _SYNC.finditer(content, at):
        header = _header(content[match.start() : match.start() + 4])
        if header is not None and _chain(content, match.start(), 3, whole=True):
            return match.start()
    return None


def _tag(content: bytes, at: int, header: _Header) -> tuple[int, int, int] | None:
    """Place and value of the number of frames in a Xing, Info or VBRI header, and the bytes it tells; or None."""
    if header.kind[1] != 3:
        return None
    side = at + header.side
    if content[side : side + 4] in _TAGS:
        flags, place = content[side + 7], side + 8
        count = int.from_bytes(content[place : place + 4], "big") if flags & 1 else 0
        told = place + (4 if flags & 1 else 0)
        return place, count, int.from_bytes(content[told : told + 4], "big") if flags & 2 else 0
    if content[at + 36 : at + 40] == b"VBRI":
        told, count = (int.from_bytes(content[at + place : at + place + 4], "big") for place in (46, 50))
        return at + 50, count, told
    return None


def _until(runs: list[_Run], whole: bool) -> list[_Run]:
    """The runs that hold sound; those after the first only where all of the file was looked at."""
    return [run for run in (runs if whole else runs[:1]) if run.frames or run.tag is not None]


def _stream(run: _Run, head: int, end: int, *, whole: bool, alone: bool) -> Stream:
    """What the decoder is to see of a run in a file whose content begins at `head`."""
    start = head + run.start
    stop = head + run.end if whole else end
    length = stop - start
    sound = (start, length)
    counted = run.frames * run.samples if whole else _estimate(run, length)
    if run.tag is None:
        return Stream((sound,), claimed=length * _INFLATED, frames=counted)
    place, count, told = run.tag
    if not whole:
        plausible = count and 20 <= length / count <= 2880 and (not told or abs(told - length) < length // 50 + 1024)
        if plausible:
            return Stream() if alone else Stream((sound,))
        sound = (start + run.first, length - run.first)
        return Stream((sound,), claimed=length * _INFLATED, frames=counted)
    if abs(count - run.frames) <= _SLACK:
        return Stream() if alone else Stream((sound,))
    if count > run.frames and run.frames and (not told or told > length + max(run.lengths)):
        return Stream(None if alone else (sound,), frames=counted, promised=count / run.frames)
    right = run.frames.to_bytes(4, "big")
    place += head
    pieces: tuple[Piece, ...] = ((start, place - start), right, (place + 4, stop - place - 4))
    if not count:  # it has no number that could be put right
        pieces = ((start + run.first, length - run.first),)
        return Stream(pieces, claimed=length * _INFLATED, frames=counted)
    return Stream(pieces)


def _estimate(run: _Run, length: int) -> int | None:
    """Frames of a file that was counted in part; None where its bit rate varies."""
    if not run.lengths or max(run.lengths) - min(run.lengths) > 4:
        return None
    return round(length / ((run.end - run.start - run.first) / run.frames)) * run.samples
