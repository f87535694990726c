"""Fills the kit at hand from the map: a new one, rolls, swaps, shuffles, and the sound under the cursor.

All of it reads the library, in a thread; what a person changed meanwhile stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.config.saved_searches import readable_searches
from tui_browser.errors import BrowserError, printable
from tui_browser.kits.arranged import arranged
from tui_browser.kits.filling import KitFiller, KitRegion, sound_in
from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.pattern import Pattern
from tui_browser.kits.patterns import DEFAULT_PATTERN, named_pattern
from tui_browser.kits.shuffle import near_slots_in, shuffled
from tui_browser.library.known_sounds import known_sounds
from tui_browser.records import UNCLASSED, SampleId
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse
from tui_browser.ui import formatting
from tui_browser.ui.controllers.beat_edits import BeatEdits
from tui_browser.ui.controllers.beat_player import BeatPlayer
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.beat import KitOrigin
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.kit_beat import KitBeat
from tui_browser.ui.state.map_model import MapModel

NEW = "new kit"
"""Name of a kit that was never saved."""
SLOTS = 8
REACH = 48
"""Samples of a class around the place of a kit, among which it is rolled."""
_SEEDS = 1 << 31


@dataclass(frozen=True, slots=True)
class SoundHere:
    """The sound that keys act on."""

    path: bytes
    sample: SampleId | None
    """None for a sound that is not in the library."""
    onset_s: float | None = None
    """Of the slice by which it is in the neighbour list."""


@dataclass(frozen=True, slots=True)
class _Filled:
    """What came of changes that were made in a thread."""

    changes: int
    before: Kit | None
    after: Kit | None
    error: BrowserError | None


class KitController:
    """Of new kits the newest wins; changes of the kit are made one after the other, in the order of the keys."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        edits: BeatEdits,
        player: BeatPlayer,
        library: LibraryLike,
        worker: LatestWorker,
        change_worker: LatestWorker,
    ) -> None:
        """`worker` makes kits and slots, `change_worker` changes the sounds of the kit."""
        self._state = state
        self._presenter = presenter
        self._edits = edits
        self._player = player
        self._library = library
        self._worker = worker
        self._change_worker = change_worker
        self._asked: list[Callable[[Kit], Kit]] = []
        """Changes that were not made yet, the first first."""
        self._shuffled: tuple[Kit, Kit] | None = None
        """The references of the last shuffle, and what came of it."""

    # --- a new kit ---------------------------------------------------------------------------------------------------

    def make_here(self) -> None:
        """A kit from the selection, else around the cursor from what is shown; it plays at once."""
        origin, library, map_model = self._origin_here(), self._library, self._state.map_model
        mask = self._state.visibility.mask
        if not (map_model.snapshot.classes != UNCLASSED).any():
            self._presenter.refuse("the samples have no classes yet: try again when they are indexed")
            return

        def fill() -> Kit:
            region = _region(library, map_model, origin, mask)
            return KitFiller(library, map_model.snapshot, region).new(NEW, slots=SLOTS, seed=None)

        def take(kit: Kit) -> None:
            state = self._state.beat
            pattern = state.at_hand.pattern if state.at_hand is not None else named_pattern(DEFAULT_PATTERN)
            state.origin, state.walk = origin, None
            worked_on = state.worked_on
            self._edits.make(KitBeat.of(kit, pattern), "new kit")
            state.kept = state.kept if worked_on else state.at_hand
            self._player.start()
            self._tell(kit, pattern, origin)

        self._worker.submit(fill, take)

    def _tell(self, kit: Kit, pattern: Pattern, origin: KitOrigin) -> None:
        """Say what the kit was made of, and which tracks of the pattern it cannot play."""
        without = [name for name in arranged(kit, pattern)[1] if any(_steps(pattern, name))]
        left_out = f"; no sound for {printable(', '.join(without))} is there" if without else ""
        self._presenter.say(f"a kit from {self._words(origin)}{left_out}", brief=True)

    def _origin_here(self) -> KitOrigin:
        state = self._state
        if len(state.selection):
            return KitOrigin(ids=tuple(SampleId(int(each)) for each in state.selection.ids))
        matches, row = state.search.matches, state.row
        query = state.search.text.strip() if matches is not None else ""
        on_map = row is not None and bool(np.isfinite(state.map_model.snapshot.xy[row]).all())
        return KitOrigin(query=query, around=state.cursor.sample if on_map else None)

    def _words(self, origin: KitOrigin) -> str:
        if origin.ids is not None:
            return f"the {formatting.samples(len(origin.ids))} selected"
        row = self._state.map_model.row_of(origin.around)
        where = "" if row is None else f"around {sample_name(self._state.map_model.snapshot.names[row])}"
        found = f"what matches {printable(origin.query)}" if origin.query else ""
        return " ".join(filter(None, (found, where))) or "the middle of the map"

    # --- other sounds ------------------------------------------------------------------------------------------------

    def reroll(self, rows: Sequence[int]) -> None:
        """Other sounds of the same classes at random in these slots, from what the kit was made of."""
        origin, seed = self._state.beat.origin, secrets.randbelow(_SEEDS)
        library, map_model = self._library, self._state.map_model

        def roll(kit: Kit) -> Kit:
            region = _region(library, map_model, origin, None)
            return KitFiller(library, map_model.snapshot, region).reroll(kit, rows, seed=seed)

        self._fill(roll, "other sounds", unchanged="no other sound of this class is there")

    def swap(self, row: int, by: int) -> None:
        """The next similar sound of its class in a slot, or the one before."""
        library, map_model = self._library, self._state.map_model

        def go(kit: Kit) -> Kit:
            region = KitRegion(np.arange(len(map_model)))
            return KitFiller(library, map_model.snapshot, region).swap(kit, row, steps=by)

        self._fill(go, "similar sound")

    def shuffle(self) -> None:
        """Each slot takes one of the 20 samples most like its reference: the sound that it had before the shuffles."""
        library, snapshot, seed = self._library, self._state.map_model.snapshot, secrets.randbelow(_SEEDS)

        def go(kit: Kit) -> Kit:
            references = self._references(kit)
            result = shuffled(references, near_slots_in(snapshot, library.sample, library.id_of), seed=seed)
            self._shuffled = references, result
            return result

        self._fill(go, "shuffle", unchanged="no sound is like these")

    def _references(self, kit: Kit) -> Kit:
        """The kit with the sounds from which it was shuffled, in slots that have them still."""
        if self._shuffled is None:
            return kit
        before, result = ({slot.role: slot for slot in each.slots} for each in self._shuffled)
        slots = [
            with_sound_of(slot, before[slot.role])
            if slot.role in result and result[slot.role].path == slot.path and not slot.locked
            else slot
            for slot in kit.slots
        ]
        return replace(kit, slots=tuple(slots))

    # --- the sound under the cursor ----------------------------------------------------------------------------------

    def sound_here(self) -> SoundHere | None:
        """The made sound that is shown, the guest, else the sample under the cursor; None where there is none."""
        state = self._state
        made = state.making.shown_sound
        if made is not None:
            return SoundHere(made.path, None)
        if state.path is None or state.missing:
            return None
        part = state.neighbour_slice(state.path)
        sample = None if state.on_guest else state.cursor.sample
        return SoundHere(state.path, sample, None if part is None else part.onset_s)

    def put(self, row: int, here: SoundHere) -> None:
        """The sound in a slot, which is played as before."""
        self._fill(lambda kit: kit.with_slot(row, self.filled(kit.slots[row], here)), "sound of a slot")

    def add(self, here: SoundHere) -> None:
        """A new slot with the sound, named by its class."""
        beat = self._state.beat.at_hand
        if beat is None:
            return
        map_model, slot = self._state.map_model, beat.kit.slots[0]
        at = map_model.row_of(here.sample)
        names = map_model.snapshot.class_names
        code = int(map_model.snapshot.classes[at]) if at is not None else len(names)
        role = names[code] if code < len(names) else "sound"
        fresh = Slot(role, slot.path, slot.content_hash)

        def take(filled: Slot) -> None:
            present = self._state.beat.at_hand
            if present is not None:
                added = present.with_added(role, filled)
                self._edits.make(added, "new slot")
                self._state.beat.choose_row(len(added.kit.slots) - 1)
                self._edits.show(added)

        self._worker.submit(lambda: self.filled(fresh, here), take)

    def filled(self, slot: Slot, here: SoundHere) -> Slot:
        """The slot with another sound. It blocks; raises KitError."""
        if here.sample is None:
            return replace(slot, path=here.path, content_hash="", onset_s=0.0, anchor=b"")
        row = sound_in(self._library, here.sample, path=here.path)
        onset_s = row.onset_s if here.onset_s is None else here.onset_s
        return replace(slot, path=row.path, content_hash=row.content_hash, onset_s=onset_s, anchor=b"")

    def _fill(self, change: Callable[[Kit], Kit], label: str, *, unchanged: str = "") -> None:
        """Change sounds of the kit in a thread, after what was asked for before; only sounds are taken."""
        beat = self._state.beat
        self._asked.append(change)

        def work() -> _Filled:
            before, asked = beat.at_hand, tuple(self._asked)  # as they are when the thread comes to it
            kit, error = before.kit if before is not None else None, None
            for each in asked:
                try:
                    kit = each(kit) if kit is not None else None
                except BrowserError as failed:
                    error = failed
            return _Filled(len(asked), before.kit if before is not None else None, kit, error)

        def take(filled: _Filled) -> None:
            del self._asked[: filled.changes]
            if filled.error is not None:
                self._presenter.show_error(filled.error)
            if filled.before is None or filled.after is None or beat.at_hand is None:
                return
            changed = beat.at_hand.with_kit(with_changed_sounds(beat.at_hand.kit, filled.before, filled.after))
            if not self._edits.make(changed, label) and unchanged and filled.error is None:
                self._presenter.refuse(unchanged)

        self._change_worker.submit(work, take)


