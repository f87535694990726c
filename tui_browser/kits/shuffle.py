"""Shuffles a kit by neighbourhoods: each slot takes one of the samples that sound most like its reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tui_browser.kits.kit import Kit, Slot
from tui_browser.library.library import Library
from tui_browser.records import HIDDEN, MISSING, SampleId, SampleRow, Snapshot

NEIGHBOURHOOD = 20
"""Samples nearest to a reference, among which a shuffle picks."""
_LIKELY = 4 * NEIGHBOURHOOD


def shuffled(kit: Kit, near: Callable[[Slot], Sequence[Slot]], *, seed: int) -> Kit:
    """The kit with another sample in each slot that is not locked, as far as one is free.

    `kit` holds the references; `near` gives the samples most like that of a slot, nearest first and without itself, of
    which the first `NEIGHBOURHOOD` count. Level, pan, pitch and choke group of each slot stay, and two slots take
    different samples.
    """
    random = np.random.default_rng(seed)
    taken = {slot.path for slot in kit.slots if slot.locked}
    slots = []
    for slot in kit.slots:
        candidates = [] if slot.locked else list(near(slot))[:NEIGHBOURHOOD]
        free = [candidate for candidate in candidates if candidate.path not in taken]
        if free:
            pick = free[int(random.integers(len(free)))]
            slot = replace(slot, path=pick.path, content_hash=pick.content_hash, onset_s=pick.onset_s, anchor=b"")
        taken.add(slot.path)
        slots.append(slot)
    return replace(kit, slots=tuple(slots))


def near_slots_in(
    snapshot: Snapshot, sample: Callable[[SampleId], SampleRow | None], id_of: Callable[[bytes], SampleId | None]
) -> Callable[[Slot], Sequence[Slot]]:
    """As `near_slots`, in a snapshot with vectors that is in memory already; the samples are read by `sample`."""
    vectors = snapshot.vectors

    def near(slot: Slot) -> list[Slot]:
        own = id_of(slot.path)
        at = int(np.searchsorted(snapshot.ids, own)) if own is not None else len(snapshot)
        if vectors is None or at >= len(snapshot) or snapshot.ids[at] != own or not np.isfinite(vectors[at]).all():
            return []
        likeness = vectors @ vectors[at]  # of unit vectors: no table of differences, 256 MB at a million samples
        likeness[~np.isfinite(likeness) | ((snapshot.flags & (HIDDEN | MISSING)) != 0)] = -np.inf
        likeness[at] = -np.inf
        likely = np.argpartition(-likeness, min(_LIKELY, len(likeness) - 1))[:_LIKELY]
        likely = likely[np.isfinite(likeness[likely])]
        away = np.linalg.norm(vectors[likely] - vectors[at], axis=1)  # exact, as rounding hides small differences
        nearest = likely[np.argsort(away, kind="stable")][:NEIGHBOURHOOD]
        rows = [sample(SampleId(int(snapshot.ids[row]))) for row in nearest]
        return [
            replace(slot, path=row.path, content_hash=row.content_hash, onset_s=row.onset_s)
            for row in rows
            if row is not None
        ]

    return near


def near_slots(library: Library) -> Callable[[Slot], Sequence[Slot]]:
    """The samples of a library most like that of a slot, for `shuffled`; none where it is not in the library."""

    def near(slot: Slot) -> list[Slot]:
        vector = library.vector_of(slot.path)
        if vector is None:
            return []
        rows = [row for row, _ in library.near(vector, k=NEIGHBOURHOOD, leave_out=slot.path)]
        return [replace(slot, path=row.path, content_hash=row.content_hash, onset_s=row.onset_s) for row in rows]

    return near
