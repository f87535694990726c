"""MIDI notes of the slots of a kit: those of General MIDI percussion where a slot is named like one of its drums."""

from __future__ import annotations

import re
from collections.abc import Sequence

GENERAL_MIDI = {
    "kick": (36, 35),
    "snare": (38, 40),
    "clap": (39,),
    "rim": (37,),
    "hat_closed": (42, 44),
    "hat_open": (46,),
    "cymbal": (49, 57, 51, 52, 55, 59),
    "tom": (45, 47, 50, 43, 48, 41),
    "cowbell": (56,),
    "shaker": (70, 69, 82),
    "perc_hand": (63, 64, 62, 60, 61),
    "perc_metal": (81, 80, 54, 67, 68),
    "perc_wood": (76, 77, 75, 73, 74),
}
"""Notes of each class in General MIDI, the usual one first."""
_FREE = (*range(60, 69), *range(71, 82), *range(83, 128), *range(35, 60))


def class_of_role(role: str) -> str:
    """The class that a slot is named for: `kick` for `kick` and `kick_2`; the role itself for other names."""
    return re.sub(r"[ _-]?\d+$", "", role)


def midi_notes(roles: Sequence[str]) -> list[int]:
    """A note for each slot, all different."""
    taken: set[int] = set()
    notes = []
    for role in roles:
        wanted = (*GENERAL_MIDI.get(class_of_role(role), ()), *_FREE)
        note = next(note for note in wanted if note not in taken)
        taken.add(note)
        notes.append(note)
    return notes
