"""Decoded files as the pipeline hands them to the store, made from a number."""

from __future__ import annotations

import hashlib
import sqlite3

import numpy as np

from tui_browser.records import Clip, Descriptors, FileStat, FloatArray, SampleState
from tui_browser.store.records import ClipEntry, StoredEncoding

ROOT = b"/music/samples"


def stat(name: bytes, *, number: int = 1, root: bytes = ROOT) -> FileStat:
    return FileStat(
        root + b"/" + name, 1000 + number, 5_000_000_000 + number, 2049, (1 << 63) + number, 6_000_000_000 + number
    )


def clip(name: bytes, *, sound: int = 1, root: bytes = ROOT, silent: bool = False) -> Clip:
    return Clip(
        stat=stat(name, number=sound, root=root),
        sample_rate=44_100,
        channels=2,
        frames=22_050,
        onset_s=0.01,
        content_hash=hashlib.blake2b(b"%d" % sound, digest_size=16).hexdigest(),
        descriptors=Descriptors(0.5, 180.0 + sound, 0.2, float("nan"), 0.004, -9.5),
        state=SampleState.SILENT if silent else SampleState.READY,
        note="silent" if silent else "",
    )


def vector(sound: int, *, width: int = 8) -> FloatArray:
    values = np.random.default_rng(sound).standard_normal(width).astype(np.float32)
    return values / np.linalg.norm(values)


def probabilities(sound: int) -> FloatArray:
    values = np.full(11, 0.05, dtype=np.float32)
    values[sound % 11] = 0.5
    return values


def clip_entry(
    name: bytes, *, sound: int = 1, root: bytes = ROOT, xy: tuple[float, float] | None = (0.25, 0.75)
) -> ClipEntry:
    encoding = StoredEncoding(vector(sound), vector(sound + 1), probabilities(sound))
    return ClipEntry(clip(name, sound=sound, root=root), root, encoding, xy)


def silent_entry(name: bytes, *, sound: int = 0, root: bytes = ROOT) -> ClipEntry:
    return ClipEntry(clip(name, sound=sound, root=root, silent=True), root)


def as_version_9(conn: sqlite3.Connection) -> None:
    """Take away what later versions added."""
    for table in ("file_facts", "written_facts", "fingerprints", "comparisons", "copies"):
        conn.execute(f"DROP TABLE {table}")
    conn.execute("ALTER TABLE samples DROP COLUMN written_bpm")
    conn.execute("ALTER TABLE samples DROP COLUMN written_key")
    conn.execute("PRAGMA user_version = 9")


def as_version_6(conn: sqlite3.Connection) -> None:
    """Take away what later versions added."""
    as_version_9(conn)
    for table in ("class_heads", "collection_items", "collections", "ratings", "sample_notes"):
        conn.execute(f"DROP TABLE {table}")
    conn.execute(
        "CREATE TABLE earlier (content_hash TEXT PRIMARY KEY, flags INTEGER NOT NULL, corrected_class INTEGER, "
        "tags TEXT NOT NULL) WITHOUT ROWID"
    )
    conn.execute("INSERT OR IGNORE INTO earlier SELECT content_hash, flags, corrected_class, tags FROM keepsakes")
    conn.execute("DROP TABLE keepsakes")
    conn.execute("ALTER TABLE earlier RENAME TO keepsakes")
    conn.execute("PRAGMA user_version = 6")


def as_version_4(conn: sqlite3.Connection) -> None:
    """Take away what later versions added."""
    as_version_6(conn)
    conn.execute("ALTER TABLE samples DROP COLUMN ctime_ns")
    conn.execute("ALTER TABLE rejects DROP COLUMN ctime_ns")
    conn.execute("ALTER TABLE rejects DROP COLUMN code")
    conn.execute("DROP TABLE unseen")
    conn.execute("DROP TABLE credits")
    conn.execute("PRAGMA user_version = 4")
