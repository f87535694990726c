"""A reader of Standard MIDI Files, written from their specification: the notes and the head of a file."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field


@dataclass(slots=True)
class MidiTrack:
    """One track; times in ticks from its start."""

    name: bytes = b""
    tempos: list[int] = field(default_factory=list)
    """Microseconds a quarter note."""
    notes: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """(start, length, channel, note, velocity)"""
    length: int = 0


def read_midi(data: bytes) -> tuple[int, list[MidiTrack]]:
    """Ticks of a quarter note, and the tracks."""
    kind, size, form, count, division = struct.unpack(">4sIHHH", data[:14])
    assert (kind, size, form) == (b"MThd", 6, 1)
    at, tracks = 14, []
    for _ in range(count):
        kind, size = struct.unpack(">4sI", data[at : at + 8])
        assert kind == b"MTrk"
        tracks.append(_track(data[at + 8 : at + 8 + size]))
        at += 8 + size
    assert at == len(data)
    return division, tracks


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | data[at] & 0x7F
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def _track(data: bytes) -> MidiTrack:
    track, open_notes, now, at, status = MidiTrack(), {}, 0, 0, 0
    while at < len(data):
        delta, at = _number(data, at)
        now += delta
        if data[at] & 0x80:
            status, at = data[at], at + 1
        if status == 0xFF:
            kind = data[at]
            size, at = _number(data, at + 1)
            content, at = data[at : at + size], at + size
            if kind == 0x03:
                track.name = content
            elif kind == 0x51:
                track.tempos.append(int.from_bytes(content, "big"))
            elif kind == 0x2F:
                track.length = now
                assert at == len(data)
            continue
        assert status & 0xF0 in (0x80, 0x90)
        note, velocity, at = data[at], data[at + 1], at + 2
        if status & 0xF0 == 0x90 and velocity:
            assert note not in open_notes
            open_notes[note] = (now, velocity)
        else:
            start, loudness = open_notes.pop(note)
            track.notes.append((start, now - start, status & 0xF, note, loudness))
    assert not open_notes
    return track
