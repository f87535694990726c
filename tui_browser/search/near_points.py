"""What sounds like a named sample, or like any file, as points of a query: `near:"kick 01"`, `near:~/take.wav`."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, Snapshot
from tui_browser.search.conditions import NearTerm, Part, WordTerm
from tui_browser.search.folder_paths import read_folder
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
NO_FILE = "there is no such file"
NearestRows = tuple[NDArray[np.intp], FloatArray]
"""Rows, nearest first, and their distances."""
NearFile = Callable[[bytes, Snapshot, int], NearestRows | None]
"""The samples nearest to a file outside of the library; None where it was not heard."""


def file_of(term: NearTerm) -> bytes | None:
    """The absolute path that the term names; None where it names a sample in other words."""
    if term.name[:1] != b"/" and term.name[:2] != b"~/":
        return None
    path = read_folder(term.name.decode("utf-8", "surrogateescape"))
    return os.path.abspath(os.path.expanduser(path))


def near_points(
    term: NearTerm, snapshot: Snapshot, index: NameIndex, near_file: NearFile | None = None
) -> tuple[FloatArray, bytes | None]:
    """(N,) points that fall with the distance, and the path of what it is measured from; None where no name fits.

    NO_MATCH beyond the nearest ones. A file outside of the library is asked of `near_file`.
    """
    points = np.full(len(snapshot), NO_MATCH, dtype=np.float32)
    path = file_of(term)
    row = named_row(term.name if path is None else path, index)
    if snapshot.vectors is None:
        return points, None
    outside = path is not None and (row is None or snapshot.names[row] != path)
    near = near_file(path, snapshot, NEAREST) if near_file is not None and path is not None and outside else None
    anchor = path
    if near is None:
        if row is None:
            return points, None
        near, anchor = top_k(snapshot.vectors, snapshot.vectors[row], k=NEAREST), snapshot.names[row]
    rows, distances = near
    points[rows] = _POINTS * (1.0 - distances / 2.0)
    return points, anchor


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
