"""The tables `roots`, `rejects` and `unseen`: folders of the library, and the files in them that failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tui_browser.errors import RejectCode
from tui_browser.records import FileStat, Reject, UnseenPath, bounded
from tui_browser.store import samples
from tui_browser.store.records import KnownReject, StoredRoot
from tui_browser.store.transactions import plain, signed, unsigned
from tui_browser.store.values import checked_path, shown_text


def add(conn: sqlite3.Connection, path: bytes) -> None:
    """Add a folder as a root, unless it is one."""
    conn.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (path,))


def paths(conn: sqlite3.Connection) -> list[bytes]:
    """The paths of all roots in the order in which they were added."""
    return [checked_path(path) for (path,) in conn.execute("SELECT path FROM roots ORDER BY id")]


def roots(conn: sqlite3.Connection) -> list[StoredRoot]:
    """All roots in the order in which they were added."""
    rows = conn.execute(
        "SELECT path, (SELECT count(*) FROM samples WHERE root = roots.id) FROM roots ORDER BY id"
    ).fetchall()
    return [StoredRoot(checked_path(path), samples) for path, samples in rows]


def forget(conn: sqlite3.Connection, path: bytes, *, revision: int) -> int:
    """Remove a root with its samples and rejects; the number of samples removed. Annotations are kept as orphaned.

    Samples that another root covers stay and are assigned to the deepest such root.
    """
    row = conn.execute("SELECT id FROM roots WHERE path = ?", (path,)).fetchone()
    if row is None:
        return 0
    others = conn.execute("SELECT id, path FROM roots WHERE id <> ? ORDER BY length(path) DESC", row).fetchall()
    for other, other_path in others:  # longest path first: the deepest root wins
        low, high = _inside(other_path)
        conn.execute(
            "UPDATE samples SET root = ?, revision = ? WHERE root = ? AND path >= ? AND path < ?",
            (other, revision, row[0], low, high),
        )
    covered = [_inside(other_path) for _, other_path in others]
    low, high = _inside(path)
    rejected = conn.execute("SELECT path FROM rejects WHERE path >= ? AND path < ?", (low, high)).fetchall()
    lost = [(reject,) for (reject,) in rejected if not any(a <= reject < b for a, b in covered)]
    conn.executemany("DELETE FROM rejects WHERE path = ?", lost)
    conn.execute("DELETE FROM unseen WHERE path = ? OR (path >= ? AND path < ?)", (path, low, high))
    gone = samples.remove(
        conn, [each for (each,) in conn.execute("SELECT id FROM samples WHERE root = ?", row)], revision=revision
    )
    conn.execute("DELETE FROM roots WHERE id = ?", row)
    return gone


def _inside(folder: bytes) -> tuple[bytes, bytes]:
    """Bounds of all paths below a folder: from the first up to, but not including, the second."""
    base = folder.rstrip(b"/")
    return base + b"/", base + b"0"


def put_rejects(conn: sqlite3.Connection, rejects: Iterable[Reject]) -> int:
    """Store rejects, each in place of an earlier one at its path."""
    return conn.executemany(
        "INSERT OR REPLACE INTO rejects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                r.stat.path,
                bounded(r.stat.size),
                bounded(r.stat.mtime_ns),
                signed(r.stat.device),
                signed(r.stat.inode),
                plain(r.reason),
                bounded(r.stat.ctime_ns),
                r.code.value,
            )
            for r in rejects
        ],
    ).rowcount


def clear_rejects(conn: sqlite3.Connection, paths: Iterable[bytes]) -> int:
    """Delete rejects; the number deleted."""
    return conn.executemany("DELETE FROM rejects WHERE path = ?", [(path,) for path in paths]).rowcount


def rejects(conn: sqlite3.Connection) -> list[Reject]:
    """All files that could not be indexed, by path."""
    rows = conn.execute(
        "SELECT path, size, mtime_ns, device, inode, ctime_ns, reason, code FROM rejects ORDER BY path"
    ).fetchall()
    return [
        Reject(
            FileStat(checked_path(path), size, mtime_ns, unsigned(device), unsigned(inode), ctime_ns),
            shown_text(reason),
            RejectCode(code),
        )
        for path, size, mtime_ns, device, inode, ctime_ns, reason, code in rows
    ]


def rejects_known(conn: sqlite3.Connection) -> dict[bytes, KnownReject]:
    """Rejects by path; unchanged ones are not decoded again."""
    rows = conn.execute("SELECT path, size, mtime_ns, inode, ctime_ns, code FROM rejects")
    return {
        path: KnownReject(size, mtime_ns, unsigned(inode), ctime_ns, RejectCode(code))
        for path, size, mtime_ns, inode, ctime_ns, code in rows
    }


def put_unseen(conn: sqlite3.Connection, unseen: Iterable[UnseenPath], within: Iterable[bytes] | None) -> None:
    """Store unseen paths in place of all earlier ones, or of those at and below the folders `within`."""
    if within is None:
        conn.execute("DELETE FROM unseen")
    for folder in within or ():
        conn.execute("DELETE FROM unseen WHERE path = ? OR (path >= ? AND path < ?)", (folder, *_inside(folder)))
    conn.executemany(
        "INSERT OR REPLACE INTO unseen VALUES (?, ?)", [(entry.path, plain(entry.reason)) for entry in unseen]
    )


def unseen(conn: sqlite3.Connection) -> list[UnseenPath]:
    """Folders and files that the last scan could not reach, by path."""
    rows = conn.execute("SELECT path, reason FROM unseen ORDER BY path")
    return [UnseenPath(checked_path(path), shown_text(reason)) for path, reason in rows]
