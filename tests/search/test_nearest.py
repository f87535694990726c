"""The nearest vectors are found exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.records import FloatArray
from tui_browser.search.nearest import top_k


def unit(count: int, width: int, seed: int) -> FloatArray:
    values = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    unit_length: FloatArray = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit_length


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 80), width=st.integers(2, 70), k=st.integers(0, 90), seed=st.integers(0, 999),
    copies=st.integers(1, 6), lost=st.integers(0, 5),
)  # fmt: skip
def test_c5_the_nearest_are_those_of_plain_arithmetic(
    count: int, width: int, k: int, seed: int, copies: int, lost: int
) -> None:
    vectors = np.tile(unit(count, width, seed), (copies, 1))
    vectors[np.random.default_rng(seed).integers(0, len(vectors), lost)] = np.nan
    queries = unit(3, width, seed + 1)
    for query in queries:
        squares = ((vectors.astype(np.float64) - query.astype(np.float64)) ** 2).sum(axis=1)
        finite = np.flatnonzero(np.isfinite(squares))
        rows, distances = top_k(vectors, query, k=k)
        assert len(rows) == min(k, len(finite)) and set(rows) <= set(finite)
        np.testing.assert_allclose(distances, np.sqrt(np.sort(squares[finite])[:k]), atol=1e-6)


def test_the_same_sound_is_at_zero_and_its_copies_stand_in_row_order() -> None:
    vectors = unit(5_000, 64, 3)
    copies = [17, 400, 401, 2_000, 4_999]
    vectors[copies] = vectors[17]
    rows, distances = top_k(vectors, vectors[17], k=6)
    assert rows[:5].tolist() == copies and distances[:5].tolist() == [0.0] * 5 and distances[5] > 0


def test_more_copies_than_asked_for_come_in_row_order() -> None:
    vectors = unit(3_000, 33, 4)
    vectors[500:2_500] = vectors[0]
    rows, distances = top_k(vectors, vectors[0], k=4)
    assert rows.tolist() == [0, 500, 501, 502] and not distances.any()


def test_nothing_is_near_nothing() -> None:
    empty = np.empty((0, 64), dtype=np.float32)
    assert len(top_k(empty, unit(1, 64, 0)[0], k=3)[0]) == 0
    vectors = unit(4, 8, 0)
    assert len(top_k(vectors, np.full(8, np.nan, dtype=np.float32), k=3)[0]) == 0
    assert len(top_k(vectors, vectors[0], k=0)[0]) == 0
    assert len(top_k(np.empty((4, 0), dtype=np.float32), vectors[0], k=2)[0]) == 0
    assert len(top_k(np.full((4, 8), np.nan, dtype=np.float32), vectors[0], k=2)[0]) == 0
