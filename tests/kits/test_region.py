"""A kit around a place of the map, and shuffles within a snapshot that is in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.kits import one_shot_library
from tests.support.pilot import present
from tui_browser.kits.filling import KitFiller, KitRegion, sound_in
from tui_browser.kits.kit import KitError
from tui_browser.kits.shuffle import near_slots, near_slots_in
from tui_browser.library.library import Library
from tui_browser.records import SampleId

COUNTS = {"kick": 9, "snare": 9, "hat_closed": 9, "hat_open": 9}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    one_shot_library(tmp_path / "l.db", tmp_path / "lib", counts=COUNTS)
    with Library.open(str(tmp_path / "l.db")) as opened:
        yield opened


def numbers(filler: KitFiller) -> list[str]:
    kit = filler.new("k", slots=4, seed=None)
    return [os.path.basename(slot.path).decode() for slot in kit.slots]


def row_of(library: Library, name: str) -> int:
    snapshot = library.snapshot()
    return next(row for row in range(len(snapshot)) if snapshot.names[row].endswith(name.encode()))


def test_a_kit_has_the_nearest_of_each_class_to_a_sample_and_that_sample(library: Library) -> None:
    snapshot, rows = library.snapshot(), np.arange(36)
    for number in (0, 4, 8):
        around = row_of(library, f"/snare-{number}.wav")
        filler = KitFiller(library, snapshot, KitRegion(rows, around=around))
        assert numbers(filler) == [f"{kind}-{number}.wav" for kind in COUNTS]
    uncertain = snapshot.class_p.copy()
    around = row_of(library, "/kick-7.wav")
    uncertain[around] = 0.2
    doubtful = type(snapshot)(**{name: getattr(snapshot, name) for name in snapshot.__slots__} | {"class_p": uncertain})
    assert numbers(KitFiller(library, doubtful, KitRegion(rows, around=around)))[0] == "kick-7.wav", (
        "doubtful, but asked"
    )


def test_rolls_stay_within_reach_of_the_place(library: Library) -> None:
    snapshot, around = library.snapshot(), row_of(library, "/kick-0.wav")
    filler = KitFiller(library, snapshot, KitRegion(np.arange(36), around=around, reach=4))
    kit = filler.new("k", slots=4, seed=None)
    rolled = {
        os.path.basename(slot.path) for seed in range(40) for slot in filler.reroll(kit, range(4), seed=seed).slots
    }
    assert {int(name[-5:-4]) for name in rolled} == {1, 2, 3}, "the others of the four nearest"
    assert filler.reroll(kit, range(4), seed=3) == filler.reroll(kit, range(4), seed=3)


def test_neighbours_in_memory_are_those_of_the_library(library: Library) -> None:
    snapshot = library.snapshot()
    near, stored = near_slots_in(snapshot, library.sample, library.id_of), near_slots(library)
    kit = KitFiller(library, snapshot, KitRegion(np.arange(36))).new("k", slots=4, seed=1)
    for slot in kit.slots:
        found = near(slot)
        assert len(found) == 20 and slot.path not in {each.path for each in found}
        vectors = present(snapshot.vectors)
        own = vectors[row_of(library, slot.path.decode())]
        away = [float(np.linalg.norm(vectors[row_of(library, each.path.decode())] - own)) for each in found]
        others = [float(np.linalg.norm(vectors[row_of(library, each.path.decode())] - own)) for each in stored(slot)]
        assert away == sorted(away) and away == pytest.approx(others, abs=1e-5)


def test_a_sample_without_a_file_is_no_sound_for_a_slot(library: Library) -> None:
    snapshot = library.snapshot()
    assert sound_in(library, SampleId(int(snapshot.ids[0])), path=b"").path == snapshot.names[0]
    with pytest.raises(KitError):
        sound_in(library, SampleId(10_000), path=b"/x.wav")
