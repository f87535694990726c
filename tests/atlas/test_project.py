"""Flat maps: right axes, no sample lost or at infinity, outliers kept from squeezing the rest, old places kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.atlas.project import drift, frame, normalise, pca, turn
from tui_browser.records import FloatArray


def sounds(n: int, seed: int = 0, width: int = 8) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(n, width)) * np.linspace(3, 1, width)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_pca_finds_the_axes_of_largest_spread() -> None:
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(500, 2)) * [5, 2]
    directions = np.linalg.qr(rng.normal(size=(10, 2)))[0]
    vectors = (hidden @ directions.T + 7 + rng.normal(size=(500, 10)) * 0.01).astype(np.float32)
    flat, basis = pca(vectors)
    for axis in range(2):
        assert abs(np.corrcoef(flat[:, axis], hidden[:, axis])[0, 1]) > 0.98
    assert np.abs(basis.axes).max(axis=1) == pytest.approx(basis.axes.max(axis=1))


def test_pca_of_shuffled_sounds_is_the_same_map() -> None:
    vectors = sounds(200)
    order = np.random.default_rng(0).permutation(200)
    np.testing.assert_allclose(pca(vectors[order])[0], pca(vectors)[0][order], atol=1e-4)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 50])
@pytest.mark.parametrize("kind", ["different", "equal", "pairs", "holes"])
@pytest.mark.parametrize("width", [1, 2, 8])
def test_a_map_of_anything_lies_in_the_unit_square(n: int, kind: str, width: int) -> None:
    vectors = sounds(n, width=width)
    if kind == "equal":
        vectors[:] = vectors[:1]
    elif kind == "pairs":
        vectors[1::2] = vectors[: n // 2 * 2 : 2]
    elif kind == "holes":
        vectors[::3] = np.nan
    places = normalise(pca(vectors)[0])
    assert places.shape == (n, 2) and places.dtype == np.float32
    known = np.isfinite(vectors).all(axis=1)
    assert np.isnan(places[~known]).all()
    assert ((places[known] >= 0) & (places[known] <= 1)).all()
    if kind == "equal" and n:
        np.testing.assert_allclose(places, 0.5, atol=1e-3)
    if kind == "pairs":
        np.testing.assert_allclose(places[1::2], places[: n // 2 * 2 : 2], atol=1e-4)
    if kind == "different" and n >= 2 and width > 1:
        assert np.ptp(places[:, 0]) > 0.9


@given(st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=60))
def test_normalise_keeps_the_order_on_each_axis(values: list[float]) -> None:
    column = np.array(values, np.float32)
    places = normalise(np.stack([column, np.zeros_like(column)], axis=1))
    assert np.isfinite(places).all() and places.min() >= 0 and places.max() <= 1
    assert (np.diff(places[np.argsort(column, kind="stable"), 0]) >= 0).all()


@pytest.mark.parametrize("n", [5, 20, 1000])
@pytest.mark.parametrize("far", [30.0, 1e4, -1e8])
def test_one_far_outlier_does_not_squeeze_the_rest(n: int, far: float) -> None:
    flat = np.random.default_rng(2).random((n, 2)).astype(np.float32)
    flat[3] = far
    places = normalise(flat)
    rest = np.delete(places, 3, axis=0)
    assert np.ptp(rest, axis=0).min() > 0.6
    assert (places[3] > rest.max(axis=0)).all() if far > 0 else (places[3] < rest.min(axis=0)).all()


def test_without_outliers_the_square_is_filled_and_nothing_bent() -> None:
    flat = np.random.default_rng(2).random((300, 2)).astype(np.float32) * [3, 40]
    places = normalise(flat)
    for axis in range(2):
        assert np.corrcoef(flat[:, axis], places[:, axis])[0, 1] > 1 - 1e-6
    assert places.min() == pytest.approx(0.02, abs=1e-3) and places.max() == pytest.approx(0.98, abs=1e-3)


def test_a_later_sample_is_framed_like_the_first_ones() -> None:
    flat = pca(sounds(100))[0]
    square = frame(flat)
    np.testing.assert_array_equal(square.apply(flat[:7]), normalise(flat)[:7])
    beyond = square.apply(np.array([[1e9, -1e9], [np.inf, 0]], np.float32))
    assert ((beyond[0] >= 0) & (beyond[0] <= 1)).all() and np.isnan(beyond[1]).all()


@given(st.integers(0, 1000), st.floats(-3.2, 3.2), st.booleans(), st.floats(0.2, 5))
def test_turn_undoes_turn_mirror_scale_and_move(seed: int, angle: float, mirror: bool, scale: float) -> None:
    rng = np.random.default_rng(seed)
    old = (0.3 + 0.4 * rng.random((30, 2))).astype(np.float32)
    old[:3] = np.nan
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    new = np.nan_to_num(old, nan=0.5) @ rotation * scale
    new = (new * [-1 if mirror else 1, 1] + [3, -2]).astype(np.float32)
    back = turn(new, old)
    np.testing.assert_allclose(back[3:], old[3:], atol=1e-3)
    moved = drift(old, back)
    assert moved.p95 < 1e-3


def test_turn_by_some_rows_moves_all() -> None:
    old = (0.3 + 0.4 * np.random.default_rng(0).random((20, 2))).astype(np.float32)
    new = old[:, ::-1].copy()
    rows = np.arange(20) < 10
    np.testing.assert_allclose(turn(new, old, rows=rows), old, atol=1e-4)


def test_a_map_that_has_nothing_in_common_keeps_its_size() -> None:
    rng = np.random.default_rng(0)
    new, old = rng.random((500, 2)).astype(np.float32), rng.random((500, 2)).astype(np.float32)
    aligned = turn(new, old)
    assert aligned.std() == pytest.approx(new.std(), rel=0.2)
    np.testing.assert_allclose(aligned.mean(axis=0), old.mean(axis=0), atol=1e-3)


@pytest.mark.parametrize("shared", [0, 1])
def test_with_too_little_in_common_nothing_is_turned(shared: int) -> None:
    new = np.random.default_rng(0).random((5, 2)).astype(np.float32)
    old = np.full((5, 2), np.nan, np.float32)
    old[:shared] = 0.9
    np.testing.assert_array_equal(turn(new, old), new)
    np.testing.assert_array_equal(turn(new, np.full((5, 2), 0.5, np.float32)), new)


def test_drift_is_a_share_of_the_diagonal() -> None:
    old = np.zeros((4, 2), np.float32)
    new = np.array([[1, 1], [0, 0], [np.nan, np.nan], [1, 1]], np.float32)
    moved = drift(old, new)
    assert moved.median == pytest.approx(1.0)
    assert drift(old, np.full((4, 2), np.nan, np.float32)).median == 0
