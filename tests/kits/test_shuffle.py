"""Shuffling a kit: each slot takes one of the 20 samples nearest to its reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.support.beats import ROLES, slot
from tests.support.libraries import index, running_workers
from tests.support.sounds import one_shot, write
from tui_browser.kits.kit import Kit, Slot
from tui_browser.kits.shuffle import NEIGHBOURHOOD, near_slots, shuffled
from tui_browser.library.library import Library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shuffle")
    for number, role in enumerate(ROLES):
        for at in range(10):
            write(folder / "drums" / f"{role} {at}.wav", one_shot(role, 100 * number + at))
    with running_workers(folder / "model") as workers:
        index(folder / "library.db", folder / "drums", workers=workers, layout="none")
    return str(folder / "library.db")


def test_d10_each_track_picks_from_the_20_nearest_of_its_reference(library: str) -> None:
    with Library.open(library) as opened:
        snapshot = opened.snapshot()
        paths = [snapshot.names[row] for row in range(len(snapshot))]
        references = [next(path for path in paths if f"/{role} 0".encode() in path) for role in ROLES]
        kit = Kit("k", tuple(slot(role, path) for role, path in zip(ROLES, references, strict=True)))
        picks: list[set[bytes]] = [set() for _ in ROLES]
        near = {each.path: near_slots(opened)(each) for each in kit.slots}
        for seed in range(200):
            for at, each in enumerate(shuffled(kit, lambda each: near[each.path], seed=seed).slots):
                picks[at].add(each.path)
                assert each.content_hash == opened.sample(opened.id_of(each.path)).content_hash  # type: ignore[union-attr,arg-type]  # indexed
        once = shuffled(kit, near_slots(opened), seed=7)
        assert once == shuffled(kit, near_slots(opened), seed=7) != shuffled(kit, near_slots(opened), seed=8)
    assert snapshot.vectors is not None
    for reference, picked in zip(references, picks, strict=True):
        away = np.linalg.norm(snapshot.vectors - snapshot.vectors[paths.index(reference)], axis=1)
        away[paths.index(reference)] = np.inf
        nearest = {paths[row] for row in np.argsort(away, kind="stable")[:NEIGHBOURHOOD]}
        assert picked == nearest, "all of them come, and no other"


def test_locked_slots_and_settings_stay_and_no_sample_comes_twice() -> None:
    slots = [slot(role, f"/{role}".encode(), level_db=-3.0, pan=0.5, choke=1) for role in ROLES]
    slots[0] = replace(slots[0], locked=True)
    kit = Kit("k", tuple(slots))

    def near(each: Slot) -> Sequence[Slot]:
        names = [f"/{number}" for number in range(4)] if each.role != "hat_open" else []
        return [replace(each, path=path.encode(), level_db=0.0, onset_s=0.5) for path in ["/kick", *names]]

    for seed in range(30):
        changed = shuffled(kit, near, seed=seed)
        assert changed.slots[0] == kit.slots[0]
        assert len({each.path for each in changed.slots}) == 4
        assert {(each.role, each.level_db, each.pan, each.choke) for each in changed.slots[1:]} == {
            (role, -3.0, 0.5, 1) for role in ROLES[1:]
        }
        assert changed.slots[1].onset_s == 0.5


def test_a_sound_that_the_library_does_not_know_stays(library: str) -> None:
    kit = Kit("k", tuple(slot(role, f"/nowhere/{role}".encode()) for role in ROLES))
    with Library.open(library) as opened:
        assert shuffled(kit, near_slots(opened), seed=1) == kit
