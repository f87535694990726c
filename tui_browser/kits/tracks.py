"""Which slot of a kit a track of a pattern plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.midi_notes import class_of_role
from tui_browser.kits.pattern import Pattern, Track

_STAND_INS: Mapping[str, Sequence[str]] = {
    "snare": ("clap", "rim"),
    "clap": ("snare", "rim"),
    "rim": ("clap", "snare"),
    "hat_closed": ("hat", "hat_open", "shaker"),
    "hat_open": ("hat", "cymbal", "hat_closed"),
    "cymbal": ("crash", "ride", "hat_open"),
    "shaker": ("hat_closed",),
    "cowbell": ("rim",),
    "tom": ("tom_low", "tom_mid", "tom_high"),
}
"""Slots that a track plays where the kit has none of its name, best first."""
_SPELLINGS = {
    "closed_hat": "hat_closed",
    "open_hat": "hat_open",
    "hihat": "hat",
    "hh": "hat",
    "bd": "kick",
    "sd": "snare",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A track with the slot that it plays."""

    track: Track
    slot: Slot


def parts_of(kit: Kit, pattern: Pattern) -> tuple[list[Part], list[str]]:
    """The tracks that sound with their slots, and the names of those that the kit has no slot for.

    A slot stands in for a missing one where no other track plays it, so that each slot has one track.
    """
    slots = _by_role(kit)
    chosen: dict[str, Slot] = {}
    names = [track.name for track in pattern.audible]
    for wanted in (lambda name: (name,), lambda name: (role_class(name),), _stand_ins):
        for name in names:
            used = {slot.role for slot in chosen.values()}
            free = (slots[role] for role in wanted(name) if role in slots and slots[role].role not in used)
            slot = None if name in chosen else next(free, None)
            if slot is not None:
                chosen[name] = slot
    parts = [Part(track, chosen[track.name]) for track in pattern.audible if track.name in chosen]
    return parts, [name for name in names if name not in chosen]


def role_class(role: str) -> str:
    """The class that a name says: `hat_closed` for `Closed hat`, `kick` for `kick_2`."""
    word = class_of_role(role).casefold().replace(" ", "_").replace("-", "_")
    return _SPELLINGS.get(word, word)


def _stand_ins(name: str) -> Sequence[str]:
    return _STAND_INS.get(role_class(name), ())


def _by_role(kit: Kit) -> dict[str, Slot]:
    """The slots by their names and their classes; the first of several of a class counts."""
    loose: dict[str, Slot] = {}
    for slot in kit.slots:
        loose.setdefault(role_class(slot.role), slot)
    return {**loose, **{slot.role: slot for slot in kit.slots}}
