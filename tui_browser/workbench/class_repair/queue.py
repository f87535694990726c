"""The samples whose classes are worth asking about: together they stand for as much doubt as possible.

Each choice covers the doubt of the samples that sound like it (facility location, greedy: Nemhauser et al., 1978), so
that a cluster is asked about once and not ten times, and a copy never.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import HIDDEN, MISSING, UNCLASSED, FloatArray, SampleId, Snapshot

MOST = 40
"""Samples of one queue."""
_POOL = 1_000
"""The most doubtful samples, among which is chosen; their similarities take 4 MB."""
_LEAST_DOUBT = 0.3
"""Of samples that a person has picked: what is wrong there need not look doubtful to the model."""
_NEAR = 10
"""The distance to the so many nearest is how far a choice reaches."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A sample whose class is in doubt."""

    sample: SampleId
    path: bytes
    class_index: int
    class_p: float


def doubtful_samples(
    snapshot: Snapshot, *, most: int = MOST, among: Collection[int] | None = None, without: Collection[int] = ()
) -> list[Doubtful]:
    """At most `most` samples, the most useful to ask about first.

    `among` limits them, and then sure ones are asked about too. Corrected samples have the probability 1 and are not
    asked about again.
    """
    rows = _candidates(snapshot, among, without)
    if not len(rows) or most < 1:
        return []
    doubt = 1.0 - snapshot.class_p[rows]
    if among is not None:
        doubt = np.maximum(doubt, np.float32(_LEAST_DOUBT))
    if len(rows) > _POOL:
        keep = np.sort(np.argpartition(-doubt, _POOL)[:_POOL])
        rows, doubt = rows[keep], doubt[keep]
    assert snapshot.vectors is not None  # without them there are no candidates
    best = rows[covering(snapshot.vectors[rows], doubt, most=most)]
    return [
        Doubtful(
            SampleId(int(snapshot.ids[row])),
            snapshot.names[row],
            int(snapshot.classes[row]),
            float(snapshot.class_p[row]),
        )
        for row in best.tolist()
    ]


def _candidates(snapshot: Snapshot, among: Collection[int] | None, without: Collection[int]) -> NDArray[np.intp]:
    """Rows with a sound, a class and a doubt."""
    if snapshot.vectors is None or not snapshot.vectors.size:
        return np.zeros(0, dtype=np.intp)
    mask = (snapshot.classes != UNCLASSED) & (snapshot.class_p < 1.0) & (snapshot.flags & (HIDDEN | MISSING) == 0)
    mask &= np.isfinite(snapshot.vectors).all(axis=1)
    if among is not None:
        mask &= np.isin(snapshot.ids, np.fromiter(among, dtype=np.int64, count=len(among)))
    if without:
        mask &= ~np.isin(snapshot.ids, np.fromiter(without, dtype=np.int64, count=len(without)))
    return np.flatnonzero(mask)


def covering(vectors: FloatArray, doubt: FloatArray, *, most: int) -> list[int]:
    """Rows of N unit vectors (N, D) that cover the most of their doubt (N,), the best first."""
    near = similarity(vectors)
    covered = np.zeros(len(vectors), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(min(most, len(vectors))):
        gains = np.maximum(near - covered, 0.0) @ doubt
        gains[chosen] = 0.0
        best = int(gains.argmax())
        if gains[best] <= 1e-3 * doubt[best]:  # only copies of the chosen ones are left
            break
        chosen.append(best)
        covered = np.maximum(covered, near[best])
    return chosen


def similarity(vectors: FloatArray) -> FloatArray:
    """(N, N) from 0 to 1: 1 for the same sound, 0.6 at the distance of the tenth nearest."""
    far = np.maximum(2.0 - 2.0 * (vectors @ vectors.T), 0.0)
    nearest = np.partition(far, min(_NEAR, len(far) - 1), axis=1)[:, min(_NEAR, len(far) - 1)]
    reach = max(float(np.median(nearest)), 1e-6)
    result: FloatArray = np.exp(-far / (2.0 * reach)).astype(np.float32)
    return result
