"""Room on the map: every sample its own dot, the square filled, the order kept, newcomers beside and nobody moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.atlas.neighbours import knn
from tui_browser.atlas.project import normalise
from tui_browser.atlas.spread import least_distance, own_spots, spread
from tui_browser.atlas.viewport import Viewport
from tui_browser.records import FloatArray

PANE = Viewport(106, 41)


def islands(n: int, seed: int = 0) -> tuple[FloatArray, NDArray[np.int64]]:
    """A map of dense islands of unlike sizes with much empty ground, and the island of each sample."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(12, n, p=np.arange(1, 13) / 78)
    middles, sizes = rng.normal(size=(12, 2)) * 8, rng.uniform(0.1, 1.2, (12, 1))
    return (middles[kind] + rng.normal(size=(n, 2)) * sizes[kind]).astype(np.float32), kind


def lit(xy: FloatArray, pane: Viewport = PANE) -> int:
    """Dots that show at least one sample where the whole map is shown."""
    return len(np.unique(np.floor(pane.to_dots(xy)), axis=0))


def spans(xy: FloatArray) -> NDArray[np.float64]:
    """Width and height between which 95 % of the samples lie."""
    return np.ptp(np.percentile(xy, [2.5, 97.5], axis=0), axis=0)


def near(xy: FloatArray, k: int = 10) -> NDArray[np.int64]:
    return knn(xy, xy, k=k, skip=np.arange(len(xy)))[0]


@pytest.mark.parametrize(("n", "share"), [(300, 0.99), (2017, 0.97), (5000, 0.90)])
def test_nearly_every_sample_has_a_dot_and_keeps_its_neighbours(n: int, share: float) -> None:
    flat, kind = islands(n)
    assert lit(normalise(flat)) < 0.85 * share * n
    xy = spread(flat)
    assert lit(xy) >= share * n
    lost = 0.08 if n == 300 else 0.02  # of 300, some islands have fewer samples than are asked for
    assert (kind[near(xy)] == kind[:, np.newaxis]).mean() > (kind[near(flat)] == kind[:, np.newaxis]).mean() - lost
    kept = [np.isin(a, b).mean() for a, b in zip(near(flat), near(xy), strict=True)]
    assert np.mean(kept) > 0.62
    for axis in (0, 1):  # left stays left, above stays above
        ranks = np.argsort(np.argsort(flat[:, axis])), np.argsort(np.argsort(xy[:, axis]))
        assert np.corrcoef(*ranks)[0, 1] > 0.98


def test_ten_thousand_samples_have_most_of_their_dots() -> None:
    flat = np.random.default_rng(2).normal(size=(10_000, 2)).astype(np.float32)
    assert lit(spread(flat)) >= 9_000 > 7_000 > lit(normalise(flat))


@pytest.mark.parametrize("shape", ["islands", "tilted line", "one far away", "all in one corner"])
@pytest.mark.parametrize("n", [40, 1500])
def test_the_square_is_filled_whatever_the_map_looks_like(shape: str, n: int) -> None:
    flat, _ = islands(n)
    if shape == "tilted line":
        flat[:, 1] = flat[:, 0] * 0.3
    elif shape == "one far away":
        flat[7] = 1e4
    elif shape == "all in one corner":
        flat = np.exp(flat)
    xy = spread(flat)
    assert xy.min() >= 0 and xy.max() <= 1
    assert spans(xy).min() >= 0.94
    assert spans(PANE.to_dots(xy) / PANE.dots).min() >= 0.90


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6, width=32)] * 2), max_size=60), st.integers(1, 9))
def test_anything_gets_finite_places_in_the_square(points: list[tuple[float, float]], seed: int) -> None:
    flat = np.array(points, dtype=np.float32).reshape(-1, 2)
    xy = spread(flat, seed=seed)
    assert xy.shape == flat.shape and np.isfinite(xy).all()
    assert len(xy) == 0 or (xy.min() >= 0 and xy.max() <= 1)
    assert len(np.unique(xy, axis=0)) == len(xy)
    np.testing.assert_array_equal(xy, spread(flat, seed=seed))


def test_copies_of_one_sound_are_a_patch_of_dots_of_its_own() -> None:
    flat, _ = islands(2000)
    flat[-1000:] = flat[3]
    xy = spread(flat)
    copy = np.append(np.arange(1000, 2000), 3)
    assert lit(xy) >= 0.95 * 2000 and lit(xy[copy]) >= 0.93 * len(copy)
    assert (np.isin(near(xy)[copy], copy)).mean() > 0.93


def test_nothing_but_copies_fills_the_map() -> None:
    xy = spread(np.full((1000, 2), 0.25, np.float32))
    assert lit(xy) >= 990 and spans(xy).min() >= 0.94
    np.testing.assert_array_equal(spread(np.ones((1, 2), np.float32)), [[0.5, 0.5]])


def test_what_is_spread_stays_when_it_is_spread_again() -> None:
    xy = spread(islands(1200)[0])
    assert np.median(np.linalg.norm(spread(xy) - xy, axis=1)) < 0.03


def test_work_is_bounded_for_large_libraries() -> None:
    rounds = list[tuple[int, int]]()
    spread(islands(200_000)[0], on_round=lambda done, total: rounds.append((done, total)))
    assert rounds[-1][0] == rounds[-1][1] == 15


def test_a_newcomer_takes_a_free_spot_near_to_where_it_belongs() -> None:
    flat, _ = islands(2000)
    standing = spread(flat)
    wanted = standing[:400].copy()  # right on others
    wanted[7] = np.nan
    places = own_spots(wanted, standing)
    assert np.isnan(places[7]).all()
    good = np.delete(np.arange(400), 7)
    every = np.concatenate([standing, places[good]])
    assert lit(every) >= 0.97 * len(every)
    moved = np.linalg.norm(places[good] - wanted[good], axis=1) / least_distance(2000)
    assert np.median(moved) < 1.5 and moved.max() < 6
    apart = np.linalg.norm(every - every[near(every, 1)[:, 0]], axis=1)[2000:]
    assert apart.min() > 0.3 * least_distance(len(every))
    np.testing.assert_array_equal(places, own_spots(wanted, standing))


def test_many_newcomers_with_one_sound_lie_beside_each_other() -> None:
    standing = spread(islands(1500)[0])
    places = own_spots(np.repeat(standing[:1], 200, axis=0), standing)
    assert len(np.unique(places, axis=0)) == 200 and lit(places) > 170
    assert places.min() >= 0 and places.max() <= 1


def test_the_first_newcomer_on_an_empty_map_stays_where_it_is_wanted() -> None:
    wanted = np.array([[0.3, 0.7]], np.float32)
    np.testing.assert_allclose(own_spots(wanted, np.empty((0, 2), np.float32)), wanted)
    np.testing.assert_allclose(own_spots(wanted, np.full((3, 2), np.nan, np.float32)), wanted)
    assert own_spots(wanted[:0], wanted).shape == (0, 2)
    outside = own_spots(np.array([[1.4, -0.2]], np.float32), wanted)
    assert outside.min() >= 0 and outside.max() <= 1
