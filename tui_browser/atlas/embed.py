"""A flat map on which neighbours stay together, worked out by numpy alone: no compiler, nothing slow to import.

Each sample is drawn to its neighbours and pushed from some of the others, all samples at once, in steps measured by
how stiffly each is held. The graph and its weights are UMAP's (McInnes, Healy, Melville: UMAP, 2018); the forces are
those of noise-contrastive estimation with a Cauchy kernel (Damrich, Boehm, Hamprecht, Kobak: From t-SNE to UMAP with
contrastive learning, 2023), with more repulsion than UMAP has: near samples are told apart better.

Who pushes is drawn from along a Z-order curve: a few from close by and a few from each stretch further away, those of
longer stretches with more weight. The push is strong only over short ways, so this says nearly as much as asking all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

STEPS = 300
_REPULSION = 300.0
"""How much all the others push, beside what a sample's neighbours pull."""
_OTHERS = 10
"""Samples drawn for each one and each step (twice as many push: it pushes them as well)."""
_FIRST, _LAST = 1.0, 0.02
"""Length of a step at the start and at the end, as a share of the way to where the forces would be level."""
_MOMENTUM = 0.8
_SPREAD = 8.0
"""Standard deviation of the map at the start, in units of the kernel's width."""
_EDGES = 1 << 18
"""Pairs of neighbours worked on at a time: their scratch arrays fit the cache."""
_HALVINGS = 32
_SIDE = 1 << 16
"""Cells on a side of the square that the Z-order curve runs through."""
_MANY, _RENEWED = 100_000, 4
"""Of more samples than this the curve is laid anew every few steps only."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Who pulls whom how much, the same both ways; every sample has at least one neighbour."""

    starts: NDArray[np.int64]
    """(N + 1,) where the neighbours of each sample begin."""
    others: NDArray[np.int32]
    """(E,) a neighbour."""
    weights: FloatArray
    """(E,) above 0, at most 1."""


def edges(rows: NDArray[np.int64], distances: FloatArray) -> Edges:
    """The pulls of a graph of nearest neighbours: rows and distances (N, k), nearest first, oneself not among them.

    The nearest pulls with 1 and the others less, so that the pulls of each sample add up to log2(k + 1); of the two
    ways between two samples the probabilistic union counts.
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
    kept = missed < 1 - 1e-4  # weaker ones pull nobody
    starts = np.concatenate([[0], np.cumsum(np.bincount(heads[kept], minlength=count))])
    return Edges(starts, tails[kept].astype(np.int32), (1 - missed[kept]).astype(np.float32))


def embed(
    pulls: Edges, start: FloatArray, *, seed: int = 1, steps: int = STEPS, on_step: Callable[[int], None] | None = None
) -> FloatArray:
    """Coordinates (N, 2) of samples that begin at `start` (N, 2), in no particular frame; the same for the same seed.

    `on_step` hears how many steps are done.
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


def _pull(pulls: Edges, heads: NDArray[np.int32], xy: FloatArray, force: FloatArray, held: FloatArray) -> None:
    """Set `force` (2, N) and `held` (N,) to what the neighbours do."""
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
    """Add what some of the others do: each sample and the one some places on in `order` push each other."""
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
        near *= np.float32(last - first)  # it stands for all of its stretch
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
    """The samples (N,) in Z-order through a square that lies elsewhere each time: no two are apart for good."""
    low = xy.min(axis=1, keepdims=True)
    size = 1.5 * max(float((xy - low).max()), 1e-12)
    cells = ((xy - low + rng.random((2, 1), dtype=np.float32) * (size / 3)) * ((_SIDE - 1) / size)).astype(np.uint32)
    for shift, kept in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cells = (cells | (cells << np.uint32(shift))) & np.uint32(kept)
    return np.argsort(cells[0] | (cells[1] << np.uint32(1)), kind="stable")


def _near(x: FloatArray, y: FloatArray) -> FloatArray:
    """The kernel of two differences: 1 where both are 0."""
    near = x * x
    near += y * y
    near += 1
    np.reciprocal(near, out=near)
    return near
