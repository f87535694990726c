"""A kit and the pattern that it plays, as one value, and the changes that a person makes by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from tui_browser.kits.arranged import arranged
from tui_browser.kits.choosing import CHOKED
from tui_browser.kits.kit import FEWEST_SLOTS, LEVELS_DB, MOST_SLOTS, PITCHES, Kit, KitError, Slot
from tui_browser.kits.midi_notes import class_of_role
from tui_browser.kits.pattern import FEWEST_STEPS, MOST_STEPS, STEPS_A_BAR, SWINGS, TEMPOS, Pattern, Track

USUAL, SOFT = 0.8, 0.4
_MOST_CHOKE = 4
"""Choke groups that a key goes through; more are for the command line."""


@dataclass(frozen=True, slots=True)
class KitBeat:
    """Slot i plays track i; the names of both are the same."""

    kit: Kit
    pattern: Pattern

    @classmethod
    def of(cls, kit: Kit, pattern: Pattern) -> Self:
        """The pattern arranged for the kit."""
        return cls(kit, arranged(kit, pattern)[0])

    # --- steps -------------------------------------------------------------------------------------------------------

    def velocity(self, row: int, step: int) -> float:
        return self.pattern.tracks[row].velocities[step]

    def toggled(self, row: int, step: int) -> Self:
        """With a sound on a step, or a rest in its place."""
        return self._with_velocity(row, step, 0.0 if self.velocity(row, step) else USUAL)

    def louder(self, row: int, step: int, by: int) -> Self:
        """A step so many tenths louder; a rest begins softly, and a step that is not heard any more is a rest."""
        velocity = self.velocity(row, step)
        wanted = SOFT if not velocity and by > 0 else round(velocity * 10 + by) / 10
        return self._with_velocity(row, step, min(max(wanted, 0.0), 1.0))

    def _with_velocity(self, row: int, step: int, velocity: float) -> Self:
        before = self.pattern.tracks[row].velocities
        return self._with_track(row, velocities=(*before[:step], velocity, *before[step + 1 :]))

    def without_steps(self, row: int) -> Self:
        """Without any sound on this track."""
        return self._with_track(row, velocities=(0.0,) * self.pattern.steps)

    def with_bar(self, step: int) -> Self:
        """With the bar of this step once more behind it, as far as a pattern has room."""
        first, last = bar_of(self.pattern, step)
        if self.pattern.steps + last - first > MOST_STEPS:
            return self
        return self._cut(lambda velocities: velocities[:last] + velocities[first:last] + velocities[last:])

    def without_bar(self, step: int) -> Self:
        """Without the bar of this step, unless it is the last one left."""
        first, last = bar_of(self.pattern, step)
        if self.pattern.steps - (last - first) < FEWEST_STEPS:
            return self
        return self._cut(lambda velocities: velocities[:first] + velocities[last:])

    def _cut(self, change: Callable[[tuple[float, ...]], tuple[float, ...]]) -> Self:
        tracks = tuple(replace(track, velocities=change(track.velocities)) for track in self.pattern.tracks)
        return replace(self, pattern=replace(self.pattern, tracks=tracks))

    # --- tracks and tempo --------------------------------------------------------------------------------------------

    def muted(self, row: int) -> Self:
        return self._with_track(row, muted=not self.pattern.tracks[row].muted)

    def solo(self, row: int) -> Self:
        return self._with_track(row, solo=not self.pattern.tracks[row].solo)

    def at_tempo(self, bpm: float) -> Self:
        """At this tempo, or the nearest that a pattern may have."""
        return replace(self, pattern=replace(self.pattern, bpm=min(max(bpm, TEMPOS[0]), TEMPOS[1])))

    def swung(self, by: float) -> Self:
        """With so many percent more swing, within its range."""
        swing = min(max(self.pattern.swing + by, SWINGS[0]), SWINGS[1])
        return replace(self, pattern=replace(self.pattern, swing=swing))

    def playing(self, pattern: Pattern) -> Self:
        """The kit with another pattern."""
        return self.of(self.kit, pattern)

    def _with_track(self, row: int, **values: object) -> Self:
        tracks = self.pattern.tracks
        changed: Track = replace(tracks[row], **values)  # type: ignore[arg-type]  # fields of a track
        return replace(self, pattern=replace(self.pattern, tracks=(*tracks[:row], changed, *tracks[row + 1 :])))

    # --- slots -------------------------------------------------------------------------------------------------------

    def with_kit(self, kit: Kit) -> Self:
        """Another kit with the same tracks."""
        return replace(self, kit=kit) if _roles(kit) == _roles(self.kit) else self.of(kit, self.pattern)

    def with_slot(self, row: int, slot: Slot) -> Self:
        """With another slot of the same name."""
        return replace(self, kit=self.kit.with_slot(row, slot))

    def leveled(self, row: int, by: float) -> Self:
        """A slot so many dB louder, within its range."""
        slot = self.kit.slots[row]
        return self.with_slot(row, replace(slot, level_db=_within(slot.level_db + by, LEVELS_DB)))

    def panned(self, row: int, by: float) -> Self:
        slot = self.kit.slots[row]
        return self.with_slot(row, replace(slot, pan=round(_within(slot.pan + by, (-1.0, 1.0)), 3)))

    def pitched(self, row: int, by: float) -> Self:
        """A slot so many semitones higher, within its range."""
        slot = self.kit.slots[row]
        return self.with_slot(row, replace(slot, pitch_semitones=_within(slot.pitch_semitones + by, PITCHES)))

    def choked(self, row: int) -> Self:
        """A slot in the next choke group; the last one is followed by none."""
        slot = self.kit.slots[row]
        return self.with_slot(row, replace(slot, choke=0 if slot.choke >= _MOST_CHOKE else slot.choke + 1))

    def locked(self, row: int) -> Self:
        slot = self.kit.slots[row]
        return self.with_slot(row, replace(slot, locked=not slot.locked))

    def with_added(self, role: str, slot: Slot) -> Self:
        """With one more slot, named like this and numbered where the name is taken; raises KitError for too many."""
        if len(self.kit.slots) == MOST_SLOTS:
            raise KitError(f"a kit has {MOST_SLOTS} slots at most")
        taken = _roles(self.kit)
        free = (role if not number else f"{role}_{number + 1}" for number in range(MOST_SLOTS + 1))
        name = next(each for each in free if each not in taken)
        added = replace(slot, role=name, choke=CHOKED.get(class_of_role(name), 0))
        rest = Track(name, (0.0,) * self.pattern.steps)
        return replace(
            self,
            kit=replace(self.kit, slots=(*self.kit.slots, added)),
            pattern=replace(self.pattern, tracks=(*self.pattern.tracks, rest)),
        )

    def without(self, row: int) -> Self:
        """Without a slot and its track; raises KitError where too few would be left."""
        if len(self.kit.slots) == FEWEST_SLOTS:
            raise KitError(f"a kit has {FEWEST_SLOTS} slots at least")
        slots, tracks = self.kit.slots, self.pattern.tracks
        return replace(
            self,
            kit=replace(self.kit, slots=slots[:row] + slots[row + 1 :]),
            pattern=replace(self.pattern, tracks=tracks[:row] + tracks[row + 1 :]),
        )

    def renamed(self, row: int, role: str) -> Self:
        """With another name of a slot and its track; raises KitError for a name that cannot be."""
        renamed = self.kit.with_slot(row, replace(self.kit.slots[row], role=role))
        return replace(self, kit=renamed)._with_track(row, name=role)


def bar_of(pattern: Pattern, step: int) -> tuple[int, int]:
    """The first step of the bar that this one is in, and the first one after it."""
    first = step - step % STEPS_A_BAR
    return first, min(first + STEPS_A_BAR, pattern.steps)


def _roles(kit: Kit) -> tuple[str, ...]:
    return tuple(slot.role for slot in kit.slots)


def _within(number: float, limits: tuple[float, float]) -> float:
    return min(max(number, limits[0]), limits[1])
