"""What kind of sound a General MIDI programme makes, and where it is played.

Programme numbers are those of General MIDI level 1 (MIDI Manufacturers Association, RP-003), counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme as an instrument of a kind."""

    number: int
    kind: str
    lowest: int
    """MIDI note."""
    highest: int
    chords: bool
    """Whether it is also played in chords."""


_FAMILIES: tuple[tuple[range, str, int, int, bool], ...] = (
    (range(0, 8), "keys", 33, 96, True),
    (range(8, 15), "mallet", 55, 96, False),
    (range(15, 16), "pluck", 48, 84, False),
    (range(16, 22), "keys", 36, 84, True),
    (range(22, 23), "wind", 55, 84, False),
    (range(23, 24), "keys", 48, 84, True),
    (range(24, 32), "pluck", 40, 81, True),
    (range(32, 40), "bass", 24, 55, False),
    (range(40, 46), "strings", 40, 93, False),
    (range(46, 47), "pluck", 36, 93, False),
    (range(48, 52), "strings", 40, 90, True),
    (range(52, 55), "voice", 48, 79, True),
    (range(56, 64), "brass", 34, 82, False),
    (range(64, 80), "wind", 46, 91, False),
    (range(80, 96), "synth", 36, 88, True),
    (range(96, 104), "synth", 40, 84, False),
    (range(104, 108), "pluck", 45, 81, False),
    (range(108, 109), "mallet", 55, 84, False),
    (range(109, 110), "wind", 50, 79, False),
    (range(110, 111), "strings", 55, 88, False),
    (range(111, 112), "wind", 50, 84, False),
    (range(112, 114), "perc_metal", 48, 96, False),
    (range(114, 115), "mallet", 48, 84, False),
    (range(115, 116), "perc_wood", 48, 96, False),
    (range(116, 117), "perc_hand", 36, 72, False),
    (range(119, 120), "fx", 36, 84, False),
    (range(120, 121), "foley", 36, 84, False),
    (range(122, 123), "foley", 36, 84, False),
    (range(124, 126), "fx", 36, 84, False),
    (range(127, 128), "fx", 36, 84, False),
)
"""Numbers, kind, lowest and highest note, chords. Timpani, orchestra hit, synthesised drums, breath, birds and applause
are left out: what they sound like differs between sound fonts."""

PROGRAMMES: tuple[Programme, ...] = tuple(
    Programme(number, kind, lowest, highest, chords)
    for numbers, kind, lowest, highest, chords in _FAMILIES
    for number in numbers
)
