"""Trail and neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from tests.support.fakes import snapshot
from tui_browser.library.slice_search import SliceNeighbour
from tui_browser.records import FloatArray, SampleId
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.ui.state.cursor import CursorState, find_neighbours
from tui_browser.ui.state.map_model import MapModel, complete, sketch


def _world(count: int = 120) -> MapModel:
    return complete(sketch(snapshot(count), by="class", steps=8), aspect=1.0)


def _vectors(map_model: MapModel) -> FloatArray:
    assert map_model.snapshot.vectors is not None
    return map_model.snapshot.vectors


def _brute(map_model: MapModel, row: int, mask: np.ndarray | None = None) -> list[int]:
    vectors = map_model.snapshot.vectors
    assert vectors is not None
    distance = np.linalg.norm(vectors.astype(np.float64) - vectors[row], axis=1)
    rows = [other for other in np.argsort(distance, kind="stable").tolist() if other != row]
    return [map_model.id_at(other) for other in rows if mask is None or mask[other]]


def test_neighbours_are_those_of_brute_force_without_the_anchor() -> None:
    map_model = _world()
    near = find_neighbours(map_model, _vectors(map_model)[7], name="x", anchor=map_model.id_at(7))
    assert list(near.ids) == _brute(map_model, 7)[:50]
    assert list(near.distances) == sorted(near.distances)


def test_neighbours_under_a_filter_whether_it_leaves_few_or_most() -> None:
    map_model = _world()
    for share in (0.1, 0.9):
        mask = np.random.default_rng(3).random(len(map_model)) < share
        near = find_neighbours(map_model, _vectors(map_model)[7], name="x", anchor=map_model.id_at(7), mask=mask)
        assert list(near.ids) == _brute(map_model, 7, mask)[:50]


def test_a_copy_is_at_distance_zero_and_samples_without_sound_are_nobodys_neighbour() -> None:
    map_model = _world(20)
    vectors = _vectors(map_model).copy()
    vectors[3] = vectors[7]
    vectors[5] = np.nan
    map_model = replace(map_model, snapshot=replace(map_model.snapshot, vectors=vectors))
    near = find_neighbours(map_model, vectors[7], name="x", anchor=map_model.id_at(7))
    assert near.ids[0] == map_model.id_at(3) and near.distances[0] == 0.0
    assert map_model.id_at(5) not in near.ids and len(near) == 18


def _index(map_model: MapModel, rows: list[int]) -> NeighbourClient:
    """An index that gives these samples, nearest first."""

    class Index:
        def nearest(self, vector: FloatArray, *, k: int) -> list[tuple[SampleId, float, SliceNeighbour | None]] | None:
            nearest: list[tuple[SampleId, float, SliceNeighbour | None]] = [
                (map_model.id_at(row), at / 100, None) for at, row in enumerate(rows)
            ]
            return nearest[:k] or None

    return cast(NeighbourClient, Index())


def test_the_index_of_a_large_library_is_asked_first() -> None:
    map_model = _world()
    rows, vector, anchor = [7, *range(30, 90)], _vectors(map_model)[7], map_model.id_at(7)
    near = find_neighbours(map_model, vector, name="x", anchor=anchor, index=_index(map_model, rows))
    assert list(near.ids) == [map_model.id_at(row) for row in rows[1:51]] and near.distances[0] == 0.01
    even = np.arange(len(map_model)) % 2 == 0
    near = find_neighbours(map_model, vector, name="x", anchor=anchor, mask=even, k=20, index=_index(map_model, rows))
    assert list(near.ids) == [map_model.id_at(row) for row in range(30, 70, 2)]


def test_exact_search_answers_where_the_index_has_no_answer_or_too_few() -> None:
    map_model = _world()
    for rows in ([], [7, 30, 31]):
        near = find_neighbours(
            map_model,
            _vectors(map_model)[7],
            name="x",
            anchor=map_model.id_at(7),
            index=_index(map_model, rows),
        )
        assert list(near.ids) == _brute(map_model, 7)[:50]


def test_the_list_stays_that_of_the_anchor_until_the_person_moves_otherwise() -> None:
    map_model, journey = _world(), CursorState()
    journey.start(map_model.id_at(7))
    near = find_neighbours(map_model, _vectors(map_model)[7], name="seven.wav", anchor=map_model.id_at(7))
    journey.begin_neighbours(near)
    visited = [journey.step(1, map_model) for _ in range(5)]
    assert visited == list(near.ids[:5])
    assert journey.line() == f"neighbour 5 of 50 · distance {near.distances[4]:.2f} from seven.wav"
    assert journey.step(-1, map_model) == near.ids[3]
    for _ in range(4):
        journey.step(-1, map_model)
    assert journey.rank == 0 and journey.sample == map_model.id_at(7)
    assert journey.step(-1, map_model) is None
    journey.go(map_model.id_at(20))
    assert journey.neighbours is None and journey.line() == ""


def test_back_goes_through_what_is_still_there() -> None:
    map_model, journey = _world(), CursorState()
    journey.start(map_model.id_at(0))
    assert not journey.walked
    for row in (3, 4, 5):
        journey.go(map_model.id_at(row))
    fewer = replace(
        map_model.snapshot, ids=np.where(np.arange(120) == 4, 5000 + 0 * map_model.snapshot.ids, map_model.snapshot.ids)
    )
    gone = replace(map_model, snapshot=replace(fewer, ids=np.sort(fewer.ids)))
    assert gone.row_of(map_model.id_at(4)) is None
    assert journey.back(gone) == map_model.id_at(3)
    assert journey.back(gone) == map_model.id_at(0)
    assert journey.back(gone) is None
    assert journey.walked


def test_going_nowhere_leaves_no_trail() -> None:
    journey = CursorState()
    journey.start(SampleId(1))
    assert not journey.go(SampleId(1)) and journey.trail == ()
