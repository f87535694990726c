"""New samples on a standing map: twins together, others among those that they sound like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.layouts.exact_knn import knn
from tui_browser.layouts.placing import PlacementIndex, place_by_neighbours
from tui_browser.layouts.projection import fit_unit_square, pca
from tui_browser.records import FloatArray


def sounds(n: int, seed: int = 0) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(n, 6))
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(0, 20), st.booleans(), st.booleans())
def test_knn_is_the_plain_search(seed: int, n: int, k: int, itself: bool, copies: bool) -> None:
    vectors = sounds(n, seed)
    if copies:
        vectors[n // 2 :] = vectors[0]
    queries = vectors if itself else sounds(9, seed + 1)
    skip = np.arange(n) if itself else None
    rows, distances = knn(queries, vectors, k=k, skip=skip)
    every = np.linalg.norm(queries[:, np.newaxis] - vectors, axis=2).astype(np.float64)
    if itself:
        np.fill_diagonal(every, np.inf)
    expected = np.sort(every, axis=1)[:, : rows.shape[1]]
    assert rows.shape[1] == min(k, n - itself)
    np.testing.assert_allclose(distances, expected, atol=2e-4)
    np.testing.assert_allclose(np.take_along_axis(every, rows, axis=1), distances, atol=1e-6)
    assert all(len(set(row)) == len(row) for row in rows.tolist())


def test_knn_in_blocks_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_browser.layouts.exact_knn._ENTRIES", 64 * 40)
    vectors, told = sounds(500), list[int]()
    rows, _ = knn(vectors, vectors, k=5, skip=np.arange(500), on_block=told.append)
    assert told[-1] == 500 and told == sorted(told) and len(told) > 5
    monkeypatch.undo()
    np.testing.assert_array_equal(rows, knn(vectors, vectors, k=5, skip=np.arange(500))[0])


def test_a_copy_lies_on_its_twin() -> None:
    vectors, places = sounds(50), np.random.default_rng(1).random((50, 2)).astype(np.float32)
    np.testing.assert_array_equal(place_by_neighbours(vectors[[7, 3]], vectors, places), places[[7, 3]])


def test_neighbours_elsewhere_on_the_map_do_not_pull_a_sample_into_empty_ground() -> None:
    vectors, places = sounds(5), np.array([[0.1, 0.1]] * 3 + [[0.9, 0.9]] * 2, np.float32)
    vectors[:] = vectors[0] + np.random.default_rng(0).normal(size=(5, 6)) * 0.01
    new = vectors.mean(axis=0, keepdims=True)
    place = place_by_neighbours(new, vectors, places)[0]
    assert np.linalg.norm(place - 0.1) < 1e-3 or np.linalg.norm(place - 0.9) < 1e-3


def test_a_new_sound_lands_among_its_kind() -> None:
    rng = np.random.default_rng(3)
    kinds = sounds(4, 5)
    label = rng.integers(0, 4, 400)
    vectors = (kinds[label] + rng.normal(size=(400, 6)) * 0.05).astype(np.float32)
    spots = np.array([[0.2, 0.2], [0.8, 0.2], [0.2, 0.8], [0.8, 0.8]])
    places = (spots[label] + rng.normal(size=(400, 2)) * 0.03).astype(np.float32)
    found = place_by_neighbours(vectors[:100], vectors[100:], places[100:])
    assert (np.linalg.norm(found - spots[label[:100]], axis=1) < 0.15).all()
    assert found.min() >= 0 and found.max() <= 1


def test_what_cannot_be_placed_has_no_place() -> None:
    vectors, places = sounds(3), np.full((3, 2), np.nan, np.float32)
    assert np.isnan(place_by_neighbours(vectors, vectors, places)).all()
    places[1] = 0.25
    mute = vectors.copy()
    mute[0] = np.nan
    found = place_by_neighbours(mute, vectors, places)
    assert np.isnan(found[0]).all() and (found[1:] == 0.25).all()
    assert place_by_neighbours(vectors[:0], vectors, places).shape == (0, 2)


def test_principal_components_place_a_sample_where_the_fit_put_it() -> None:
    vectors = sounds(80)
    flat, basis = pca(vectors)
    square = fit_unit_square(flat)
    np.testing.assert_allclose(square.apply(basis.project(vectors[:9])), square.apply(flat)[:9], atol=1e-6)


@given(st.integers(0, 10_000), st.sampled_from([0, 1, 3, 1100, 1500]), st.integers(0, 40), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_ground_says_what_the_plain_search_says(seed: int, n: int, tail: int, copies: bool) -> None:
    rng = np.random.default_rng(seed)
    vectors = np.concatenate([sounds(n + tail, seed), rng.normal(size=(n + tail, 14)) * 0.1], axis=1).astype(np.float32)
    xy = rng.random((n + tail, 2)).astype(np.float32)
    if copies:
        vectors[: n // 2], xy[: n // 2] = vectors[:1], xy[:1]  # copies lie on one place
    if n > 3:
        vectors[1], vectors[2], xy[3] = 1000, np.nan, np.nan
    ids = np.arange(n + tail) * 3
    new = np.concatenate([vectors[:4], rng.normal(size=(5, 20)).astype(np.float32)])
    ground = PlacementIndex()
    ground.place(new, ids=ids[:n], vectors=vectors[:n], xy=xy[:n])
    for end in (n, n + tail):
        found = ground.place(new, ids=ids[:end], vectors=vectors[:end], xy=xy[:end])
        np.testing.assert_allclose(found, place_by_neighbours(new, vectors[:end], xy[:end]), atol=1e-4)


def test_a_ground_notices_what_changed() -> None:
    vectors, xy, ids = sounds(1500), np.random.default_rng(1).random((1500, 2)).astype(np.float32), np.arange(1500)
    ground, new = PlacementIndex(), sounds(20, 7)
    for change in ("nothing", "nothing", "another model", "gone", "lost its place", "others moved"):
        if change == "another model":
            vectors = sounds(1500, 3)
        elif change == "gone":
            vectors, xy, ids = vectors[10:], xy[10:], ids[10:]
        elif change == "lost its place":
            xy = xy.copy()
            xy[700:750] = np.nan
        elif change == "others moved":
            xy = 1 - xy
        found = ground.place(new, ids=ids, vectors=vectors, xy=xy)
        np.testing.assert_allclose(found, place_by_neighbours(new, vectors, xy), atol=1e-5)
