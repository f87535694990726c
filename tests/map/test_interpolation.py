"""Which samples count around a place: the one that lies there, else the nearest, without a jump."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.map.interpolation import NEIGHBOURS, interpolation_weights

places = st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=30)
place = st.tuples(st.floats(0, 1), st.floats(0, 1))


def as_array(points: list[tuple[float, float]]) -> NDArray[np.float32]:
    return np.array(points, dtype=np.float32).reshape(-1, 2)


@given(places, place)
def test_weights_are_positive_and_sum_to_one(points: list[tuple[float, float]], at: tuple[float, float]) -> None:
    rows, weights = interpolation_weights(as_array(points), at)
    assert 1 <= len(rows) == len(set(rows)) == len(weights)
    assert min(weights) > 0
    assert sum(weights) == pytest.approx(1.0)


@given(places, st.integers(0, 29))
def test_b5_at_a_sample_all_that_lie_there_count_alike(points: list[tuple[float, float]], index: int) -> None:
    xy = as_array(points)
    at = xy[index % len(xy)]
    rows, weights = interpolation_weights(xy, (float(at[0]), float(at[1])))
    assert rows == np.flatnonzero((xy == at).all(axis=1)).tolist()
    assert np.allclose(weights, 1 / len(rows))


@given(places, place, st.randoms(use_true_random=False))
def test_b5_the_order_of_samples_plays_no_part(
    points: list[tuple[float, float]], at: tuple[float, float], chance: random.Random
) -> None:
    points = sorted(set(points))
    shuffled = points[:]
    chance.shuffle(shuffled)

    def middle(some: list[tuple[float, float]]) -> NDArray[np.float64]:
        rows, weights = interpolation_weights(as_array(some), at)
        found: NDArray[np.float64] = np.average(as_array(some)[rows].astype(np.float64), axis=0, weights=weights)
        return found

    distances = np.hypot(*(as_array(points).astype(np.float64) - at).T)
    if len(np.unique(distances)) == len(distances):  # of equally distant ones the first are taken
        assert np.allclose(middle(points), middle(shuffled))


def test_between_two_lies_their_mean() -> None:
    rows, weights = interpolation_weights(as_array([(0.25, 0.5), (0.75, 0.5)]), (0.5, 0.5))
    assert sorted(rows) == [0, 1]
    assert weights == pytest.approx([0.5, 0.5])


def test_only_the_nearest_count_and_a_small_step_changes_little() -> None:
    xy = np.random.default_rng(0).random((200, 2)).astype(np.float32)
    last = None
    for x in np.linspace(0.2, 0.8, 2001):
        rows, weights = interpolation_weights(xy, (float(x), 0.5))
        assert len(rows) <= NEIGHBOURS
        now = np.zeros(len(xy))
        now[rows] = weights
        if last is not None:
            assert np.abs(now - last).max() < 0.2
        last = now


def test_samples_without_a_place_do_not_count() -> None:
    nothing = np.full((3, 2), np.nan, dtype=np.float32)
    assert interpolation_weights(nothing, (0.5, 0.5)) == ([], [])
    assert interpolation_weights(np.zeros((0, 2), np.float32), (0.5, 0.5)) == ([], [])
    nothing[1] = 0.1
    assert interpolation_weights(nothing, (0.9, 0.9)) == ([1], [1.0])
