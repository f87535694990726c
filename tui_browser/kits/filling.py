"""Fills the slots of a kit from a library: a new kit, a reroll, a swap for the next similar sound."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.kits.choosing import (
    CHOKED,
    Rows,
    class_counts,
    next_similar,
    ranked,
    roles_for,
    usable_rows,
)
from tui_browser.kits.kit import FEWEST_SLOTS, Kit, KitError, Slot
from tui_browser.kits.midi_notes import class_of_role
from tui_browser.library.known_sounds import known_sounds
from tui_browser.library.library import Library
from tui_browser.records import CONFIDENT_P, SampleId, SampleRow, Snapshot
from tui_browser.search.matcher import NameIndex, match

_NEIGHBOURS = 512
"""Neighbours that `swap` goes through before it begins again."""


class SoundSource(Protocol):
    """The library, as far as a kit needs it."""

    def sample(self, id: SampleId) -> SampleRow | None: ...
    def id_of(self, path: bytes) -> SampleId | None: ...
    def known_as(self, paths: Sequence[bytes]) -> list[bytes | None]: ...
    def root_paths(self) -> list[bytes]: ...


@dataclass(frozen=True, slots=True)
class KitRegion:
    """The samples that a kit is made of."""

    rows: Rows
    """Rows of the snapshot."""
    query: str = ""
    """What they match, in the query language; empty where they are no result of a query."""
    around: int | None = None
    """The row around whose place on the map sounds are chosen, and which is in a new kit; None is their middle."""
    reach: int | None = None
    """So many of a class, the nearest ones, are rolled among; None is all of them."""


class KitFiller:
    """Chooses samples of one library; no two slots get the same sound, also where there are copies of a file."""

    def __init__(self, library: SoundSource, snapshot: Snapshot, region: KitRegion) -> None:
        """It can `swap` if the snapshot has vectors."""
        self._library = library
        self._snapshot = snapshot
        self._roots = library.root_paths()
        self._region = region
        self.query = region.query
        self._rows = usable_rows(snapshot, region.rows)

    @classmethod
    def of_query(cls, library: Library, query: str = "", *, vectors: bool = False) -> Self:
        """From what matches a query; with `vectors` it can `swap`. Raises QueryError where it cannot be parsed."""
        snapshot = library.snapshot(vectors=vectors)
        names = NameIndex(snapshot.names)
        parsed, near_file = library.understood(query, names)
        if parsed.needs_vectors and not vectors:
            snapshot = library.snapshot()
        found = match(parsed, snapshot, names, files_of=library.files_of, sounds=known_sounds(), near_file=near_file)
        return cls(library, snapshot, KitRegion(found.rows, query))

    def new(self, name: str, *, slots: int, seed: int | None) -> Kit:
        """A kit of so many slots: by class nearest to the centre of what matches, or at random with a seed.

        It has fewer slots where fewer sounds match. Raises KitError where they are fewer than a kit has.
        """
        random = None if seed is None else np.random.default_rng(seed)
        orders: dict[str, list[SampleRow]] = {}
        sure = self._rows[self._snapshot.class_p[self._rows] >= CONFIDENT_P]
        counts = class_counts(self._snapshot, sure)
        if sum(counts.values()) < slots:  # a small region: better a doubtful clap than none
            counts = class_counts(self._snapshot, self._rows)
        taken: set[str] = set()
        for class_name, count in counts.items():
            rows = self._ranked(class_name, random)
            orders[class_name] = _first(self._sounds(rows, taken), min(count, slots))
            taken |= {row.content_hash for row in orders[class_name]}
        roles = roles_for({class_name: len(order) for class_name, order in orders.items()}, slots)
        if len(roles) < FEWEST_SLOTS:
            raise KitError(
                f"a kit needs {FEWEST_SLOTS} different sounds on the map, and {len(roles)} match",
                hint="give a wider QUERY" if self.query else "tui-browser index FOLDER fills the library",
            )
        filled = tuple(_new_slot(role, orders[class_of_role(role)].pop(0)) for role in roles)
        return Kit(name, filled, self.query)

    def reroll(self, kit: Kit, chosen: Collection[int], *, seed: int) -> Kit:
        """The kit with another random sound of the same class in each chosen slot; locked slots stay.

        A slot stays as it is where there is no other sound of its class.
        """
        random = np.random.default_rng(seed)
        for index in sorted(chosen):
            slot = kit.slots[index]
            class_name = self._class_of(slot)
            if slot.locked or class_name is None:
                continue
            rows = self._ranked(class_name, random)
            taken = {other.content_hash for other in kit.slots}
            for row in _first(self._sounds(rows, taken), 1):
                kit = kit.with_slot(index, filled_with(slot, row))
        return kit

    def swap(self, kit: Kit, index: int, *, steps: int = 1) -> Kit:
        """The kit with the next similar sound of the same class in a slot.

        Similar to the sound that the slot had before the first swap, so that swaps walk away from it and back. Raises
        KitError where there is none.
        """
        slot = kit.slots[index]
        anchor = slot.anchor or slot.path
        snapshot = self._snapshot
        at = self._row_of(anchor)
        if at is None:  # it was removed meanwhile
            anchor = slot.path
            at = self._row_of(anchor)
        if at is None or snapshot.vectors is None or not np.isfinite(snapshot.vectors[at]).all():
            raise KitError(f"the library does not know the sound of slot {slot.role}", path=slot.path)
        same = self._rows[snapshot.classes[self._rows] == snapshot.classes[at]]
        same = np.union1d(same, [at])
        same = same[np.isfinite(snapshot.vectors[same]).all(axis=1)]
        away = np.linalg.norm(snapshot.vectors[same] - snapshot.vectors[at], axis=1)
        order = np.argsort(away, kind="stable")[:_NEIGHBOURS]
        near, away = same[order], away[order]
        rows = {place: row for place, row in enumerate(map(self._sound, near.tolist())) if row is not None}
        others = {other.content_hash for number, other in enumerate(kit.slots) if number != index}
        here = next((place for place, row in rows.items() if row.path == slot.path), None)
        taken = [place for place in range(len(near)) if place not in rows or rows[place].content_hash in others]
        taken += [place for place, row in rows.items() if place != here and row.content_hash == slot.content_hash]
        place = next_similar(away, here, steps=steps, taken=taken)
        if place is None:
            raise KitError(f"no other sound is similar to that of slot {slot.role}", path=slot.path)
        return kit.with_slot(index, replace(filled_with(slot, rows[place]), anchor=anchor))

    def row_at(self, path: bytes) -> SampleRow:
        """The sample of this file; raises KitError where the library has none, or it has no sound."""
        known = self._library.known_as([path])[0]
        sample = self._library.id_of(known) if known is not None else None
        row = self._library.sample(sample) if sample is not None else None
        if row is None or row.missing or row.state:
            raise KitError("this is no sample with a sound in the library", path=path, hint="tui-browser add FOLDER")
        return row

    def _ranked(self, class_name: str, random: np.random.Generator | None) -> Rows:
        region = self._region
        return ranked(self._snapshot, self._rows, class_name, random=random, around=region.around, reach=region.reach)

    def _class_of(self, slot: Slot) -> str | None:
        """The class of a slot by its name, else that of its sound; None where neither is known."""
        class_name = class_of_role(slot.role)
        if class_name in self._snapshot.class_names:
            return class_name
        row = self._row_of(slot.path)
        names = self._snapshot.class_names
        code = int(self._snapshot.classes[row]) if row is not None else len(names)
        return names[code] if code < len(names) else None

    def _row_of(self, path: bytes) -> int | None:
        sample = self._library.id_of(path)
        return None if sample is None else _place(self._snapshot, sample)

    def _sounds(self, rows: Rows, taken: Collection[str]) -> Iterator[SampleRow]:
        """The samples of these rows whose sounds are not taken, each sound once."""
        seen = set(taken)
        for at in rows.tolist():
            row = self._sound(at)
            if row is not None and row.content_hash not in seen:
                seen.add(row.content_hash)
                yield row

    def _sound(self, at: int) -> SampleRow | None:
        """The sample of a row of the snapshot; None where it is gone, or its path is not that of a sample."""
        row = self._library.sample(SampleId(int(self._snapshot.ids[at])))
        if row is None or refusal(row.path, self._roots) or link_refusal(row.path, self._roots):
            return None
        return row


def sound_in(library: SoundSource, sample: SampleId, *, path: bytes) -> SampleRow:
    """A sample to put into a slot; raises KitError where it is gone, or has no sound."""
    row, roots = library.sample(sample), library.root_paths()
    if row is None or row.missing or row.state or refusal(row.path, roots) or link_refusal(row.path, roots):
        raise KitError("this is no sample with a sound in the library", path=path)
    return row


def filled_with(slot: Slot, row: SampleRow) -> Slot:
    """The slot with another sample; how it is played stays."""
    return replace(slot, path=row.path, content_hash=row.content_hash, onset_s=row.onset_s, anchor=b"")


def _new_slot(role: str, row: SampleRow) -> Slot:
    choke = CHOKED.get(class_of_role(role), 0)
    return Slot(role, row.path, row.content_hash, onset_s=row.onset_s, choke=choke)


def _first(rows: Iterator[SampleRow], count: int) -> list[SampleRow]:
    return [row for row, _ in zip(rows, range(count), strict=False)]


def _place(snapshot: Snapshot, sample: SampleId) -> int | None:
    at = int(np.searchsorted(snapshot.ids, sample))
    return at if at < len(snapshot) and int(snapshot.ids[at]) == sample else None


def chosen_slots(kit: Kit, names: Sequence[str]) -> list[int]:
    """The slots of these names or numbers; all where none is given. Raises KitError."""
    return [kit.index_of(name) for name in names] if names else list(range(len(kit.slots)))
