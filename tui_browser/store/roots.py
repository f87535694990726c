"""The folders of a library, and the files in them that could not be indexed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tui_browser.errors import RejectCode
from tui_browser.records import FileStat, Reject, UnseenPath, bounded
from tui_browser.store.records import KnownReject, StoredRoot
from tui_browser.store.transactions import plain, signed, unsigned


def add(conn: sqlite3.Connection, path: bytes) -> None:
    """Make a folder a root; nothing happens when it is one."""
    conn.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (path,))


def roots(conn: sqlite3.Connection) -> list[StoredRoot]:
    """All roots, in the order in which they were added."""
    rows = conn.execute(
        "SELECT path, (SELECT count(*) FROM samples WHERE root = roots.id) FROM roots ORDER BY id"
    ).fetchall()
    return [StoredRoot(path, samples) for path, samples in rows]


def forget(conn: sqlite3.Connection, path: bytes, *, revision: int) -> int:
    """Drop a root, its samples and rejects; how many samples went.

    What another root still covers stays and becomes that root's.
    """
    row = conn.execute("SELECT id FROM roots WHERE path = ?", (path,)).fetchone()
    if row is None:
        return 0
    others = conn.execute("SELECT id, path FROM roots WHERE id <> ? ORDER BY length(path) DESC", row).fetchall()
    for other, other_path in others:  # the deepest root that covers a sample gets it
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
    conn.execute("INSERT INTO removed SELECT id, ? FROM samples WHERE root = ?", (revision, row[0]))
    gone = conn.execute("DELETE FROM samples WHERE root = ?", row).rowcount
    conn.execute("DELETE FROM roots WHERE id = ?", row)
    return gone


def _inside(folder: bytes) -> tuple[bytes, bytes]:
    """All paths below a folder lie from the first up to before the second."""
    base = folder.rstrip(b"/")
    return base + b"/", base + b"0"


def put_rejects(conn: sqlite3.Connection, rejects: Iterable[Reject]) -> int:
    """Note files that could not be indexed, each in place of what was noted of it before."""
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
    """Forget rejects; how many there were."""
    return conn.executemany("DELETE FROM rejects WHERE path = ?", [(path,) for path in paths]).rowcount


def rejects(conn: sqlite3.Connection) -> list[Reject]:
    """All files that could not be indexed, by path."""
    rows = conn.execute(
        "SELECT path, size, mtime_ns, device, inode, ctime_ns, reason, code FROM rejects ORDER BY path"
    ).fetchall()
    return [
        Reject(FileStat(path, size, mtime_ns, unsigned(device), unsigned(inode), ctime_ns), reason, RejectCode(code))
        for path, size, mtime_ns, device, inode, ctime_ns, reason, code in rows
    ]


def rejects_known(conn: sqlite3.Connection) -> dict[bytes, KnownReject]:
    """What is known of each refused file by its path: unchanged ones need no second try."""
    rows = conn.execute("SELECT path, size, mtime_ns, inode, ctime_ns, code FROM rejects")
    return {
        path: KnownReject(size, mtime_ns, unsigned(inode), ctime_ns, RejectCode(code))
        for path, size, mtime_ns, inode, ctime_ns, code in rows
    }


def put_unseen(conn: sqlite3.Connection, unseen: Iterable[UnseenPath], within: Iterable[bytes] | None) -> None:
    """Note what could not be looked at, in place of all that was noted before, or of that below these folders."""
    if within is None:
        conn.execute("DELETE FROM unseen")
    for folder in within or ():
        conn.execute("DELETE FROM unseen WHERE path = ? OR (path >= ? AND path < ?)", (folder, *_inside(folder)))
    conn.executemany("INSERT OR REPLACE INTO unseen VALUES (?, ?)", [(one.path, plain(one.reason)) for one in unseen])


def unseen(conn: sqlite3.Connection) -> list[UnseenPath]:
    """What could not be looked at when it was last tried, by path."""
    return [UnseenPath(path, reason) for path, reason in conn.execute("SELECT path, reason FROM unseen ORDER BY path")]
