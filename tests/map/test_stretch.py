"""A layout fills the pane, whatever its shape; an outlier squeezes nobody; the way back is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.map.stretch import Stretch, stretch_of
from tui_browser.map.viewport import Viewport

RNG = np.random.default_rng(5)
SHAPES = {
    "a third of the square": RNG.normal(0.5, 0.05, (2017, 2)),
    "a thin diagonal": np.repeat(RNG.random((400, 1)) * 0.6 + 0.2, 2, axis=1) + RNG.normal(0, 0.01, (400, 2)),
    "two far heaps": np.concatenate([RNG.normal(0.2, 0.02, (500, 2)), RNG.normal(0.6, 0.02, (480, 2))]),
    "one outlier": np.concatenate([RNG.normal(0.3, 0.04, (300, 2)), [[0.99, 0.98]]]),
    "wide and flat": RNG.random((1000, 2)) * [0.9, 0.1] + [0.05, 0.5],
    "few": RNG.random((80, 2)) * 0.2 + 0.4,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pane", [(50, 18), (106, 41), (150, 44), (30, 60)])
def test_of_any_shape_95_percent_span_90_percent_of_any_pane(shape: str, pane: tuple[int, int]) -> None:
    xy = np.clip(SHAPES[shape], 0, 1).astype(np.float32)
    view = Viewport(*pane).fit()
    dots = view.to_dots(stretch_of(xy).draw(xy))
    low, high = np.percentile(dots, (2.5, 97.5), axis=0)
    assert ((high - low) / view.dots >= 0.9).all()
    assert ((dots >= 0) & (dots < view.dots)).all(), "nobody is off the screen"


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=2, max_size=40), st.data())
def test_order_is_kept_on_each_axis_and_every_place_is_found_again(
    places: list[tuple[float, float]], data: st.DataObject
) -> None:
    xy = np.array(places, dtype=np.float32)
    stretch = stretch_of(xy)
    drawn = stretch.apply(xy)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    for axis in (0, 1):
        assert (np.diff(drawn[np.argsort(xy[:, axis], kind="stable"), axis]) >= 0).all()
    at = data.draw(st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)))
    np.testing.assert_allclose(stretch.apply(stretch.invert(at)), at, atol=1e-9)
    np.testing.assert_allclose(stretch.draw(xy), drawn, atol=1e-6)


def test_a_grid_and_a_full_map_are_drawn_as_they_are() -> None:
    side = (np.arange(40) + 0.5) / 40
    grid = np.column_stack([np.tile(side, 40), np.repeat(side, 40)]).astype(np.float32)
    assert stretch_of(grid).plain and stretch_of(grid).draw(grid) is grid


def test_axes_keep_their_scales() -> None:
    xy = RNG.normal(0.2, 0.02, (500, 2)).astype(np.float32)
    drawn = stretch_of(xy, axes=True).apply(xy)
    slope = np.ptp(drawn, axis=0) / np.ptp(xy, axis=0)
    np.testing.assert_allclose(slope, [0.9, 0.94], rtol=1e-6)


def test_no_dot_moves_while_the_pane_stays_full() -> None:
    xy = RNG.normal(0.5, 0.05, (2000, 2)).astype(np.float32)
    first = stretch_of(xy)
    more = np.concatenate([xy, RNG.normal(0.5, 0.053, (300, 2)).astype(np.float32)])
    assert stretch_of(more, previous=first) is first
    wider = np.concatenate([xy, RNG.normal(0.5, 0.2, (3000, 2)).astype(np.float32)])
    assert stretch_of(wider, previous=first) != first


@pytest.mark.parametrize("count", [0, 1, 5])
def test_no_place_or_one_is_no_shape(count: int) -> None:
    xy = np.full((count, 2), 0.25, dtype=np.float32)
    drawn = stretch_of(xy).apply(xy)
    assert ((drawn > 0) & (drawn < 1)).all() and len(np.unique(drawn, axis=0)) <= 1
    nowhere = np.full((3, 2), np.nan, dtype=np.float32)
    assert np.isnan(stretch_of(nowhere).draw(nowhere)).all() and Stretch().holds(nowhere)
