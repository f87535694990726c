"""Load a snapshot: the packed columns, or an older snapshot, merged with the rows that changed since."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import with_width
from tui_browser.records import FEATURES, UNCLASSED, Credit, FloatArray, Names, SampleId, SliceTable, Snapshot
from tui_browser.store import column_cache, encodings, layouts, slices, sound_credits
from tui_browser.store.annotation_columns import Annotations, read_annotations, renewed
from tui_browser.store.columns import SnapshotColumns, aligned, contains, empty_columns, merge, names_of
from tui_browser.store.transactions import LibraryState, read_state
from tui_browser.store.values import check_columns
from tui_browser.store.written_facts import SHOWN_BPM, SHOWN_KEY

_CHUNK = 50_000


def load(
    conn: sqlite3.Connection, *, with_vectors: bool, previous: Snapshot | None, with_slices: bool = False
) -> Snapshot:
    """The library as of the caller's transaction; fast when `previous` is only a little older.

    Unchanged columns are shared with `previous`; `previous` itself is returned when nothing changed.
    """
    state = read_state(conn)
    if previous is not None and not state.removed_from <= previous.revision <= state.revision:
        previous = None  # too old for a delta, or from another file
    if (
        previous is not None
        and previous.revision == state.revision
        and (previous.vectors is not None or not with_vectors)
        and (_has_slices(previous) or not with_slices)
    ):
        return previous
    space = encodings.space_name(conn, state.space)
    layout = layouts.layout_name(conn, state.layout)
    if previous is None:
        old, since = packed(conn)
        credit_of: dict[SampleId, Credit] = sound_credits.of_samples(conn, since=-1)
    else:
        old, since = _columns_of(previous), previous.revision
        credit_of = previous.credits
    changed = _changed(conn, since, layout=state.layout)
    gone = _removed(conn, since)
    columns = merge(old, removed=gone, changed=changed)
    stale = np.concatenate([gone, changed.ids])
    if previous is not None:
        credit_of = renewed(credit_of, sound_credits.of_samples(conn, since=since), out=stale)
        if state.layout_revision > since:
            columns = _replaced_xy(columns, layouts.read_xy(conn, state.layout, columns.ids))
    embedding = None
    if with_vectors:
        embedding = _vectors(conn, state, columns.ids, previous if previous and previous.space == space else None)
    elif previous is not None and previous.vectors is not None and previous.space == space:
        embedding = _vectors(conn, state, columns.ids, previous)
    snapshot = _sealed(
        columns, embedding, read_annotations(conn, previous, stale=stale), credit_of,
        revision=state.revision, layout=layout, space=space, names=encodings.class_names(conn),
    )  # fmt: skip
    if with_slices or (previous is not None and _has_slices(previous)):
        table = _slice_table(conn, state, previous if previous and previous.space == space else None, removed=gone)
        return replace(snapshot, slices=table, slices_omitted=table is None)
    return snapshot


def _has_slices(snapshot: Snapshot) -> bool:
    return snapshot.slices is not None or snapshot.slices_omitted


def _slice_table(
    conn: sqlite3.Connection, state: LibraryState, previous: Snapshot | None, *, removed: NDArray[np.int64]
) -> SliceTable | None:
    """Slices of the library's space; None when there are too many to keep in memory."""
    if previous is None or previous.slices is None:
        table = slices.read_within_limit(conn, state.space)
    else:
        table = slices.update(conn, previous.slices, state.space, since=previous.revision, removed=removed)
    if table is not None:
        for array in (table.files, table.starts, table.onset_s, table.length_s, table.vectors):
            array.setflags(write=False)
    return table


def _sealed(
    columns: SnapshotColumns,
    embedding: FloatArray | None,
    annotations: Annotations,
    credit_of: dict[SampleId, Credit],
    *,
    revision: int,
    layout: str,
    space: str,
    names: tuple[str, ...],
) -> Snapshot:
    known = _known_classes(columns.classes, len(names))
    arrays = (columns.ids, columns.xy, known, columns.class_p, columns.flags, columns.features)
    for array in (*arrays, columns.names.offsets, embedding):
        if array is not None:
            array.setflags(write=False)
    ids, xy, classes, class_p, flags, features = arrays
    return Snapshot(
        revision=revision, layout=layout, space=space, ids=ids, xy=xy, classes=classes, class_p=class_p, flags=flags,
        features=features, names=columns.names, vectors=embedding, credits=credit_of,
        class_names=names, tags=annotations.tags, ratings=annotations.ratings, user_notes=annotations.user_notes,
        collections=annotations.collections,
    )  # fmt: skip


