"""The grid: every sample in a cell of its own, moved as little as can be."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from tui_browser.layouts import grid
from tui_browser.layouts.grid import cell_centres, grid_shape, nearest_free_cells, to_grid
from tui_browser.records import FloatArray


def clouds(count: int, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    cloud = rng.integers(0, 12, count)
    spread = rng.uniform(0.01, 0.12, 12)[cloud, np.newaxis]
    return np.clip(rng.random((12, 2))[cloud] + rng.normal(size=(count, 2)) * spread, 0, 1).astype(np.float32)


def cost(xy: FloatArray, places: FloatArray) -> float:
    return float(((xy.astype(np.float64) - places) ** 2).sum())


def cheapest(xy: FloatArray, columns: int, rows: int) -> float:
    every = ((xy.astype(np.float64)[:, np.newaxis] - cell_centres(columns, rows)) ** 2).sum(axis=2)
    return float(every[linear_sum_assignment(every)].sum())


def cells_of(places: FloatArray, columns: int, rows: int) -> set[tuple[int, int]]:
    """The cells that are held; a place that is no cell's middle fails."""
    at = places.astype(np.float64) * [columns, rows] - 0.5
    np.testing.assert_allclose(at, np.rint(at), atol=1e-3)
    assert (at > -0.5).all() and (at < np.array([columns, rows]) - 0.5).all()
    return {(int(x), int(y)) for x, y in np.rint(at)}


@given(st.integers(0, 100_000), st.floats(0.1, 10))
def test_a_shape_has_room_for_all_and_little_to_spare(count: int, aspect: float) -> None:
    columns, rows = grid_shape(count, aspect=aspect)
    assert columns * rows >= count and columns * rows - count < max(columns, rows, 1)
    if count > 400 and 0.5 < aspect < 2:
        assert 0.85 < columns / rows / aspect < 1.18


@given(
    arrays(np.float32, st.tuples(st.integers(0, 60), st.just(2)), elements=st.sampled_from([0, 0.25, 0.3, 1, np.nan]))
)
def test_equal_places_and_edges_end_in_cells_of_their_own(xy: FloatArray) -> None:
    places, (columns, rows) = to_grid(xy)
    good = np.isfinite(xy).all(axis=1)
    assert np.isnan(places[~good]).all()
    assert len(cells_of(places[good], columns, rows)) == good.sum()
    assert cost(xy[good], places[good]) == pytest.approx(cheapest(xy[good], columns, rows), abs=1e-5)


@pytest.mark.parametrize("count", [230, 700])
def test_the_moves_are_the_least_that_can_be(count: int) -> None:
    xy = clouds(count, seed=count)
    places, (columns, rows) = to_grid(xy)
    assert len(cells_of(places, columns, rows)) == count
    assert cost(xy, places) == pytest.approx(cheapest(xy, columns, rows), rel=1e-6)


@pytest.mark.parametrize("kind", ["clouds", "copies", "one place"])
def test_beyond_the_exact_ones_nobody_is_lost_and_the_moves_are_near_the_least(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "EXACT", 700)
    monkeypatch.setattr(grid, "_GROUPS", 64)
    xy = clouds(800) if kind == "clouds" else np.tile(clouds(800)[: 1 if kind == "one place" else 400], (800, 1))[:800]
    told: list[tuple[int, int]] = []
    places, (columns, rows) = to_grid(xy, on_round=lambda done, total: told.append((done, total)))
    assert len(cells_of(places, columns, rows)) == 800
    assert cost(xy, places) <= 1.05 * cheapest(xy, columns, rows)
    assert told[0][0] == 0 and told[-1][0] == told[-1][1]
    if kind == "clouds":
        again, _ = to_grid(xy)
        np.testing.assert_array_equal(places, again)


def test_six_thousand_take_seconds() -> None:
    start = time.process_time()
    xy = clouds(6_000)
    places, (columns, rows) = to_grid(xy, aspect=1.0)
    assert len(cells_of(places, columns, rows)) == 6_000
    assert time.process_time() - start < 30


def test_who_comes_later_takes_the_nearest_free_cell() -> None:
    columns, rows = 3, 2
    taken = cell_centres(columns, rows)[[0, 1, 3, 4]].astype(np.float32)
    wanted = np.array([[0.2, 0.3], [0.1, 0.9], [np.nan, 0.5], [0.4, 0.4]], np.float32)
    places = nearest_free_cells(wanted, taken, columns=columns, rows=rows)
    middles = cell_centres(columns, rows)
    np.testing.assert_allclose(places[0], middles[2], atol=1e-6)
    np.testing.assert_allclose(places[1], middles[5], atol=1e-6)
    assert np.isnan(places[2, 0])
    np.testing.assert_array_equal(places[3], wanted[3])  # full: where it belongs
