"""Write a sound library from what was salvaged: all references hold, and what is lacking is read again by `index`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from tui_browser.records import UNCLASSED, SampleState
from tui_browser.store import schema
from tui_browser.store.checking import LibraryProblem
from tui_browser.store.salvage import Row, Salvage, SalvagedTable

ANNOTATION_TABLES = ("tags", "ratings", "sample_notes", "keepsakes", "collections", "collection_items")
"""What a person made, besides flags and corrected classes, which are columns of `samples`."""
_READ_AGAIN = -1
"""`size` and `mtime_ns` of a sample whose file is to be read again."""


@dataclass(slots=True)
class RepairResult:
    """What a repair did."""

    kept: str
    """Where the damaged file is now."""
    samples: int = 0
    to_read_again: int = 0
    """Samples whose row was lost, and whose id and path stood elsewhere, too."""
    annotations: int = 0
    """Rows of tags, ratings, notes, collections and what was said of removed files."""
    damaged_tables: list[str] = field(default_factory=list)
    """Tables of which something could not be read."""
    lost: dict[str, int] = field(default_factory=dict)
    """Rows by table that belonged to something that is gone."""
    problems: list[LibraryProblem] = field(default_factory=list)
    """What is still wrong."""


def rebuild(new: str, salvage: Salvage) -> RepairResult:
    version, tables = salvage.version, salvage.tables
    result = RepairResult("", damaged_tables=sorted(name for name, table in tables.items() if not table.complete))
    with closing(sqlite3.connect(new, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("BEGIN")
        for step in schema.MIGRATIONS[:version]:
            step(conn)
        conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {version}")
        for table in tables.values():
            _insert(conn, table)
        conn.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'samples'", (salvage.last_id,))
        _add_lost_roots(conn)
        result.to_read_again = _add_lost_samples(conn, salvage.paths, salvage.flags)
        result.lost = _drop_orphans(conn)
        _encode_again(conn)
        _renew_state(conn)
        result.samples = _count(conn, "samples")
        present = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        result.annotations = sum(_count(conn, name) for name in ANNOTATION_TABLES if name in present)
        conn.execute("COMMIT")
    with open(new, "rb") as file:
        os.fsync(file.fileno())
    return result


def _insert(conn: sqlite3.Connection, table: SalvagedTable) -> None:
    shape = table.shape
    if shape.name == "state" and not table.rows:
        return
    names = ", ".join(f'"{name}"' for name in shape.columns)
    marks = ", ".join("?" * len(shape.columns))
    replace = "REPLACE" if shape.name in ("state", "notes") else "IGNORE"
    conn.executemany(f"INSERT OR {replace} INTO {shape.name} ({names}) VALUES ({marks})", list(table.rows.values()))


def _add_lost_roots(conn: sqlite3.Connection) -> None:
    """A root whose row was lost is the folder that its samples have in common."""
    lost: dict[int, list[bytes]] = {}
    for root, path in conn.execute("SELECT root, path FROM samples WHERE root NOT IN (SELECT id FROM roots)"):
        lost.setdefault(root, []).append(os.path.dirname(path))
    for root, folders in lost.items():
        conn.execute("INSERT OR IGNORE INTO roots VALUES (?, ?)", (root, os.path.commonpath(folders)))


def _add_lost_samples(conn: sqlite3.Connection, paths: Mapping[int, bytes], flags: Mapping[int, int]) -> int:
    """Give samples whose row was lost one with id, path and flags alone; the next index reads their files again."""
    present = {row[0] for row in conn.execute("SELECT id FROM samples")}
    taken = {row[0] for row in conn.execute("SELECT path FROM samples")}
    roots = dict(conn.execute("SELECT path, id FROM roots"))
    rows: list[Row] = []
    for sample, path in paths.items():
        root = next((roots[folder] for folder in _parents(path) if folder in roots), None)
        if sample not in present and path not in taken and root is not None:
            taken.add(path)
            said = flags.get(sample, 0)
            rows.append((sample, root, path, _READ_AGAIN, _READ_AGAIN, int(SampleState.READY), UNCLASSED, said))
    conn.executemany(
        "INSERT INTO samples (id, root, path, size, mtime_ns, device, inode, content_hash, sample_rate, channels, "
        "frames, onset_s, state, note, class, flags, class_p, revision, encoded) "
        "VALUES (?, ?, ?, ?, ?, 0, 0, '', 0, 0, 0, 0.0, ?, '', ?, ?, 0.0, 0, 0)",
        rows,
    )
    return len(rows)


def _parents(path: bytes) -> Iterator[bytes]:
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


def _drop_orphans(conn: sqlite3.Connection) -> dict[str, int]:
    """Delete rows whose sample, space or layout is gone, and say how many; items of collections keep their sound."""
    lost: dict[str, int] = {}
    tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "collection_items" in tables:
        conn.execute("UPDATE collection_items SET sample = NULL WHERE sample NOT IN (SELECT id FROM samples)")
    while orphans := [row[:4] for row in conn.execute("PRAGMA foreign_key_check")]:
        for table, parent in {(row[0], row[2]) for row in orphans}:
            column = next(row[3] for row in conn.execute(f"PRAGMA foreign_key_list({table})") if row[2] == parent)
            query = f"DELETE FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {parent})"
            lost[table] = lost.get(table, 0) + conn.execute(query).rowcount
    return lost


def _encode_again(conn: sqlite3.Connection) -> None:
    """Samples that lost their vector are encoded again by the next index, and so are vectors of another length."""
    widths = conn.execute(
        "SELECT space, length(embedding), count(*) FROM encodings GROUP BY 1, 2 ORDER BY 3"
    ).fetchall()
    for space, width in {row[0]: row[1] for row in widths}.items():  # the most frequent width comes last
        conn.execute("DELETE FROM encodings WHERE space = ? AND length(embedding) <> ?", (space, width))
    conn.execute(
        "UPDATE samples SET space = NULL, class = ?, class_p = 0.0 WHERE space IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM encodings WHERE encodings.sample = samples.id AND encodings.space = samples.space)",
        (UNCLASSED,),
    )
    conn.execute("DELETE FROM places WHERE NOT (x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1)")


def _renew_state(conn: sqlite3.Connection) -> None:
    """A revision after all others, so that every reader loads everything again."""
    highest = "max((SELECT revision FROM state), (SELECT coalesce(max(max(revision, encoded)), 0) FROM samples))"
    conn.execute(f"UPDATE state SET revision = {highest} + 1")
    conn.execute("UPDATE state SET removed_from = revision, layout_revision = revision")
    conn.execute("UPDATE samples SET revision = (SELECT revision FROM state), encoded = (SELECT revision FROM state)")
    for column, table in (("space", "spaces"), ("layout", "layouts")):
        fallback = f"(SELECT max(id) FROM {table})"
        conn.execute(
            f"UPDATE state SET {column} = {fallback} WHERE {column} IS NULL OR {column} NOT IN (SELECT id FROM {table})"
        )


def _count(conn: sqlite3.Connection, table: str) -> int:
    count: int = conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count
