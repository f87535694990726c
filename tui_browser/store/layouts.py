"""The tables `layouts` and `places`: layouts of each space, by name, one of which is shown."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import LibraryError
from tui_browser.records import FloatArray
from tui_browser.store import column_cache
from tui_browser.store.records import LayoutInfo
from tui_browser.store.transactions import read_state
from tui_browser.store.values import shown_text


def layout_id(conn: sqlite3.Connection, name: str, *, space: str, revision: int) -> int:
    """Id of this layout, created empty where it is new; the first layout of a library is shown."""
    row = conn.execute("SELECT id FROM layouts WHERE name = ? AND space = ?", (name, space)).fetchone()
    if row is None:
        row = conn.execute(
            "INSERT INTO layouts (name, space, fitted_at) VALUES (?, ?, ?) RETURNING id", (name, space, time.time())
        ).fetchone()
    number: int = row[0]
    if read_state(conn).layout is None:
        conn.execute("UPDATE state SET layout = ?, layout_revision = ?", (number, revision))
    return number


def put(
    conn: sqlite3.Connection,
    name: str,
    *,
    space: str,
    ids: NDArray[np.int64],
    xy: FloatArray,
    show: bool,
    revision: int,
) -> None:
    """Store a layout in place of an older one of its name; removed samples and NaN places are skipped."""
    number = layout_id(conn, name, space=space, revision=revision)
    conn.execute("UPDATE layouts SET fitted_at = ? WHERE id = ?", (time.time(), number))
    conn.execute("DELETE FROM places WHERE layout = ?", (number,))
    add_places(conn, number, zip(ids.tolist(), *np.asarray(xy, dtype=np.float32).T.tolist(), strict=True))
    if show or read_state(conn).layout == number:
        _set_shown(conn, number, revision)


def show(conn: sqlite3.Connection, name: str, *, revision: int) -> None:
    """Show this layout of the shown space from now on; raises LibraryError for an unknown name."""
    number = _number(conn, name)
    if number is None:
        names = ", ".join(layout.name for layout in infos(conn)) or "none yet"
        raise LibraryError(f"no layout is called {name}", hint=f"layouts: {names}")
    _set_shown(conn, number, revision)


def rename(conn: sqlite3.Connection, name: str, new_name: str) -> bool:
    """Rename a layout of the shown space, replacing any layout of the new name; False when it does not exist."""
    number, older = _number(conn, name), _number(conn, new_name)
    if number is None:
        return False
    if older is not None:
        drop(conn, older)
    conn.execute("UPDATE layouts SET name = ? WHERE id = ?", (new_name, number))
    return True


def drop(conn: sqlite3.Connection, number: int) -> None:
    """Delete a layout; when it was shown, none is."""
    conn.execute("UPDATE state SET layout = NULL WHERE layout = ?", (number,))
    conn.execute("DELETE FROM places WHERE layout = ?", (number,))
    conn.execute("DELETE FROM layouts WHERE id = ?", (number,))


def drop_space(conn: sqlite3.Connection, space: str) -> None:
    """Delete the layouts of a space except the one that is shown."""
    numbers = "SELECT id FROM layouts WHERE space = ? AND id IS NOT (SELECT layout FROM state)"
    for (number,) in conn.execute(numbers, (space,)).fetchall():
        drop(conn, number)


def places(conn: sqlite3.Connection, name: str, ids: NDArray[np.int64]) -> FloatArray:
    """(N, 2) places of the ascending `ids` in a layout of the shown space; NaN where there is none."""
    return read_xy(conn, _number(conn, name), ids)


def _number(conn: sqlite3.Connection, name: str) -> int | None:
    """Id of the layout of this name in the shown space."""
    row = conn.execute(
        "SELECT id FROM layouts WHERE name = ? "
        "AND space = (SELECT spaces.name FROM spaces JOIN state ON state.space = spaces.id)",
        (name,),
    ).fetchone()
    return row[0] if row else None


def _set_shown(conn: sqlite3.Connection, number: int, revision: int) -> None:
    conn.execute("UPDATE state SET layout = ?, layout_revision = ?", (number, revision))
    ids = column_cache.read_array(conn, "ids", np.dtype("<i8"))
    if ids is not None:
        column_cache.write_array(conn, "xy", read_xy(conn, number, ids), revision=revision, belongs=number)


def place(conn: sqlite3.Connection, ids: Sequence[int], xy: FloatArray, *, revision: int) -> int:
    """Place samples in the shown layout; the number placed. Raises LibraryError when no layout is shown."""
    number = read_state(conn).layout
    if number is None:
        raise LibraryError("no layout is shown yet, so samples cannot be placed")
    columns = np.asarray(xy, dtype=np.float32).reshape(-1, 2).T.tolist()
    added = add_places(conn, number, zip(map(int, ids), *columns, strict=True))
    conn.executemany("UPDATE samples SET revision = ? WHERE id = ?", [(revision, int(sample)) for sample in ids])
    return added


def add_places(conn: sqlite3.Connection, layout: int, places: Iterable[tuple[int, float, float]]) -> int:
    """Insert (sample, x, y) rows; the caller updates `samples.revision`."""
    return conn.executemany(
        "INSERT OR REPLACE INTO places SELECT ?1, id, ?3, ?4 FROM samples WHERE id = ?2 AND ?3 IS NOT NULL "
        "AND ?4 IS NOT NULL",
        ((layout, *place) for place in places),
    ).rowcount


def read_xy(conn: sqlite3.Connection, layout: int | None, ids: NDArray[np.int64]) -> FloatArray:
    """(N, 2) places of the ascending `ids` in a layout; NaN where there is none."""
    xy = np.full((len(ids), 2), np.nan, dtype=np.float32)
    query = conn.execute("SELECT sample, x, y FROM places WHERE layout = ? ORDER BY sample", (layout,))
    while rows := query.fetchmany(100_000):
        table = np.array(rows, dtype=np.float64)
        samples = table[:, 0].astype(np.int64)
        at = np.searchsorted(ids, samples)
        known = at < len(ids)
        known[known] = ids[at[known]] == samples[known]
        xy[at[known]] = table[known, 1:]
    return xy


def infos(conn: sqlite3.Connection) -> list[LayoutInfo]:
    """All layouts in the order of their creation."""
    shown = read_state(conn).layout
    rows = conn.execute(
        "SELECT id, name, space, (SELECT count(*) FROM places WHERE layout = layouts.id), fitted_at "
        "FROM layouts ORDER BY id"
    ).fetchall()
    return [
        LayoutInfo(shown_text(name), shown_text(space), n, fitted_at, number == shown)
        for number, name, space, n, fitted_at in rows
    ]


def layout_name(conn: sqlite3.Connection, number: int | None) -> str:
    row = conn.execute("SELECT name FROM layouts WHERE id = ?", (number,)).fetchone()
    return shown_text(row[0]) if row else ""
