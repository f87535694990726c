"""The `near` layout: a neighbour embedding in numpy, without a compiler or slow imports.

In each step every sample is attracted by its neighbours and repelled by some random others; step sizes are scaled by
the diagonal of the Hessian. The graph and its weights are UMAP's (McInnes, Healy, Melville: UMAP, 2018); the forces are
those of noise-contrastive estimation with a Cauchy kernel (Damrich, Boehm, Hamprecht, Kobak: From t-SNE to UMAP with
contrastive learning, 2023), with more repulsion than in UMAP, so that near samples are better separated.

Repelling samples are drawn along a Z-order curve, one from each of a geometric series of distance ranges and weighted
by the length of its range. Repulsion is strong only at short range, so this is nearly as good as using all samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

STEPS = 300
_REPULSION = 300.0
"""Total repulsion relative to the attraction by the neighbours."""
_OTHERS = 10
"""Repelling samples drawn for each sample and step; the repulsion acts both ways."""
_FIRST, _LAST = 1.0, 0.02
"""Step length at the start and at the end, relative to a Newton step."""
_MOMENTUM = 0.8
_SPREAD = 8.0
"""Initial standard deviation, in units of the kernel's width."""
_EDGES = 1 << 18
"""Edges processed at a time, so that scratch arrays fit the CPU cache."""
_HALVINGS = 32
_SIDE = 1 << 16
"""Cells on a side of the Z-order curve's grid."""
_MANY, _RENEWED = 100_000, 4
"""With more samples than this, the curve is recomputed only every few steps."""


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """A symmetric weighted graph in CSR form; every sample has at least one neighbour."""

    starts: NDArray[np.int64]
    """(N + 1,) offsets of the edges of each sample."""
    others: NDArray[np.int32]
    """(E,) target of each edge."""
    weights: FloatArray
    """(E,) weight of each edge, above 0 and at most 1."""


def neighbour_graph(rows: NDArray[np.int64], distances: FloatArray) -> NeighbourGraph:
    """UMAP's fuzzy graph of nearest neighbours, given rows and distances (N, k), nearest first, without itself.

    The nearest neighbour has the weight 1, and the weights of a sample sum to log2(k + 1). Both directions are combined
    by the probabilistic union.
    """
    count, k = rows.shape
    beyond = (distances - distances[:, :1]).astype(np.float64)
    least = 1e-3 * max(float(distances.mean()), 1e-12)
    low, high = np.zeros(count), np.full(count, np.inf)
    width = np.full(count, max(float(beyond.mean()), least))
    for _ in range(_HALVINGS):
        much = np.exp(-beyond / width[:, np.newaxis]).sum(axis=1) > np.log2(k + 1)
        low, high = np.where(much, low, width), np.where(much, width, high)
        width = np.maximum(np.where(np.isinf(high), 2 * width, (low + np.minimum(high, 1e30)) / 2), least)
    pull = np.exp(-beyond / width[:, np.newaxis]).ravel()
    own, others = np.repeat(np.arange(count), k), rows.ravel()
    keys = np.concatenate([own * count + others, others * count + own])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    missed = np.multiply.reduceat(1 - np.concatenate([pull, pull])[order], begins)
    heads, tails = np.divmod(keys[begins], count)
    kept = missed < 1 - 1e-4  # drop negligible edges
    starts = np.concatenate([[0], np.cumsum(np.bincount(heads[kept], minlength=count))])
    return NeighbourGraph(starts, tails[kept].astype(np.int32), (1 - missed[kept]).astype(np.float32))


