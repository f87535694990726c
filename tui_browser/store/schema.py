"""The tables of a library file, and the steps that bring an older file up to them.

A library holds what a person made (tags, flags, corrected classes), what can be rebuilt (facts, encodings, layouts)
and packed copies of the columns that a start needs at once. `samples.revision` is the revision at which anything
that a snapshot shows of the row last changed, `samples.encoded` the one at which its vector did; with `removed`
they make a snapshot's delta. Sample ids are never given twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tui_browser.errors import LibraryError

APPLICATION_ID = 0x74756962
"""Marks the file as a library of this program ("tuib")."""

PAGE_SIZE = 8192
"""Bytes; packed columns read twice as fast as with 4096."""


def _create_tables(conn: sqlite3.Connection) -> None:
    for statement in _VERSION_1.split(";"):
        if statement.strip():
            conn.execute(statement)


_VERSION_1 = """
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    removed_from INTEGER NOT NULL,
    space INTEGER,
    layout INTEGER,
    layout_revision INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0, NULL, NULL, 0);
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root INTEGER NOT NULL REFERENCES roots (id),
    path BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    sample_rate INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    onset_s REAL NOT NULL,
    duration_s REAL,
    brightness_hz REAL,
    noisiness REAL,
    pitch_hz REAL,
    attack_s REAL,
    loudness_db REAL,
    state INTEGER NOT NULL,
    note TEXT NOT NULL,
    class INTEGER NOT NULL,
    class_p REAL NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    corrected_class INTEGER,
    space INTEGER,
    revision INTEGER NOT NULL,
    encoded INTEGER NOT NULL
);
CREATE INDEX samples_by_revision ON samples (revision);
CREATE INDEX samples_by_encoded ON samples (encoded);
CREATE INDEX samples_by_content ON samples (content_hash);
CREATE INDEX samples_by_root ON samples (root);
CREATE TABLE removed (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
CREATE INDEX removed_by_revision ON removed (revision);
CREATE TABLE tags (
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (sample, tag)
) WITHOUT ROWID;
CREATE TABLE keepsakes (
    content_hash TEXT PRIMARY KEY,
    flags INTEGER NOT NULL,
    corrected_class INTEGER,
    tags TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE rejects (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE spaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE encodings (
    space INTEGER NOT NULL REFERENCES spaces (id),
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    embedding BLOB NOT NULL,
    z BLOB NOT NULL,
    probabilities BLOB,
    PRIMARY KEY (sample, space)
) WITHOUT ROWID;
CREATE TABLE layouts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    space TEXT NOT NULL,
    fitted_at REAL NOT NULL
);
CREATE TABLE places (
    layout INTEGER NOT NULL REFERENCES layouts (id) ON DELETE CASCADE,
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    x REAL NOT NULL,
    y REAL NOT NULL,
    PRIMARY KEY (sample, layout)
) WITHOUT ROWID;
CREATE TABLE packs (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    belongs INTEGER,
    length INTEGER NOT NULL,
    width INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE pack_parts (
    id INTEGER PRIMARY KEY,
    pack TEXT NOT NULL,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (pack, part)
)
"""


def _add_slices(conn: sqlite3.Connection) -> None:
    """Hits within long files, tempo and key; long files that were heard without them are looked at again."""
    conn.execute("ALTER TABLE samples ADD COLUMN bpm REAL")
    conn.execute("ALTER TABLE samples ADD COLUMN key INTEGER")
    conn.execute(
        """
        CREATE TABLE slices (
            id INTEGER PRIMARY KEY,
            sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
            space INTEGER NOT NULL REFERENCES spaces (id),
            onset_s BLOB NOT NULL,
            length_s BLOB NOT NULL,
            embedding BLOB NOT NULL,
            UNIQUE (sample, space)
        )
        """
    )
    conn.execute("UPDATE samples SET mtime_ns = -1 WHERE duration_s > 1.3 AND state = 0")
    for table, column in (("packs", "name"), ("pack_parts", "pack")):  # the columns of the catalog are two more now
        conn.execute(f"DELETE FROM {table} WHERE {column} NOT IN ('vectors', 'vector_ids')")


def _layouts_by_space(conn: sqlite3.Connection) -> None:
    """Each model has layouts of its own, and facts about them, under the same names."""
    conn.execute(
        "CREATE TABLE layouts_of_spaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL, space TEXT NOT NULL, "
        "fitted_at REAL NOT NULL, UNIQUE (space, name))"
    )
    conn.execute(
        "INSERT INTO layouts_of_spaces SELECT id, iif(name = 'coming map', 'map', name), space, fitted_at FROM layouts"
    )
    conn.execute("DROP TABLE layouts")
    conn.execute("ALTER TABLE layouts_of_spaces RENAME TO layouts")
    conn.execute(
        "UPDATE OR REPLACE notes SET key = key || '@' || substr(value, 1, instr(value, ':') - 1), "
        "value = substr(value, instr(value, ':') + 1) WHERE key GLOB 'fitted:*'"
    )
    conn.execute(
        "UPDATE OR REPLACE notes SET key = key || '@' || (SELECT value FROM notes WHERE key = 'space') "
        "WHERE EXISTS (SELECT 1 FROM notes WHERE key = 'space') AND (key IN ('layout:before', 'layout:map') "
        "OR key GLOB 'newest:*' OR key GLOB 'scales:*' OR key GLOB 'shape:*' OR key GLOB 'source:*')"
    )


def _add_levels(conn: sqlite3.Connection) -> None:
    """The level with which a sample is played; the player measures what was indexed without it."""
    conn.execute("ALTER TABLE samples ADD COLUMN level_db REAL")
    conn.execute("ALTER TABLE samples ADD COLUMN peak_db REAL")


def _add_proofs(conn: sqlite3.Connection) -> None:
    """What tells that a file is the one that was heard, why it was refused, and what could not be looked at.

    What was refused before is tried once more: what may be refused at all was narrower. So is what was held to be
    too short for a sound, and formats of which only the beginning was read where parts were joined.
    """
    conn.execute("ALTER TABLE samples ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0")
    conn.execute("ALTER TABLE rejects ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0")
    conn.execute("ALTER TABLE rejects ADD COLUMN code TEXT NOT NULL DEFAULT 'content'")
    conn.execute("CREATE TABLE unseen (path BLOB PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID")
    conn.execute("UPDATE rejects SET size = -1")
    conn.execute("UPDATE samples SET mtime_ns = -1 WHERE state = 1 AND note = 'shorter than 10 ms'")
    conn.execute(
        "UPDATE samples SET mtime_ns = -1"
        " WHERE lower(CAST(substr(path, -4) AS TEXT)) IN ('.mp3', '.ogg', '.oga')"
        " OR lower(CAST(substr(path, -5) AS TEXT)) = '.opus'"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create_tables,
    _add_slices,
    _layouts_by_space,
    _add_levels,
    _add_proofs,
)
"""Step i brings a file from version i to i + 1; a step that shipped is never edited."""

VERSION = len(MIGRATIONS)


def version_of(conn: sqlite3.Connection, path: str) -> int:
    """The version of the file's tables, 0 for an empty file.

    Raises LibraryError for a file of another program or of a newer version; nothing is written.
    """
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    application: int = conn.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and application == 0 and not conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return 0
    if application != APPLICATION_ID:
        raise LibraryError("this is no sample library", path=path, hint="choose another file with --library")
    if version > VERSION:
        raise LibraryError(
            "the library is from a newer version of tui-browser",
            path=path,
            hint="update tui-browser, or choose another file with --library",
        )
    return version


def migrate(conn: sqlite3.Connection, path: str) -> None:
    """Bring the file up to this version, a transaction a step; safe when two processes do it at once."""
    if version_of(conn, path) == VERSION:
        return
    guarded = conn.execute("PRAGMA foreign_keys").fetchone()[0]
    conn.execute("PRAGMA foreign_keys = OFF")  # a table that is made anew is dropped, and nothing should follow it
    try:
        _step_by_step(conn, path)
    finally:
        conn.execute(f"PRAGMA foreign_keys = {guarded}")


def _step_by_step(conn: sqlite3.Connection, path: str) -> None:
    for version, step in enumerate(MIGRATIONS):
        conn.execute("BEGIN IMMEDIATE")
        try:
            if version_of(conn, path) == version:
                step(conn)
                conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                conn.execute(f"PRAGMA user_version = {version + 1}")
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
