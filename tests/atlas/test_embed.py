"""The neighbour-keeping map: the same for the same seed, finite for anything, kinds apart from each other."""

from __future__ import annotations

import numpy as np
import pytest

from tui_browser.atlas import embed as embed_module
from tui_browser.atlas.embed import edges, embed
from tui_browser.atlas.neighbours import knn
from tui_browser.records import FloatArray


def graph_of(vectors: FloatArray, k: int = 15) -> embed_module.Edges:
    return edges(*knn(vectors, vectors, k=k, skip=np.arange(len(vectors))))


def test_pulls_are_the_same_both_ways_and_the_nearest_pulls_most() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    pulls = graph_of(vectors)
    dense = np.zeros((200, 200), np.float32)
    dense[np.repeat(np.arange(200), np.diff(pulls.starts)), pulls.others] = pulls.weights
    np.testing.assert_allclose(dense, dense.T, atol=1e-6)
    assert (np.diag(dense) == 0).all() and dense.max() <= 1 and pulls.weights.min() > 0
    nearest, _ = knn(vectors, vectors, k=1, skip=np.arange(200))
    np.testing.assert_allclose(dense[np.arange(200), nearest[:, 0]], 1, atol=1e-6)


@pytest.mark.parametrize("start", ["one place", "components"])
def test_kinds_come_apart(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 4, 400)
    vectors = (rng.normal(size=(4, 10))[kind] + rng.normal(size=(400, 10)) * 0.2).astype(np.float32)
    begin = vectors[:, :2] if start == "components" else rng.normal(size=(400, 2)).astype(np.float32) * 1e-9
    told = list[int]()
    xy = embed(graph_of(vectors), begin, on_step=told.append)
    assert told[-1] == embed_module.STEPS and np.isfinite(xy).all()
    near, _ = knn(xy, xy, k=5, skip=np.arange(400))
    assert (kind[near] == kind[:, np.newaxis]).mean() > 0.98
    monkeypatch.setattr(embed_module, "_EDGES", 100)  # blocks of edges change nothing
    np.testing.assert_array_equal(xy, embed(graph_of(vectors), begin))


def test_pairs_and_a_chain_stay_finite() -> None:
    vectors = np.arange(60, dtype=np.float32)[:, np.newaxis].repeat(3, axis=1)
    assert np.isfinite(embed(graph_of(vectors, k=1), vectors[:, :2])).all()
    vectors[1::2] = vectors[::2] + 1e-6
    assert np.isfinite(embed(graph_of(vectors, k=3), np.zeros((60, 2), np.float32))).all()


def test_who_pushes_along_the_curve_stands_for_all_others() -> None:
    rng = np.random.default_rng(3)
    xy = (rng.normal(size=(2, 300)) * 3).astype(np.float32)
    apart = xy[:, :, np.newaxis] - xy[:, np.newaxis]
    kernel = 1 / (1 + (apart**2).sum(axis=0))
    kernel *= kernel / (1 + kernel)
    np.fill_diagonal(kernel, 0)
    true = (kernel * apart).sum(axis=2)
    draws = []
    for _ in range(400):
        force, held = np.zeros_like(xy), np.zeros(300, np.float32)
        order = embed_module._along_curve(xy, rng)
        assert sorted(order) == list(range(300))
        embed_module._push(xy, order, np.ones(300, np.float32), rng, force, held)
        draws.append(force)
    mean, one = np.mean(draws, axis=0), np.std(draws, axis=0)
    assert np.abs(mean - true).max() < 6 * one.max() / np.sqrt(len(draws))
    assert np.corrcoef(draws[0].ravel(), true.ravel())[0, 1] > 0.6  # one draw says much already
