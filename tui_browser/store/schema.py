"""Tables of a library file, and migrations from older versions.

A library holds annotations by the user (tags, flags, ratings, collections ...), data that can be rebuilt (descriptors,
encodings, layouts), and packed copies of the columns that a start reads. `samples.revision` is the revision of the
last change of a row in snapshots, `samples.encoded` that of its vector; with `removed` they give the delta between
two snapshots. Sample ids are never reused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tui_browser.errors import LibraryError
from tui_browser.store import written_facts

APPLICATION_ID = 0x74756962
"""SQLite's application_id of a library: "tuib"."""

PAGE_SIZE = 8192
"""In bytes; packed columns are read twice as fast as with 4096."""


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
    """Slices of long files, tempo and key; long files indexed without them are decoded again."""
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
    for table, column in (("packs", "name"), ("pack_parts", "pack")):  # `features` has two more columns now
        conn.execute(f"DELETE FROM {table} WHERE {column} NOT IN ('vectors', 'vector_ids')")


def _layouts_by_space(conn: sqlite3.Connection) -> None:
    """Layouts, and notes about them, are stored for each space under the same names."""
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
    """Playback level and peak; the player measures samples that were indexed without them."""
    conn.execute("ALTER TABLE samples ADD COLUMN level_db REAL")
    conn.execute("ALTER TABLE samples ADD COLUMN peak_db REAL")


def _add_file_identity(conn: sqlite3.Connection) -> None:
    """ctime to recognise replaced files, codes of rejects, and unseen paths.

    Earlier rejects, samples once considered too short, and formats of which only the beginning was read are decoded
    again.
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


def _add_credits(conn: sqlite3.Connection) -> None:
    """Authors and licences. They belong to a sound, so that copies and moved files keep them."""
    conn.execute(
        """
        CREATE TABLE credits (
            content_hash TEXT PRIMARY KEY,
            licence TEXT NOT NULL,
            licence_url TEXT NOT NULL,
            author TEXT NOT NULL,
            title TEXT NOT NULL,
            source TEXT NOT NULL,
            ai_preference TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )


def _add_collections(conn: sqlite3.Connection) -> None:
    """Collections, ratings and notes by the user.

    An item of a collection refers to its sample, or, while no file with its sound is in the library, to the sound.
    """
    conn.execute(
        """
        CREATE TABLE collections (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            kind TEXT NOT NULL,
            data TEXT NOT NULL,
            revision INTEGER NOT NULL
        )
        """
    )
    conn.execute(
        """
        CREATE TABLE collection_items (
            collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            sample INTEGER REFERENCES samples (id) ON DELETE SET NULL,
            content_hash TEXT NOT NULL,
            path BLOB NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (collection, position)
        ) WITHOUT ROWID
        """
    )
    conn.execute("CREATE INDEX items_by_sample ON collection_items (sample)")
    conn.execute("CREATE INDEX items_by_content ON collection_items (content_hash)")
    for table, column in (("ratings", "rating INTEGER"), ("sample_notes", "note TEXT")):
        conn.execute(
            f"CREATE TABLE {table} (sample INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE, "
            f"{column} NOT NULL)"
        )
    conn.execute("ALTER TABLE keepsakes ADD COLUMN rating INTEGER")
    conn.execute("ALTER TABLE keepsakes ADD COLUMN note TEXT")


def _add_class_heads(conn: sqlite3.Connection) -> None:
    """What was learned from the classes that a person corrected, by the name of the space."""
    conn.execute(
        "CREATE TABLE class_heads (space TEXT PRIMARY KEY, classes INTEGER NOT NULL, answers INTEGER NOT NULL, "
        "weights BLOB NOT NULL) WITHOUT ROWID"
    )


def _keepsakes_by_path(conn: sqlite3.Connection) -> None:
    """Annotations of removed files for each path: files of one sound do not share what was said of them."""
    conn.execute(
        """
        CREATE TABLE keepsakes_by_path (
            content_hash TEXT NOT NULL,
            path BLOB NOT NULL,
            flags INTEGER NOT NULL,
            corrected_class INTEGER,
            tags TEXT NOT NULL,
            rating INTEGER,
            note TEXT,
            PRIMARY KEY (content_hash, path)
        ) WITHOUT ROWID
        """
    )
    conn.execute(
        "INSERT INTO keepsakes_by_path "
        "SELECT content_hash, x'', flags, corrected_class, tags, rating, note FROM keepsakes"
    )
    conn.execute("DROP TABLE keepsakes")
    conn.execute("ALTER TABLE keepsakes_by_path RENAME TO keepsakes")


