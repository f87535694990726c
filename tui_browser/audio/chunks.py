"""What the chunks of WAV and AIFF files say of the sound: tempo, key, root note, loops and marked places.

Only the headers of chunks are walked, with a few reads of some bytes each; the sound is never read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tui_browser.records import KEYS, WrittenFacts
from tui_browser.search.name_facts import FASTEST, SLOWEST

_MOST_CHUNKS = 200
_MOST_BYTES = 64 << 10
"""Of a longer chunk only the beginning is read."""
_WANTED = frozenset({b"fmt ", b"acid", b"smpl", b"inst", b"cue ", b"MARK", b"INST", b"COMM", b"basc"})
_ID3 = frozenset({b"id3 ", b"ID3 ", b"LIST"})
_AIFF_NOTE = struct.Struct(">b")


@dataclass(frozen=True, slots=True)
class FileChunks:
    """The chunks of one file that hold facts."""

    facts: tuple[WrittenFacts, ...] = ()
    points: tuple[int, ...] = ()
    """Marked places in frames, ascending."""
    tagged: bool = True
    """Whether there may be tags; False for a WAV or AIFF file without a chunk of them."""


@dataclass(slots=True)
class _Found:
    facts: list[WrittenFacts] = field(default_factory=list)
    points: set[int] = field(default_factory=set)


def read_chunks(fd: int) -> FileChunks:
    """The facts in the chunks of an open file; nothing for other formats and for damaged chunks."""
    try:
        head = os.pread(fd, 12, 0)
        if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
            order = "<"
        elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
            order = ">"
        else:
            return FileChunks()
        bodies, tagged = _bodies(fd, order)
    except OSError:
        return FileChunks()
    found = _Found()
    for name, body in bodies.items():
        try:
            _read(name, body, bodies, found)
        except (struct.error, ValueError, IndexError, ArithmeticError):
            continue
    return FileChunks(tuple(facts for facts in found.facts if not facts.empty), tuple(sorted(found.points)), tagged)


def marked_frames(fd: int, *, frames: int) -> list[int]:
    """Where the slices of an open file begin as it says itself; empty unless it marks several places."""
    points = [point for point in read_chunks(fd).points if point < frames]
    return points if len(points) > 1 else []


def _bodies(fd: int, order: str) -> tuple[dict[bytes, bytes], bool]:
    """The beginnings of the wanted chunks by name, and whether one with tags is among the chunks."""
    bodies: dict[bytes, bytes] = {}
    tagged = False
    for name, start, length in _walk(fd, order):
        tagged |= name in _ID3
        if name in _WANTED and name not in bodies:
            bodies[name] = os.pread(fd, min(length, _MOST_BYTES), start)
    return bodies, tagged


def _walk(fd: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and length of each chunk."""
    end, at = os.fstat(fd).st_size, 12
    for _ in range(_MOST_CHUNKS):
        header = os.pread(fd, 8, at)
        if len(header) < 8:
            return
        name, length = struct.unpack(f"{order}4sI", header)
        yield name, at + 8, length
        at += 8 + length + length % 2
        if at >= end or length == 0xFFFFFFFF:
            return


def _read(name: bytes, body: bytes, bodies: Mapping[bytes, bytes], found: _Found) -> None:
    match name:
        case b"acid":
            found.facts.append(_acid(body))
        case b"smpl":
            _smpl(body, found)
        case b"inst":
            found.facts.append(WrittenFacts("inst", note=_note(body[0])))
        case b"cue ":
            places = [place for (place,) in _records(body[4:], "<20xI", count=_count(body, "<I"))]
            found.points.update(places)
            found.facts.append(WrittenFacts("cue", points=len(set(places)) or None))
        case b"MARK":
            places = list(_markers(body))
            found.points.update(places)
            found.facts.append(WrittenFacts("cue", points=len(set(places)) or None))
        case b"INST":
            found.facts.append(WrittenFacts("inst", note=_note(_AIFF_NOTE.unpack_from(body)[0])))
        case b"basc":
            found.facts.append(_apple_loop(body, bodies.get(b"COMM", b"")))


def _acid(body: bytes) -> WrittenFacts:
    """What ACID and its successors write: tempo of a loop, or one-shot; root note where it is set."""
    flags, root, beats, tempo = struct.unpack_from("<IH6xI4xf", body)
    one_shot = bool(flags & 1)
    known = not one_shot and beats > 0 and SLOWEST <= tempo <= FASTEST
    return WrittenFacts(
        "acid",
        bpm=round(tempo, 2) if known else None,
        loop=False if one_shot else True if known else None,
        note=_note(root) if flags & 2 else None,
    )


def _smpl(body: bytes, found: _Found) -> None:
    """A sampler's root note, and where its loops begin. A sustained note has a loop too: that makes it no loop."""
    note, loops = struct.unpack_from("<12xI12xI", body)
    starts = {start for (start,) in _records(body[36:], "<8xI12x", count=loops)}
    found.points.update(starts)
    found.facts.append(WrittenFacts("smpl", note=_note(note), points=len(starts) or None))


def _markers(body: bytes) -> Iterator[int]:
    """Positions of AIFF markers; the markers that begin and end a sustain loop are among them."""
    at = 2
    for _ in range(_count(body, ">H")):
        _, place, length = struct.unpack_from(">HIB", body, at)
        yield place
        at += 7 + length + (length + 1) % 2


_SCALES = {1: "m", 2: ""}


def _apple_loop(body: bytes, common: bytes) -> WrittenFacts:
    """An Apple Loop: its beats and length give the tempo."""
    beats, root, scale, kind = struct.unpack_from(">4xIHH4xH", body)
    frames = struct.unpack_from(">2xI", common)[0]
    exponent, mantissa = struct.unpack_from(">8xHQ", common)
    rate = mantissa * 2.0 ** ((exponent & 0x7FFF) - 16383 - 63)
    tempo = 60.0 * beats * rate / frames if kind == 1 and beats else 0.0
    key = KEYS[root % 12] + _SCALES[scale] if scale in _SCALES and 0 < root < 128 else None
    return WrittenFacts(
        "basc",
        bpm=round(tempo, 2) if SLOWEST <= tempo <= FASTEST else None,
        key=key,
        loop={1: True, 2: False}.get(kind),
    )


def _note(number: int) -> int | None:
    """A MIDI note; 0 is what programs write that know none."""
    return number if 0 < number < 128 else None


def _count(body: bytes, layout: str) -> int:
    count: int = struct.unpack_from(layout, body)[0]
    return count


def _records(body: bytes, layout: str, *, count: int) -> Iterator[tuple[int, ...]]:
    """The complete records of a list that says it has `count`."""
    size = struct.calcsize(layout)
    whole = body[: size * min(count, len(body) // size)]
    return struct.iter_unpack(layout, whole)