def _known_classes(classes: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The classes, `UNCLASSED` for those beyond the `count` that the library has names for."""
    unknown = classes >= count
    unknown &= classes != UNCLASSED
    if not unknown.any():
        return classes
    known = classes.copy()
    known[unknown] = UNCLASSED
    return known


def _columns_of(snapshot: Snapshot) -> SnapshotColumns:
    return SnapshotColumns(
        snapshot.ids, snapshot.xy, snapshot.classes, snapshot.class_p, snapshot.flags, snapshot.features, snapshot.names
    )


def packed(conn: sqlite3.Connection) -> tuple[SnapshotColumns, int]:
    """The packed columns and their revision; empty columns and 0 when nothing is packed."""
    pack = column_cache.info(conn, "ids")
    if pack is None:
        return empty_columns(), 0
    read = {
        name: column_cache.read_array(conn, name, np.dtype(dtype))
        for name, dtype in (
            ("ids", "<i8"), ("xy", "<f4"), ("classes", "u1"), ("class_p", "<f4"), ("flags", "u1"),
            ("features", "<f4"), ("offsets", "<i8"),
        )
    }  # fmt: skip
    columns = {name: array for name, array in read.items() if array is not None}
    names = Names(column_cache.read_bytes(conn, "names"), columns.pop("offsets"))
    return check_columns(SnapshotColumns(**columns, names=names)), pack.revision


_CHANGED = """
SELECT id, path, flags, {0}, duration_s, brightness_hz, noisiness, pitch_hz, attack_s, loudness_db,
    {3}, {4}, x, y
FROM samples {1} LEFT JOIN places ON layout = ? AND sample = id {2} ORDER BY id
"""


def _changed(conn: sqlite3.Connection, since: int, *, layout: int | None) -> SnapshotColumns:
    """The rows that changed after revision `since`."""
    class_columns = encodings.shown_class_columns(conn)
    if since == 0:
        query = conn.execute(_CHANGED.format(class_columns, "", "", SHOWN_BPM, SHOWN_KEY), (layout,))
    else:
        changed = _CHANGED.format(
            class_columns, "INDEXED BY samples_by_revision", "WHERE revision > ?", SHOWN_BPM, SHOWN_KEY
        )
        query = conn.execute(changed, (layout, since))
    pieces = []
    while rows := query.fetchmany(_CHUNK):
        ids, paths, flags, classes, class_p, *numbers = zip(*rows, strict=True)
        with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite, and is refused
            table = np.array(numbers, dtype=np.float32).T
        piece = SnapshotColumns(
            ids=np.array(ids, dtype=np.int64),
            xy=np.ascontiguousarray(table[:, len(FEATURES) :]),
            classes=np.array(classes, dtype=np.uint8),
            class_p=np.array(class_p, dtype=np.float32),
            flags=np.array(flags, dtype=np.uint8),
            features=np.ascontiguousarray(table[:, : len(FEATURES)]),
            names=names_of(list(paths)),
        )
        pieces.append(check_columns(piece))
    if len(pieces) < 2:
        return pieces[0] if pieces else empty_columns()
    lengths = np.concatenate([np.diff(piece.names.offsets) for piece in pieces])
    return SnapshotColumns(
        ids=np.concatenate([piece.ids for piece in pieces]),
        xy=np.concatenate([piece.xy for piece in pieces]),
        classes=np.concatenate([piece.classes for piece in pieces]),
        class_p=np.concatenate([piece.class_p for piece in pieces]),
        flags=np.concatenate([piece.flags for piece in pieces]),
        features=np.concatenate([piece.features for piece in pieces]),
        names=Names(b"".join(piece.names.blob for piece in pieces), np.concatenate([[0], np.cumsum(lengths)])),
    )


def _removed(conn: sqlite3.Connection, since: int) -> NDArray[np.int64]:
    rows = conn.execute("SELECT id FROM removed WHERE revision > ?", (since,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def _replaced_xy(columns: SnapshotColumns, xy: FloatArray) -> SnapshotColumns:
    return SnapshotColumns(
        columns.ids, xy, columns.classes, columns.class_p, columns.flags, columns.features, columns.names
    )


def _vectors(
    conn: sqlite3.Connection, state: LibraryState, ids: NDArray[np.int64], previous: Snapshot | None
) -> FloatArray:
    """(N, D) vectors of these ids in the library's space; rows of NaN for samples without one."""
    if state.space is None:
        return np.empty((len(ids), 0), dtype=np.float32)
    if previous is not None and previous.vectors is not None:
        old_ids, old, since = previous.ids, previous.vectors, previous.revision
    else:
        old_ids, old, since = packed_vectors(conn, state.space)
    table = "samples INDEXED BY samples_by_encoded" if since else "samples"
    rows = conn.execute(
        f"SELECT id, embedding FROM {table} LEFT JOIN encodings ON encodings.space = ? AND sample = id "
        + ("WHERE encoded > ? ORDER BY id" if since else "WHERE ? = 0 ORDER BY id"),
        (state.space, since),
    ).fetchall()
    shown = encodings.width(conn, state.space)
    new = encodings.stacked([row[1] for row in rows], width=shown)
    width = shown or old.shape[1] or new.shape[1]
    if old.shape[1] not in (0, width):  # from before a library's vectors got their picture part
        old = with_width(old, width)
    if new.shape[1] not in (0, width):
        new = with_width(new, width)
    out = aligned(old_ids, old, ids, width=width)
    if rows:
        new_ids = np.array([row[0] for row in rows], dtype=np.int64)
        if out is old:
            out = out.copy()
        at = np.flatnonzero(contains(new_ids, ids))
        out[at] = new if new.shape[1] == width else np.nan
    if out is not old and np.isnan(out[:, :1]).all():  # no vector is left, so their width is unknown
        return np.empty((len(ids), 0), dtype=np.float32)
    return out


def packed_vectors(conn: sqlite3.Connection, space: int) -> tuple[NDArray[np.int64], FloatArray, int]:
    """Ids, vectors and revision of the packed vectors; empty arrays and 0 when this space is not packed."""
    pack = column_cache.info(conn, "vectors")
    if pack is not None and pack.belongs == space and pack.width:
        ids = column_cache.read_array(conn, "vector_ids", np.dtype("<i8"))
        packed = column_cache.read_array(conn, "vectors", np.dtype("<f4"))
        if ids is not None and packed is not None:
            return ids, packed, pack.revision
    return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32), 0
