"""A kit: 4 to 16 named slots, each with a sample and how it is played."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tui_browser.errors import BrowserError

FEWEST_SLOTS, MOST_SLOTS = 4, 16
LEVELS_DB = (-60.0, 6.0)
PITCHES = (-24.0, 24.0)
MOST_CHOKE_GROUPS = 16
LONGEST_NAME = 60
_FORMAT = 1

T = TypeVar("T")


class KitError(BrowserError):
    """A kit that does not exist, cannot be filled, or whose data is damaged."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One pad of a kit: a sample and how it is played."""

    role: str
    """Name of the slot: `kick`, `snare`, or what a person called it; unique within the kit."""
    path: bytes
    """The sample's file, absolute."""
    content_hash: str
    """Of its decoded PCM: finds the sample again where its file moved."""
    onset_s: float = 0.0
    """Where the sound starts within the file."""
    level_db: float = 0.0
    """Gain, within `LEVELS_DB`."""
    pan: float = 0.0
    """-1 left, 0 middle, 1 right."""
    pitch_semitones: float = 0.0
    """Transposition by resampling, within `PITCHES`."""
    choke: int = 0
    """Slots of one group from 1 on stop each other, as open and closed hats do; 0 is no group."""
    locked: bool = False
    """A locked slot keeps its sample when the kit is filled again."""
    anchor: bytes = b""
    """The sample whose neighbours `swap` goes through; empty before the first swap."""

    def __post_init__(self) -> None:
        _check_name(self.role, "slot")
        _check(bool(self.path) and b"\0" not in self.path, "a slot needs the path of a sample")
        _check(_within(self.onset_s, 0.0, math.inf), "the onset of a slot is 0 s or later")
        _check(_within(self.level_db, *LEVELS_DB), "the level of a slot lies within -60 to 6 dB")
        _check(_within(self.pan, -1.0, 1.0), "the pan of a slot lies within -1 to 1")
        _check(_within(self.pitch_semitones, *PITCHES), "the pitch of a slot lies within -24 to 24 semitones")
        _check(0 <= self.choke <= MOST_CHOKE_GROUPS, f"a choke group lies within 0 to {MOST_CHOKE_GROUPS}")

    @property
    def gain(self) -> float:
        """The level as a linear factor."""
        return float(10.0 ** (self.level_db / 20.0))

    @property
    def speed(self) -> float:
        """The pitch as a factor of the playback rate."""
        return float(2.0 ** (self.pitch_semitones / 12.0))


@dataclass(frozen=True, slots=True)
class Kit:
    """A named set of slots in the order of the pads."""

    name: str
    slots: tuple[Slot, ...]
    query: str = ""
    """What the kit was filled from, in the query language; empty is the whole library."""

    def __post_init__(self) -> None:
        _check_name(self.name, "kit")
        count = len(self.slots)
        _check(FEWEST_SLOTS <= count <= MOST_SLOTS, f"a kit has {FEWEST_SLOTS} to {MOST_SLOTS} slots, not {count}")
        _check(len({slot.role for slot in self.slots}) == count, "no two slots of a kit have the same name")

    def index_of(self, role: str) -> int:
        """Position of a slot by its name, or by its number from 1; raises KitError."""
        roles = [slot.role for slot in self.slots]
        if role in roles:
            return roles.index(role)
        if role.isascii() and role.isdigit() and 1 <= int(role) <= len(roles):
            return int(role) - 1
        raise KitError(f"kit {self.name} has no slot {role}", hint=f"its slots are {', '.join(roles)}")

    def with_slot(self, index: int, slot: Slot) -> Kit:
        """The kit with another slot at `index`."""
        return replace(self, slots=(*self.slots[:index], slot, *self.slots[index + 1 :]))


def slot_data(slot: Slot) -> dict[str, Any]:
    """What the library keeps of a slot beside its sample, as JSON values."""
    return {
        "role": slot.role,
        "onset_s": slot.onset_s,
        "level_db": slot.level_db,
        "pan": slot.pan,
        "pitch_semitones": slot.pitch_semitones,
        "choke": slot.choke,
        "locked": slot.locked,
        "anchor": os.fsdecode(slot.anchor),
    }


def slot_from_data(data: Mapping[str, Any], *, path: bytes, content_hash: str) -> Slot:
    """The slot of this sample that `slot_data` describes; raises KitError where the data is damaged."""
    try:
        return Slot(
            role=_of(str, data["role"]),
            path=path,
            content_hash=content_hash,
            onset_s=float(data["onset_s"]),
            level_db=float(data["level_db"]),
            pan=float(data["pan"]),
            pitch_semitones=float(data["pitch_semitones"]),
            choke=_of(int, data["choke"]),
            locked=_of(bool, data["locked"]),
            anchor=os.fsencode(_of(str, data["anchor"])),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise KitError("a slot of this kit is damaged", path=path, hint="make the kit again with kit new") from error


def kit_record(kit: Kit) -> dict[str, Any]:
    """The kit as JSON values, for files outside a library; a path that is not UTF-8 has surrogate escapes."""
    slots = [
        {"path": os.fsdecode(slot.path), "content_hash": slot.content_hash, **slot_data(slot)} for slot in kit.slots
    ]
    return {"format": _FORMAT, "name": kit.name, "query": kit.query, "slots": slots}


def kit_from_record(record: object) -> Kit:
    """The kit that `kit_record` wrote; raises KitError where it is damaged or of a newer version."""
    try:
        if not isinstance(record, Mapping):
            raise TypeError
        if record["format"] != _FORMAT:
            raise KitError("this kit was written by a newer version", hint="update tui-browser")
        slots = tuple(
            slot_from_data(
                values, path=os.fsencode(_of(str, values["path"])), content_hash=_of(str, values["content_hash"])
            )
            for values in record["slots"]
        )
        return Kit(_of(str, record["name"]), slots, _of(str, record["query"]))
    except (KeyError, TypeError, ValueError) as error:
        raise KitError("this is no kit, or a damaged one", hint="kit show NAME --json writes one") from error


def _of(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError
    return value


def _check_name(name: str, what: str) -> None:
    rule = f"a {what} needs a name of 1 to {LONGEST_NAME} printable letters"
    _check(0 < len(name) <= LONGEST_NAME and name == name.strip() and name.isprintable(), rule)


def _within(number: float, lowest: float, highest: float) -> bool:
    return math.isfinite(number) and lowest <= number <= highest


def _check(holds: bool, rule: str) -> None:
    if not holds:
        raise KitError(rule)
