"""What sounds like a named sample, as points of a query: `near:"kick 01"`."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray, Snapshot
from tui_browser.search.conditions import NearTerm, Part, WordTerm
from tui_browser.search.name_index import ENDINGS, NameIndex, fold
from tui_browser.search.nearest import top_k
from tui_browser.search.substring import occurrences
from tui_browser.search.word_points import NO_MATCH

NEAREST = 100
"""Samples that `near:` finds: the named one and those that sound most like it."""
_EXAMPLES = 8
"""Samples that `like:` compares with: the best ones."""
_POINTS = 100.0
"""Points of the named sample itself; 0 at the distance of unlike sounds, that of opposite vectors."""


def near_points(term: NearTerm, snapshot: Snapshot, index: NameIndex) -> FloatArray:
    """(N,) points that fall with the distance; NO_MATCH beyond the nearest ones, and where no name fits."""
    points = np.full(len(snapshot), NO_MATCH, dtype=np.float32)
    row = named_row(term.name, index)
    if row is None or snapshot.vectors is None:
        return points
    rows, distances = top_k(snapshot.vectors, snapshot.vectors[row], k=NEAREST)
    points[rows] = _POINTS * (1.0 - distances / 2.0)
    return points


def like_points(points: FloatArray, snapshot: Snapshot) -> FloatArray:
    """(N,) points that fall with the distance to the nearest of the best samples of other points."""
    found = np.full(len(snapshot), NO_MATCH, dtype=np.float32)
    if snapshot.vectors is None:
        return found
    rows = np.flatnonzero((points > NO_MATCH) & np.isfinite(snapshot.vectors[:, 0]))
    best = rows[np.argsort(-points[rows], kind="stable")[:_EXAMPLES]]
    for row in best.tolist():
        near, distances = top_k(snapshot.vectors, snapshot.vectors[row], k=NEAREST)
        found[near] = np.maximum(found[near], _POINTS * (1.0 - distances / 2.0))
    kept = np.argsort(-found, kind="stable")[:NEAREST]
    points_of_nearest = np.full(len(snapshot), NO_MATCH, dtype=np.float32)
    points_of_nearest[kept] = found[kept]
    return points_of_nearest


def named_row(name: bytes, index: NameIndex) -> int | None:
    """The row whose file is called so, or lies there, with or without extension.

    Else that with the shortest name that holds these letters.
    """
    folded = fold(name)
    stem = next((folded[: -len(end)] for end in ENDINGS[1:] if folded.endswith(end)), folded) or folded
    part: Part = "path" if b"/" in stem else "name"
    rows = np.unique(occurrences(index, stem, WordTerm(stem, part, exact=True)))
    if not len(rows):
        return None
    lengths = index.length[rows].astype(np.int64) - index.name_at[rows]
    return int(rows[int(lengths.argmin())])
