"""Columns of a snapshot, and merging a few changed rows into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Names


@dataclass(frozen=True, slots=True)
class SnapshotColumns:
    """All columns except the vectors, in the same row order."""

    ids: NDArray[np.int64]
    """(N,) ascending."""
    xy: FloatArray
    classes: NDArray[np.uint8]
    class_p: FloatArray
    flags: NDArray[np.uint8]
    features: FloatArray
    names: Names


def empty_columns() -> SnapshotColumns:
    """Columns of an empty library."""
    return SnapshotColumns(
        ids=np.empty(0, dtype=np.int64),
        xy=np.empty((0, 2), dtype=np.float32),
        classes=np.empty(0, dtype=np.uint8),
        class_p=np.empty(0, dtype=np.float32),
        flags=np.empty(0, dtype=np.uint8),
        features=np.empty((0, len(FEATURES)), dtype=np.float32),
        names=Names(b"", np.zeros(1, dtype=np.int64)),
    )


def names_of(paths: list[bytes]) -> Names:
    """The paths packed into one blob."""
    offsets = np.zeros(len(paths) + 1, dtype=np.int64)
    np.cumsum([len(path) for path in paths], out=offsets[1:])
    return Names(b"".join(paths), offsets)


def merge(old: SnapshotColumns, *, removed: NDArray[np.int64], changed: SnapshotColumns) -> SnapshotColumns:
    """`old` without the removed ids and with the changed and new rows, ordered by id."""
    if len(removed) == 0 and len(changed.ids) == 0:
        return old
    if len(old.ids) == 0:
        return changed
    if len(removed) == 0 and len(changed.names) <= 10_000:
        rows = np.searchsorted(old.ids, changed.ids)
        inside = rows < len(old.ids)
        if inside.all() and (old.ids[rows] == changed.ids).all():
            return _overwritten(old, rows, changed)
    take = _taken(old.ids, np.concatenate([removed, changed.ids]), changed.ids)
    return SnapshotColumns(
        ids=np.concatenate([old.ids, changed.ids])[take],
        xy=np.concatenate([old.xy, changed.xy])[take],
        classes=np.concatenate([old.classes, changed.classes])[take],
        class_p=np.concatenate([old.class_p, changed.class_p])[take],
        flags=np.concatenate([old.flags, changed.flags])[take],
        features=np.concatenate([old.features, changed.features])[take],
        names=_gathered(old.names, changed.names, take),
    )


def _overwritten(old: SnapshotColumns, rows: NDArray[np.intp], changed: SnapshotColumns) -> SnapshotColumns:
    """The same ids with new values in some rows; columns without a change are shared, not copied."""
    same_names = all(old.names[row] == changed.names[i] for i, row in enumerate(rows.tolist()))
    take = np.arange(len(old.ids))
    take[rows] = len(old.ids) + np.arange(len(rows))
    return SnapshotColumns(
        ids=old.ids,
        xy=_with(old.xy, rows, changed.xy),
        classes=_with(old.classes, rows, changed.classes),
        class_p=_with(old.class_p, rows, changed.class_p),
        flags=_with(old.flags, rows, changed.flags),
        features=_with(old.features, rows, changed.features),
        names=old.names if same_names else _gathered(old.names, changed.names, take),
    )


def _with(column: NDArray[Any], rows: NDArray[np.intp], values: NDArray[Any]) -> NDArray[Any]:
    if np.array_equal(column[rows], values, equal_nan=column.dtype.kind == "f"):
        return column
    copy = column.copy()
    copy[rows] = values
    return copy


def _taken(old: NDArray[np.int64], out: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.intp]:
    """Rows into (old + new), ordered by id, without the old rows in `out`."""
    kept = np.flatnonzero(~contains(out, old))
    order = np.argsort(np.concatenate([old[kept], new]), kind="stable")
    return np.concatenate([kept, len(old) + np.arange(len(new))])[order]


def contains(some: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) whether each of the ascending `ids` is in `some`."""
    mask = np.zeros(len(ids), dtype=np.bool_)
    rows = np.searchsorted(ids, some)
    rows, some = rows[rows < len(ids)], some[rows < len(ids)]
    mask[rows[ids[rows] == some]] = True
    return mask


def _gathered(old: Names, new: Names, take: NDArray[np.intp]) -> Names:
    """The names (old + new)[take], copied in runs because most rows stay together."""
    lengths = np.concatenate([np.diff(old.offsets), np.diff(new.offsets)])[take]
    offsets = np.zeros(len(take) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    breaks = np.flatnonzero((np.diff(take) != 1) | (take[1:] == len(old))) + 1
    starts = take[np.concatenate([[0], breaks])].tolist() if len(take) else []
    ends = (take[np.concatenate([breaks - 1, [len(take) - 1]])] + 1).tolist() if len(take) else []
    views, pieces = (memoryview(old.blob), memoryview(new.blob)), []
    for start, end in zip(starts, ends, strict=True):
        names, view, shift = (old, views[0], 0) if start < len(old) else (new, views[1], len(old))
        pieces.append(view[names.offsets[start - shift] : names.offsets[end - shift]])
    return Names(b"".join(pieces), offsets)


def aligned(old_ids: NDArray[np.int64], old: FloatArray, ids: NDArray[np.int64], *, width: int) -> FloatArray:
    """(N, width) the rows of `old` reordered from `old_ids` to `ids`, NaN for new ids; a copy unless nothing moves."""
    if old.shape == (len(ids), width) and (ids is old_ids or np.array_equal(ids, old_ids)):
        return old
    together = min(len(ids), len(old_ids))
    if old.shape[1:] == (width,) and np.array_equal(ids[:together], old_ids[:together]):
        out = np.empty((len(ids), width), dtype=np.float32)  # new samples come last: one block copy
        out[:together] = old[:together]
        out[together:] = np.nan
        return out
    out = np.full((len(ids), width), np.nan, dtype=np.float32)
    if old.shape[1:] != (width,):
        return out
    rows = np.searchsorted(ids, old_ids)
    here = rows < len(ids)
    here[here] = ids[rows[here]] == old_ids[here]
    source, target = np.flatnonzero(here), rows[here]
    breaks = np.flatnonzero((np.diff(source) != 1) | (np.diff(target) != 1)) + 1
    if len(breaks) > 1_000:
        out[target] = old[source]
        return out
    for run in np.split(np.arange(len(source)), breaks):  # most rows stay together: one block copy per run
        if len(run):
            out[target[run[0]] : target[run[-1]] + 1] = old[source[run[0]] : source[run[-1]] + 1]
    return out
