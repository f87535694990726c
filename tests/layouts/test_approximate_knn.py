"""Nearest neighbours in parts: most of the true ones, whatever the vectors look like."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.layouts.approximate_knn import InvertedFile
from tui_browser.layouts.exact_knn import knn
from tui_browser.records import FloatArray


def sounds(n: int, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(12, 16))[rng.integers(0, 12, n)] + rng.normal(size=(n, 16)) * 0.4
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_most_true_neighbours_are_found() -> None:
    vectors = sounds(6000)
    rows, distances = InvertedFile(vectors).graph(k=10)
    true, _ = knn(vectors, vectors, k=10, skip=np.arange(6000))
    assert (rows != np.arange(6000)[:, np.newaxis]).all()
    assert np.mean([np.isin(a, b).mean() for a, b in zip(true, rows, strict=True)]) > 0.985
    np.testing.assert_allclose(distances, np.linalg.norm(vectors[rows] - vectors[:, np.newaxis], axis=2), atol=1e-5)
    assert (np.diff(distances, axis=1) >= 0).all()


@pytest.mark.parametrize("n", [1, 2, 7, 251, 1200])
@pytest.mark.parametrize("kind", ["different", "equal", "far"])
def test_few_equal_and_far_vectors_are_no_exception(n: int, kind: str) -> None:
    vectors = sounds(n)
    if kind == "equal":
        vectors[:] = vectors[0]
    elif kind == "far":
        vectors[0] = 1000
    rows, distances = InvertedFile(vectors).graph(k=15)
    assert rows.shape == (n, min(15, n - 1)) and np.isfinite(distances).all()
    assert all(len(set(row)) == len(row) and at not in row for at, row in enumerate(rows.tolist()))