def _add_written_facts_and_copies(conn: sqlite3.Connection) -> None:
    """What names, tags and chunks say; fingerprints, comparisons and groups of copies.

    The names of all samples are read here. `flags` has two more bits, so that packed columns are dropped.
    """
    conn.execute("ALTER TABLE samples ADD COLUMN written_bpm REAL")
    conn.execute("ALTER TABLE samples ADD COLUMN written_key INTEGER")
    conn.execute(
        "CREATE TABLE written_facts (sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE, "
        "source TEXT NOT NULL, bpm REAL, key INTEGER, loop INTEGER, note INTEGER, points INTEGER, "
        "PRIMARY KEY (sample, source)) WITHOUT ROWID"
    )
    conn.execute(
        "CREATE TABLE fingerprints (sample INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE, "
        "space INTEGER NOT NULL, data BLOB NOT NULL)"
    )
    conn.execute(
        "CREATE TABLE comparisons (first TEXT NOT NULL, second TEXT NOT NULL, agreement REAL NOT NULL, "
        "gain_db REAL NOT NULL, shift_s REAL NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID"
    )
    conn.execute(
        "CREATE TABLE copies (sample INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE, "
        "keeper INTEGER NOT NULL, kind INTEGER NOT NULL, agreement REAL NOT NULL, gain_db REAL NOT NULL, "
        "shift_s REAL NOT NULL)"
    )
    written_facts.read_all_names(conn)
    for table, column in (("packs", "name"), ("pack_parts", "pack")):
        conn.execute(f"DELETE FROM {table} WHERE {column} NOT IN ('vectors', 'vector_ids')")


def _add_file_facts(conn: sqlite3.Connection) -> None:
    """Bit depth, stereo width and time of adding, for queries; unknown for samples from before until decoded again."""
    conn.execute(
        "CREATE TABLE file_facts (sample INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE, "
        "bits INTEGER, width REAL, added_s REAL)"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create_tables,
    _add_slices,
    _layouts_by_space,
    _add_levels,
    _add_file_identity,
    _add_credits,
    _add_collections,
    _add_class_heads,
    _keepsakes_by_path,
    _add_written_facts_and_copies,
    _add_file_facts,
)
"""Migration i brings a file from version i to i + 1; a released migration is never edited."""

VERSION = len(MIGRATIONS)


def version_of(conn: sqlite3.Connection, path: str) -> int:
    """Schema version of the file; 0 for an empty file.

    Raises LibraryError for a file of another program or a newer version. Writes nothing.
    """
    version: int = conn.execute("PRAGMA user_version").fetchone()[0]
    application: int = conn.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and application == 0 and not conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return 0
    if application != APPLICATION_ID:
        raise LibraryError("this file is not a sample library", path=path, hint="choose another file with --library")
    if version > VERSION:
        raise LibraryError(
            "the library is from a newer version of tui-browser",
            path=path,
            hint="update tui-browser, or choose another file with --library",
        )
    return version


def migrate(conn: sqlite3.Connection, path: str) -> None:
    """Migrate the file to this version, one transaction per step; safe for two processes at once."""
    if version_of(conn, path) == VERSION:
        return
    guarded = conn.execute("PRAGMA foreign_keys").fetchone()[0]
    conn.execute("PRAGMA foreign_keys = OFF")  # dropping a table that is rebuilt must not cascade
    try:
        _run_migrations(conn, path)
    finally:
        conn.execute(f"PRAGMA foreign_keys = {guarded}")


def _run_migrations(conn: sqlite3.Connection, path: str) -> None:
    for version, step in enumerate(MIGRATIONS):
        conn.execute("BEGIN IMMEDIATE")
        try:
            if version_of(conn, path) == version:
                step(conn)
                conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                conn.execute(f"PRAGMA user_version = {version + 1}")
            conn.execute("COMMIT")
        except BaseException:  # ctrl-c included: the older library stays whole
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
