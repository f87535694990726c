"""Trail and neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.ui.fakes import snapshot
from tui_browser.records import SampleId
from tui_browser.ui.journey import Journey, find_neighbours
from tui_browser.ui.world import World, complete, sketch


def _world(count: int = 120) -> World:
    return complete(sketch(snapshot(count), by="class", steps=8), aspect=1.0)


def _brute(world: World, row: int, mask: np.ndarray | None = None) -> list[int]:
    vectors = world.snapshot.vectors
    assert vectors is not None
    distance = np.linalg.norm(vectors.astype(np.float64) - vectors[row], axis=1)
    rows = [other for other in np.argsort(distance, kind="stable").tolist() if other != row]
    return [world.id_at(other) for other in rows if mask is None or mask[other]]


def test_neighbours_are_those_of_brute_force_without_the_anchor() -> None:
    world = _world()
    near = find_neighbours(world, world.snapshot.vectors[7], name="x", anchor=world.id_at(7))
    assert list(near.ids) == _brute(world, 7)[:50]
    assert list(near.distances) == sorted(near.distances)


def test_neighbours_under_a_filter_whether_it_leaves_few_or_most() -> None:
    world = _world()
    for share in (0.1, 0.9):
        mask = np.random.default_rng(3).random(len(world)) < share
        near = find_neighbours(world, world.snapshot.vectors[7], name="x", anchor=world.id_at(7), mask=mask)
        assert list(near.ids) == _brute(world, 7, mask)[:50]


def test_a_copy_is_at_distance_zero_and_samples_without_sound_are_nobodys_neighbour() -> None:
    world = _world(20)
    vectors = world.snapshot.vectors.copy()
    vectors[3] = vectors[7]
    vectors[5] = np.nan
    world = replace(world, snapshot=replace(world.snapshot, vectors=vectors))
    near = find_neighbours(world, vectors[7], name="x", anchor=world.id_at(7))
    assert near.ids[0] == world.id_at(3) and near.distances[0] == 0.0
    assert world.id_at(5) not in near.ids and len(near) == 18


def test_the_list_stays_that_of_the_anchor_until_the_person_moves_otherwise() -> None:
    world, journey = _world(), Journey()
    journey.start(world.id_at(7))
    near = find_neighbours(world, world.snapshot.vectors[7], name="seven.wav", anchor=world.id_at(7))
    journey.begin_neighbours(near)
    visited = [journey.step(1, world) for _ in range(5)]
    assert visited == list(near.ids[:5])
    assert journey.line() == f"neighbour 5 of 50 · distance {near.distances[4]:.2f} from seven.wav"
    assert journey.step(-1, world) == near.ids[3]
    for _ in range(4):
        journey.step(-1, world)
    assert journey.rank == 0 and journey.selected == world.id_at(7)
    assert journey.step(-1, world) is None
    journey.go(world.id_at(20))
    assert journey.neighbours is None and journey.line() == ""


def test_back_goes_through_what_is_still_there() -> None:
    world, journey = _world(), Journey()
    journey.start(world.id_at(0))
    assert not journey.walked
    for row in (3, 4, 5):
        journey.go(world.id_at(row))
    fewer = replace(
        world.snapshot, ids=np.where(np.arange(120) == 4, 5000 + 0 * world.snapshot.ids, world.snapshot.ids)
    )
    gone = replace(world, snapshot=replace(fewer, ids=np.sort(fewer.ids)))
    assert gone.row_of(world.id_at(4)) is None
    assert journey.back(gone) == world.id_at(3)
    assert journey.back(gone) == world.id_at(0)
    assert journey.back(gone) is None
    assert journey.walked


def test_going_nowhere_leaves_no_trail() -> None:
    journey = Journey()
    journey.start(SampleId(1))
    assert not journey.go(SampleId(1)) and journey.trail == ()
