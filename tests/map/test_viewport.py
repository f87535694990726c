"""Pan, zoom and fit: what is under the cursor stays there, the map is never lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.map.viewport import NEAREST, WHOLE, Viewport

UNIT = st.floats(0, 1, width=32)
SIZES = st.tuples(st.integers(1, 300), st.integers(1, 100))


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    viewport = Viewport(*draw(SIZES))
    for _ in range(draw(st.integers(0, 4))):
        viewport = viewport.zoom(draw(st.floats(0.2, 30)), about=(draw(UNIT), draw(UNIT)))
        viewport = viewport.pan(draw(st.integers(-50, 50)), draw(st.integers(-50, 50)))
    return viewport


@given(viewports(), UNIT, UNIT)
def test_a_place_survives_the_way_to_the_screen_and_back(viewport: Viewport, x: float, y: float) -> None:
    back = viewport.to_world(viewport.to_dots((x, y)))
    assert np.abs(back - (x, y)).max() < 1e-9


@given(viewports(), st.floats(0.05, 40), UNIT, UNIT)
def test_zoom_keeps_the_place_under_the_cursor_within_one_dot(
    viewport: Viewport, factor: float, x: float, y: float
) -> None:
    about = viewport.to_world((x * viewport.dots[0], y * viewport.dots[1]))
    zoomed = viewport.zoom(factor, about=(float(about[0]), float(about[1])))
    if not zoomed.whole:
        assert np.abs(zoomed.to_dots(about) - viewport.to_dots(about)).max() < 1
    assert NEAREST <= zoomed.span[0] <= WHOLE


@given(viewports())
def test_zooming_out_ends_at_the_whole_map(viewport: Viewport) -> None:
    for _ in range(20):
        viewport = viewport.zoom(0.5, about=(0.0, 1.0))
    assert viewport == Viewport(viewport.columns, viewport.rows).fit()


def test_zoom_has_a_limit_and_ignores_nonsense() -> None:
    viewport = Viewport(80, 20)
    assert viewport.zoom(1e12).span == (NEAREST, NEAREST)
    assert viewport.zoom(math.nan) == viewport.zoom(0) == viewport.zoom(-2) == viewport
    assert viewport.zoom(2, about=(math.nan, 0.5)) == viewport.zoom(2)


@given(SIZES, st.lists(st.tuples(UNIT, UNIT), max_size=20))
def test_fit_shows_every_sample(size: tuple[int, int], places: list[tuple[float, float]]) -> None:
    for viewport in (Viewport(*size), Viewport(*size).fit(places)):
        assert all(viewport.dot_at(place) is not None for place in places)


def test_fit_leaves_samples_without_a_place_out() -> None:
    nan = math.nan
    assert Viewport(80, 20).fit([(nan, nan)]).whole
    close = Viewport(80, 20).fit([(0.4, 0.4), (nan, 0.9), (0.5, 0.45)])
    assert close.span[0] < 0.2


@given(viewports(), st.integers(-500, 500), st.integers(-500, 500))
def test_panning_never_leaves_the_map_further(viewport: Viewport, columns: int, rows: int) -> None:
    moved = viewport.pan(columns, rows)
    assert moved.span == viewport.span
    for axis in range(2):
        before = abs(viewport.centre[axis] - 0.5)
        allowed = max(before, (WHOLE - viewport.span[axis]) / 2) + 1e-12
        assert abs(moved.centre[axis] - 0.5) <= allowed


def test_panning_moves_by_whole_cells_until_the_edge() -> None:
    viewport = Viewport(80, 20).zoom(8, about=(0.5, 0.5))
    dots = viewport.to_dots((0.5, 0.5))
    assert viewport.pan(3, -2).to_dots((0.5, 0.5)) == pytest.approx(dots - (6, -8))
    left = viewport.pan(-10_000, 0)
    assert left.to_dots((0.0, 0.5))[0] > 0 and left.pan(-1, 0) == left


@given(viewports(), UNIT, UNIT, st.integers(0, 30))
def test_keep_in_view_brings_a_place_onto_the_screen(viewport: Viewport, x: float, y: float, margin: int) -> None:
    kept = viewport.keep_in_view((x, y), margin=margin)
    assert kept.dot_at((x, y)) is not None
    assert kept.keep_in_view((x, y), margin=margin).dot_at((x, y)) is not None


def test_keep_in_view_moves_only_when_it_must_and_only_as_far() -> None:
    viewport = Viewport(80, 20).zoom(8, about=(0.5, 0.5))
    assert viewport.keep_in_view((0.5, 0.5)) is viewport
    assert viewport.keep_in_view((math.nan, 0.5)) is viewport
    edge = viewport.to_world((79.5 * 2, 10 * 4))
    moved = viewport.keep_in_view((float(edge[0]), float(edge[1])), margin=3)
    assert moved.cell_at((float(edge[0]), float(edge[1]))) == (76, 10)
    assert moved.centre[1] == viewport.centre[1]
    centred = viewport.keep_in_view((0.3, 0.6), margin=80).cell_at((0.3, 0.6))
    assert centred is not None and abs(centred[0] - 40) <= 1 and abs(centred[1] - 10) <= 1


@given(viewports(), SIZES)
def test_resize_shows_the_same_part(viewport: Viewport, size: tuple[int, int]) -> None:
    other = viewport.resize(*size)
    assert (other.centre, other.span) == (viewport.centre, viewport.span)
    assert other.resize(viewport.columns, viewport.rows) == viewport


def test_a_place_off_the_screen_has_no_dot() -> None:
    viewport = Viewport(80, 20).zoom(10, about=(0.5, 0.5))
    assert viewport.dot_at((0.0, 0.0)) is None
    assert viewport.cell_at((math.nan, 0.5)) is None
    assert viewport.cell_at(viewport.cell_centre(7, 13)) == (7, 13)


def test_an_area_is_never_empty() -> None:
    viewport = Viewport(0, -3)
    assert viewport.dots == (2, 4)
    assert viewport.resize(0, 0).dot_at((0.5, 0.5)) is not None


def test_y_grows_upwards_and_dots_are_square() -> None:
    viewport = Viewport(100, 25)
    top, bottom = viewport.to_dots([(0.5, 0.9), (0.5, 0.1)])
    assert top[1] < bottom[1]
    assert viewport.aspect == pytest.approx(2.0)
    assert viewport.zoom(5, about=(0.2, 0.3)).aspect == pytest.approx(2.0)
