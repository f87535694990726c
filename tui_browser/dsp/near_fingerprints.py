"""Finds fingerprints that lie near each other, in time that grows little faster than their number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.fingerprint import STEP_DB, distances_db

_AXES = 12
"""Principal axes that the tree searches in: two fingerprints are no nearer than their projections."""
_SAMPLED = 20_000
"""The axes are those of so many fingerprints."""
MOST = 12
"""Neighbours that are looked at for one fingerprint."""


def near_pairs(table: NDArray[np.uint8], *, within_db: float, most: int = MOST) -> NDArray[np.intp]:
    """(P, 2) rows of pairs of fingerprints (N, SIZE) within a distance, nearest first, the lower row first.

    For each row at most the `most` nearest others are looked at.
    """
    from scipy.spatial import KDTree  # 200 ms; never in the UI process

    count = len(table)
    if count < 2:
        return np.empty((0, 2), dtype=np.intp)
    points = _projected(table)
    reach = within_db / STEP_DB * np.sqrt(table.shape[1])
    tree = KDTree(points, compact_nodes=False)
    _, rows = tree.query(points, k=min(count, most + 1), distance_upper_bound=reach * 1.0001, workers=1)
    own = np.repeat(np.arange(count), rows.shape[1])
    pairs = np.column_stack([own, rows.ravel()])
    pairs = pairs[(pairs[:, 1] < count) & (pairs[:, 0] != pairs[:, 1])]
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    apart_db = distances_db(table[pairs[:, 0]], table[pairs[:, 1]])
    near = apart_db <= within_db
    pairs, apart_db = pairs[near], apart_db[near]
    return pairs[np.argsort(apart_db, kind="stable")].astype(np.intp)


def _projected(table: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, A) the fingerprints on their principal axes."""
    step = max(1, len(table) // _SAMPLED)
    middle = table[::step].mean(axis=0, dtype=np.float64).astype(np.float32)
    sampled = table[::step].astype(np.float32) - middle
    _, axes = np.linalg.eigh(sampled.T @ sampled)
    top = axes[:, -min(_AXES, table.shape[1]) :].astype(np.float32)
    projected: NDArray[np.float32] = (table.astype(np.float32) - middle) @ top
    return projected
