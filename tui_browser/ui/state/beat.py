"""The kit and the beat at hand: what is chosen of them, and what plays; no widgets, no threads."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_browser.kits.kit import Slot
from tui_browser.records import FloatArray, SampleId
from tui_browser.ui.state.beat_clock import BeatClock
from tui_browser.ui.state.kit_beat import KitBeat


@dataclass(frozen=True, slots=True)
class SlotSound:
    """What is shown of the sound of a slot."""

    sample: SampleId | None
    """None where the library does not have it."""
    peaks: FloatArray | None
    """(columns, 2) outline of its waveform; None where the file cannot be read."""


@dataclass(frozen=True, slots=True)
class KitOrigin:
    """What the kit was made of, for the next roll."""

    ids: tuple[SampleId, ...] | None = None
    """A selection; None is what the query matches."""
    query: str = ""
    around: SampleId | None = None
    """The sample around which it was made; None where it was made of a selection or a query."""


@dataclass(frozen=True, slots=True)
class SlotWalk:
    """The sound of one track follows the cursor."""

    row: int
    before: Slot
    """What it was, for when it is brought back."""


@dataclass(slots=True)
class BeatState:
    """`KitController` changes it; `BeatPlayer` what plays."""

    at_hand: KitBeat | None = None
    """None before there was a kit."""
    saved: KitBeat | None = None
    """As it was loaded or saved last."""
    kept: KitBeat | None = None
    """As it was made, loaded, saved or written last: what is gone with the app is what was changed since."""
    origin: KitOrigin = field(default_factory=KitOrigin)
    row: int = 0
    """The chosen slot and track."""
    step: int = 0
    """The chosen step."""
    walk: SlotWalk | None = None
    token: int = 0
    """Of the beat that plays; 0 where none does."""
    clock: BeatClock | None = None
    """Where the beat is in what is heard; None until the player has said so."""
    heard: int | None = None
    """The step that is shown as heard."""
    sounds: dict[tuple[bytes, float], SlotSound] = field(default_factory=dict)
    """By file and onset."""

    @property
    def playing(self) -> bool:
        return self.token != 0

    @property
    def unsaved(self) -> bool:
        """Whether the kit is other than in the library."""
        return self.at_hand is not None and (self.saved is None or self.saved.kit != self.at_hand.kit)

    @property
    def worked_on(self) -> bool:
        """Whether a person changed the kit or the pattern since they were made, loaded, saved or written."""
        return self.at_hand is not None and self.at_hand != self.kept

    @property
    def slot(self) -> Slot | None:
        """The chosen slot."""
        return self.at_hand.kit.slots[self.row] if self.at_hand is not None else None

    def set(self, beat: KitBeat | None) -> None:
        """Take another kit or pattern; what is chosen stays within it."""
        self.at_hand = beat
        if beat is None:
            self.row = self.step = 0
            return
        self.row = min(self.row, len(beat.kit.slots) - 1)
        self.step = min(self.step, beat.pattern.steps - 1)

    def choose_row(self, row: int) -> None:
        """Choose a slot, or the nearest one."""
        if self.at_hand is not None:
            self.row = min(max(row, 0), len(self.at_hand.kit.slots) - 1)

    def choose_step(self, step: int) -> None:
        """Choose a step, or the nearest one."""
        if self.at_hand is not None:
            self.step = min(max(step, 0), self.at_hand.pattern.steps - 1)

    def sound(self, slot: Slot) -> SlotSound | None:
        """What is known of the sound of a slot; None until it was read."""
        return self.sounds.get((slot.path, slot.onset_s))
