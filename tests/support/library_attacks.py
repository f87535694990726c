"""A process that reads damaged copies of a library: `python -m tests.support.library_attacks LIBRARY SECONDS SEED`.

Each copy has bytes, pages or values changed by chance. Whatever that does has to be an answer or one LibraryError; the
process prints how many of either came, and ends with 1 and the traceback at the first other one.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tui_browser.errors import LibraryError
from tui_browser.library.library import Library, open_for_writing

MOST_BYTES = 2 << 30
"""Address space of the process: a lie about a length must not take memory."""
TOP = Path(__file__).parents[2]
_VALUES = (None, -1, 1 << 62, 9e999, "text", "\x1b]0;owned\x07", "[[[[", b"", b"\0", b"/a\0.wav", b"\xff" * 40)


def start(library: Path, *, seconds: float, seed: int) -> subprocess.Popen[str]:
    """The process, with its output as text."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.library_attacks", str(library), str(seconds), str(seed)],
        cwd=TOP, env={**os.environ, "PYTHONPATH": str(TOP), "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def read_all(path: str) -> None:
    """All that readers ask of a library; raises LibraryError."""
    with Library.open(path) as library:
        list(library.all_rows())
        snapshot = library.snapshot()
        library.search("kick")
        if snapshot.vectors is not None and len(snapshot):
            library.near(snapshot.vectors[0], k=3)
        library.rejects()
        library.unseen()
        library.layouts()
        library.all_slices()
        library.roots()
        for sample in snapshot.ids.tolist():
            library.slices(sample)
        library.status()
        library.snapshot(snapshot)


def _damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """The file with a few bytes changed, or with a page in place of another."""
    raw = bytearray(content)
    page = 8192
    for _ in range(int(rng.integers(1, 6))):
        if rng.random() < 0.3:
            source, target = rng.integers(0, len(raw) // page, 2) * page
            raw[target : target + page] = raw[source : source + page]
        else:
            at = int(rng.integers(100, len(raw)))
            count = int(rng.integers(1, 9))
            raw[at : at + count] = rng.bytes(len(raw[at : at + count]))
    return bytes(raw)


def _changed(path: Path, rng: np.random.Generator) -> None:
    """Put a value of another kind into a column of a row."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as conn, contextlib.suppress(sqlite3.Error):
        conn.execute("PRAGMA ignore_check_constraints = ON")
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        table = str(rng.choice([name for name in tables if not name.startswith("sqlite_")]))
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        value = _VALUES[int(rng.integers(len(_VALUES)))]
        conn.execute(f"UPDATE OR REPLACE {table} SET {rng.choice(columns)} = ? WHERE random() % 3 = 0", (value,))


def main(library: str, seconds: float, seed: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    content = Path(library).read_bytes()
    rng = np.random.default_rng(seed)
    answered = refused = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "l.db"
        while time.monotonic() < end:
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
            copy.write_bytes(content if rng.random() < 0.5 else _damaged(content, rng))
            if copy.read_bytes() == content:
                _changed(copy, rng)
            try:
                read_all(str(copy))
                with open_for_writing(str(copy)) as store:
                    store.set_flag(store.load().ids[:1].tolist(), 1, True)
                answered += 1
            except LibraryError as error:
                assert str(error).isprintable(), error
                refused += 1
    sys.stdout.write(f"{answered} answered, {refused} refused\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