def with_sound_of(slot: Slot, other: Slot) -> Slot:
    """The slot with the sound of another one."""
    return replace(slot, path=other.path, content_hash=other.content_hash, onset_s=other.onset_s, anchor=other.anchor)


def with_changed_sounds(present: Kit, before: Kit, after: Kit) -> Kit:
    """The present kit with the sounds that differ between two others, in slots of the same names."""
    old = {slot.role: slot for slot in before.slots}
    new = {slot.role: slot for slot in after.slots}
    slots = [
        with_sound_of(slot, new[slot.role])
        if slot.role in new and slot.role in old and _sound(new[slot.role]) != _sound(old[slot.role])
        else slot
        for slot in present.slots
    ]
    return replace(present, slots=tuple(slots))


def _steps(pattern: Pattern, name: str) -> tuple[float, ...]:
    return next(track.velocities for track in pattern.tracks if track.name == name)


def _sound(slot: Slot) -> tuple[bytes, float, bytes]:
    return slot.path, slot.onset_s, slot.anchor


def _region(library: LibraryLike, map_model: MapModel, origin: KitOrigin, mask: NDArray[np.bool_] | None) -> KitRegion:
    """The samples that a kit is made of, as rows. It may block."""
    snapshot = map_model.snapshot
    if origin.ids is not None:
        rows = [row for each in origin.ids if (row := map_model.row_of(each)) is not None]
        return KitRegion(np.array(rows, dtype=np.intp))
    rows_found = np.arange(len(map_model))
    if origin.query:
        query = parse(origin.query, classes=snapshot.class_names, saved=readable_searches())
        names = map_model.index or NameIndex(snapshot.names)
        rows_found = match(query, snapshot, names, files_of=library.files_of, sounds=known_sounds()).rows
    if mask is not None and len(mask) == len(map_model):
        rows_found = rows_found[mask[rows_found]]
    around = map_model.row_of(origin.around)
    return KitRegion(rows_found, origin.query, around, None if around is None else REACH)
