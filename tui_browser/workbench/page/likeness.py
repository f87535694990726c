"""Which sounds of a page are alike, and how much each is like a kick, a snare and both hats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import CONFIDENT_P, FloatArray

TRACKS = ("kick", "snare", "hat_closed", "hat_open")
"""Classes of the tracks of the beat."""
FARTHEST = 255
_BLOCK = 512
_DECIMALS = 5


def neighbours(vectors: FloatArray, *, k: int) -> list[list[int]]:
    """Rows of the `k` nearest others of each of (N, D) unit vectors, nearest first; empty for a row of NaN."""
    count = len(vectors)
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1)) if vectors.shape[1] else np.zeros(0, dtype=np.intp)
    nearest: list[list[int]] = [[] for _ in range(count)]
    part = np.ascontiguousarray(vectors[known], dtype=np.float32)
    k = min(k, len(known) - 1)
    for start in range(0, len(known) if k > 0 else 0, _BLOCK):
        similarity = np.round(part[start : start + _BLOCK] @ part.T, _DECIMALS)  # ties in the order of rows
        own = np.arange(len(similarity))
        similarity[own, start + own] = -np.inf
        some = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        some.sort(axis=1)
        order = np.argsort(-np.take_along_axis(similarity, some, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(some, order, axis=1)
        for row, others in zip(known[start : start + _BLOCK].tolist(), known[best].tolist(), strict=True):
            nearest[row] = others
    return nearest


def drum_likeness(
    vectors: FloatArray, groups: Sequence[int], class_p: Sequence[float], class_names: Sequence[str]
) -> list[list[int]]:
    """For each of TRACKS, 0 (just like it) to FARTHEST for each sound; empty where no sound is of that class.

    The measure is the distance to the mean of the confident sounds of the class.
    """
    group, p = np.asarray(groups), np.asarray(class_p)
    result: list[list[int]] = []
    for track in TRACKS:
        members = np.flatnonzero(group == class_names.index(track)) if track in class_names else group[:0]
        confident = members[p[members] >= CONFIDENT_P] if len(members) else members
        result.append(_distances(vectors, confident if len(confident) else members))
    return result


def _distances(vectors: FloatArray, members: NDArray[np.intp]) -> list[int]:
    if not len(members) or not vectors.shape[1]:
        return []
    centre = np.nanmean(vectors[members].astype(np.float64), axis=0)
    far = np.linalg.norm(vectors.astype(np.float64) - centre, axis=1)
    if not np.isfinite(far).any():
        return []
    far = np.where(np.isfinite(far), far, np.nanmax(far))
    span = max(float(far.max() - far.min()), 1e-9)
    return [int(step) for step in np.round((far - far.min()) / span * FARTHEST)]
