"""A library of an older version, and programs that are killed while they bring it up to date."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing

from benchmarks.trouble.programs import Place, kill
from tui_browser.store import schema
from tui_browser.store.checking import check_library
from tui_browser.store.store import Store

_SCRIPT = """
import sys
from tui_browser.store.store import Store

with Store.open(sys.argv[1]) as store:
    print(store.counts().samples)
"""


def make_older(path: str, *, version: int, samples: int) -> None:
    """A library as program version `version` left it: rows with paths, each tenth with a tag of its own."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("BEGIN")
        for step in schema.MIGRATIONS[:version]:
            step(conn)
        conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {version}")
        conn.execute("INSERT INTO roots VALUES (1, ?)", (b"/old",))
        columns = [row[1:4] for row in conn.execute("PRAGMA table_info(samples)")]
        needed = [(name, kind) for name, kind, not_null in columns if not_null or name == "id"]
        filler = {"INTEGER": 0, "REAL": 0.5, "TEXT": "", "BLOB": b""}
        names = ", ".join(name for name, _ in needed)
        marks = ", ".join("?" * len(needed))
        for number in range(1, samples + 1):
            own = {"id": number, "root": 1, "path": b"/old/%06d.wav" % number, "content_hash": f"{number:032x}"}
            cells = [own.get(name, filler[kind]) for name, kind in needed]
            conn.execute(f"INSERT INTO samples ({names}) VALUES ({marks})", cells)  # noqa: S608  # columns of our own
        conn.executemany("INSERT INTO tags VALUES (?, ?)", [(n, f"t{n}") for n in range(10, samples + 1, 10)])
        conn.execute("COMMIT")


class KilledMigration:
    """Each kill takes the next older version."""

    def __init__(self, place: Place, *, samples: int = 20_000) -> None:
        self._place = place
        self._samples = samples
        self._round = 0

    def kill_once(self, moment_s: float) -> tuple[list[str], bool]:
        """Let a program open an older library, kill it, open it again; what is wrong, and whether it was killed."""
        version = 1 + self._round % (schema.VERSION - 1)
        self._round += 1
        folder = os.path.join(self._place.folder, "older")
        shutil.rmtree(folder, ignore_errors=True)
        path = os.path.join(folder, "library.db")
        make_older(path, version=version, samples=self._samples)
        process = self._place.start_script(_SCRIPT, path)
        time.sleep(0.1 + moment_s / 4)
        killed = kill(process)
        with Store.open(path) as store:
            rows = {row.path: row.tags for row in store.rows()}
        faults = [f"version {version}: {problem.what}" for problem in check_library(path)]
        if len(rows) != self._samples:
            faults.append(f"version {version}: {len(rows)} of {self._samples} samples")
        tagged = {path: tags for path, tags in rows.items() if tags}
        if tagged != {b"/old/%06d.wav" % n: (f"t{n}",) for n in range(10, self._samples + 1, 10)}:
            faults.append(f"version {version}: tags differ")
        return faults, killed
