"""Make a sound library of a damaged one: every row that can be read, and all that a person made.

The damaged file is kept beside the new one under another name, with its journal, and not changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from tui_browser.errors import LibraryError
from tui_browser.safe_files import PRIVATE_FILE, narrow
from tui_browser.store import guards, loading, opening, schema
from tui_browser.store.checking import check_library
from tui_browser.store.errors import damaged, library_errors
from tui_browser.store.page_scan import scan_pages
from tui_browser.store.rebuild import RepairResult, rebuild
from tui_browser.store.salvage import DERIVED, Salvage, SalvagedTable, read_table, table_shapes
from tui_browser.store.writer_lock import writer_lock


def repair_library(path: str, *, tell: Callable[[str], None] = lambda _: None, wait_s: float = 5.0) -> RepairResult:
    """Replace the library at `path` by a sound one; nobody else may be writing to it.

    Raises LibraryError where there is nothing to repair from, and leaves everything as it was.
    """
    path = opening.home_of(path)
    if not os.path.isfile(path):
        raise LibraryError("there is no library", path=path, hint="choose another file with --library")
    folder = os.path.dirname(path)
    with writer_lock(path, wait_s=wait_s), library_errors(path), _working_folder(folder, path) as work:
        copy = os.path.join(work, "damaged.db")
        _copy(path, copy)
        new = os.path.join(work, "library.db")
        tell("reading what can be read")
        salvage = _salvage(copy, path)
        tell("writing the new library")
        result = rebuild(new, salvage)
        result.kept = _free_name(path)
        _swap(path, new, kept=result.kept)
    result.problems = check_library(path)  # brings an older one up to date, too
    return result


@contextlib.contextmanager
def _working_folder(folder: str, path: str) -> Iterator[str]:
    """A folder beside the library; one that a killed repair left is deleted, as only one repairs at a time."""
    prefix = f".{os.path.basename(path)}.repair-"
    try:
        for name in os.listdir(folder):
            if name.startswith(prefix):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        work = tempfile.mkdtemp(prefix=prefix, dir=folder)
    except OSError as error:
        raise LibraryError("the library cannot be repaired here", path=path, hint=str(error.strerror)) from error
    try:
        yield work
    except OSError as error:
        raise LibraryError(
            "the library cannot be repaired", path=path, hint=f"{error.strerror}; it was not changed"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _copy(path: str, copy: str) -> None:
    for ending in ("", "-wal"):
        if os.path.exists(path + ending):
            shutil.copyfile(path + ending, copy + ending)


def _salvage(copy: str, path: str) -> Salvage:
    """Read a copy of the damaged file by queries, and page by page what they do not reach."""
    version = schema.VERSION
    tables: dict[str, SalvagedTable] = {}
    paths: dict[int, bytes] = {}
    flags: dict[int, int] = {}
    last_id = 0
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError), closing(_connect(copy)) as conn:
        version = schema.version_of(conn, path) or version  # the first page says what is where
        tables = _by_queries(conn, copy, version)
        paths, flags = _packed(conn)
        paths |= _indexed_paths(conn)
        last_id = _last_id(conn)
    if version == schema.VERSION and not (tables and all(table.complete for table in tables.values())):
        scanned = scan_pages(copy)
        paths = scanned.paths | paths
        last_id = max(last_id, scanned.last_id)
        for name, found in scanned.tables.items():
            table = tables.setdefault(name, found)
            if not table.complete:
                table.rows = found.rows | table.rows
    if not any(table.rows for table in tables.values()):
        raise damaged(path)
    return Salvage(version, tables, paths, flags, last_id)


def _connect(path: str) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    guards.protect(conn, path)
    return conn


def _by_queries(conn: sqlite3.Connection, copy: str, version: int) -> dict[str, SalvagedTable]:
    tables: dict[str, SalvagedTable] = {}
    steps = guards.StepLimit(conn, copy)
    ids: set[int] = set()
    for shape in sorted(table_shapes(version), key=lambda shape: shape.name != "samples"):
        steps.restart()
        if shape.name not in DERIVED:
            tables[shape.name] = read_table(conn, shape, ids=ids)
        if shape.name == "samples":
            ids = {int(key[0]) for key in tables["samples"].rows}
    return tables


def _packed(conn: sqlite3.Connection) -> tuple[dict[int, bytes], dict[int, int]]:
    """Path and flags by sample as of the last time that the columns were packed; removed samples are left out."""
    try:
        columns, _ = loading.packed(conn)
        gone = {row[0] for row in conn.execute("SELECT id FROM removed")}
    except (sqlite3.Error, ValueError, TypeError, KeyError, IndexError):
        return {}, {}
    kept = [(at, int(number)) for at, number in enumerate(columns.ids) if int(number) not in gone]
    return {number: columns.names[at] for at, number in kept}, {number: int(columns.flags[at]) for at, number in kept}


def _last_id(conn: sqlite3.Connection) -> int:
    """The highest id that a sample ever had, or 0 if that cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'samples'").fetchone()
        return row[0] if row and type(row[0]) is int else 0
    return 0


def _indexed_paths(conn: sqlite3.Connection) -> dict[int, bytes]:
    """Path by sample from the index of paths, up to its first damaged page from either end."""
    paths: dict[int, bytes] = {}
    for order in ("", " DESC"):
        with contextlib.suppress(sqlite3.Error):
            query = f"SELECT id, path FROM samples INDEXED BY sqlite_autoindex_samples_1 ORDER BY path{order}"
            paths.update(row for row in conn.execute(query) if type(row[1]) is bytes and row[1].startswith(b"/"))
    return paths


def _free_name(path: str) -> str:
    stem = f"{path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    name, number = stem, 1
    while os.path.lexists(name) or os.path.lexists(f"{name}-wal"):
        number += 1
        name = f"{stem}-{number}"
    return name


def _swap(path: str, new: str, *, kept: str) -> None:
    """Keep the damaged file and its journal as `kept`, and put the new one in its place.

    The journal goes first: SQLite would take it for the new file's.
    """
    for ending in ("", "-wal"):
        if os.path.exists(path + ending):
            try:
                os.link(path + ending, kept + ending)
            except OSError:  # no hard links on this drive
                shutil.copyfile(path + ending, kept + ending)
    shutil.copymode(path, new)
    narrow(new, PRIVATE_FILE)
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ending)
    os.replace(new, path)