def embed(
    pulls: NeighbourGraph,
    start: FloatArray,
    *,
    seed: int = 1,
    steps: int = STEPS,
    on_step: Callable[[int], None] | None = None,
) -> FloatArray:
    """Coordinates (N, 2), not normalised, of samples that start at `start` (N, 2); deterministic for a given seed.

    `on_step` receives the number of finished steps.
    """
    count = len(start)
    rng = np.random.default_rng(seed)
    middle = start.mean(axis=0)
    xy = np.ascontiguousarray(((start - middle) * (_SPREAD / max(float(start.std()), 1e-12))).T, dtype=np.float32)
    moving = np.zeros_like(xy)
    heads = np.repeat(np.arange(count, dtype=np.int32), np.diff(pulls.starts))
    share = (np.add.reduceat(pulls.weights, pulls.starts[:-1]) * (_REPULSION / count)).astype(np.float32)
    force, held = np.empty_like(xy), np.empty(count, dtype=np.float32)
    for step in range(steps):
        if step % (_RENEWED if count > _MANY else 1) == 0:
            order = _along_curve(xy, rng)
        _pull(pulls, heads, xy, force, held)
        _push(xy, order, share, rng, force, held)
        moving *= np.float32(_MOMENTUM)
        moving += force * (np.float32(_FIRST + (_LAST - _FIRST) * step / steps) / (held + np.float32(1e-6)))
        xy += moving
        if on_step is not None:
            on_step(step + 1)
    return np.ascontiguousarray(xy.T)


def _pull(pulls: NeighbourGraph, heads: NDArray[np.int32], xy: FloatArray, force: FloatArray, held: FloatArray) -> None:
    """Set `force` (2, N) to the attraction by neighbours and `held` (N,) to its stiffness."""
    starts = pulls.starts
    first = 0
    while first < len(starts) - 1:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _EDGES, side="right")) - 1)
        part = slice(int(starts[first]), int(starts[last]))
        x, y = (axis.take(pulls.others[part]) - axis.take(heads[part]) for axis in xy)
        near = _near(x, y)
        near *= pulls.weights[part] / (1 + near)
        begins = starts[first:last] - starts[first]
        np.add.reduceat(near * x, begins, out=force[0, first:last])
        np.add.reduceat(near * y, begins, out=force[1, first:last])
        np.add.reduceat(near, begins, out=held[first:last])
        first = last


def _push(
    xy: FloatArray,
    order: NDArray[np.int64],
    share: FloatArray,
    rng: np.random.Generator,
    force: FloatArray,
    held: FloatArray,
) -> None:
    """Add the repulsion: each sample and the one a random number of places further in `order` repel each other."""
    count = xy.shape[1]
    x, y = (axis.take(order) for axis in xy)
    pushed, stiff = np.zeros_like(xy), np.zeros(count, dtype=np.float32)
    stretches = np.unique(np.rint(np.geomspace(1, count, _OTHERS + 1)).astype(np.int64))
    for first, last in zip(stretches[:-1].tolist(), stretches[1:].tolist(), strict=True):
        apart = int(rng.integers(first, last))
        mine, theirs = slice(0, count - apart), slice(apart, count)
        to_x, to_y = x[mine] - x[theirs], y[mine] - y[theirs]
        near = _near(to_x, to_y)
        near *= near / (1 + near)
        near *= np.float32(last - first)  # represents all samples of its range
        to_x *= near
        to_y *= near
        pushed[0, mine] += to_x
        pushed[1, mine] += to_y
        pushed[0, theirs] -= to_x
        pushed[1, theirs] -= to_y
        stiff[mine] += near
        stiff[theirs] += near
    share = share.take(order)
    pushed *= share
    force[:, order] += pushed
    held[order] += stiff * share


def _along_curve(xy: FloatArray, rng: np.random.Generator) -> NDArray[np.int64]:
    """(N,) samples in Z-order on a randomly shifted grid, so that no border of the curve stays in place."""
    low = xy.min(axis=1, keepdims=True)
    size = 1.5 * max(float((xy - low).max()), 1e-12)
    cells = ((xy - low + rng.random((2, 1), dtype=np.float32) * (size / 3)) * ((_SIDE - 1) / size)).astype(np.uint32)
    for shift, kept in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cells = (cells | (cells << np.uint32(shift))) & np.uint32(kept)
    return np.argsort(cells[0] | (cells[1] << np.uint32(1)), kind="stable")


def _near(x: FloatArray, y: FloatArray) -> FloatArray:
    """The Cauchy kernel 1 / (1 + x^2 + y^2)."""
    near = x * x
    near += y * y
    near += 1
    np.reciprocal(near, out=near)
    return near
