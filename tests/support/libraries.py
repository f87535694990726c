"""Libraries made by the real index, and the decoder and encoder that make them."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.bundles import tiny_bundle
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import open_for_writing
from tui_browser.records import FileStat


@contextmanager
def running_workers(folder: Path, *, jobs: int = 1, **kind: Any) -> Iterator[IndexWorkers]:
    """Decoders and an encoder that run, with a tiny model in `folder`; `kind` as for `tiny_bundle`."""
    workers = IndexWorkers(tiny_bundle(folder, **kind), jobs=jobs, nice=False)
    workers.warm()
    try:
        yield workers
    finally:
        workers.close()


def index(
    library: Path | str,
    *folders: Path | bytes,
    workers: IndexWorkers | None = None,
    model: str | None = None,
    jobs: int = 1,
    layout: str = "auto",
    verify: Sequence[Path] | None = None,
) -> IndexResult:
    """Make a library equal the disk, with these folders as further roots; `verify` as in the verb, empty for all."""
    with open_for_writing(str(library)) as store:
        return index_library(
            store,
            add=[os.fsencode(folder) for folder in folders],
            model=model,
            jobs=jobs,
            layout=layout,
            report=lambda _: None,
            workers=workers,
            only=[os.fsencode(folder) for folder in verify or ()],
            verify=verify is not None,
        )


def settle(library: Path | str, *, inode_shift: int = 0) -> None:
    """As if all files had been read long after they changed: none is to be read again for being fresh."""
    with open_for_writing(str(library)) as store:
        known = store.known()
        paths = [path for path in known if os.path.exists(path)]
        store.restat([(known[path].id, _stat(path, inode_shift)) for path in paths])
        store.put_rejects([replace(each, stat=_stat(each.stat.path, inode_shift)) for each in store.rejects()])


def _stat(path: bytes, inode_shift: int) -> FileStat:
    stat = FileStat.of(path, os.stat(path))
    return replace(stat, inode=stat.inode + inode_shift)


def page_bomb(library: Path, table: str, *, levels: int = 8, fan: int = 100) -> None:
    """Make a small table endless: `levels` pages of the tree, each of which refers `fan` times to the next one.

    The root page of the table has to be a leaf, as it is with few rows.
    """
    with closing(sqlite3.connect(library)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        root = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = conn.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(library.read_bytes())
    count = len(content) // size
    start = (root - 1) * size
    leaf = bytes(content[start : start + size])
    assert leaf[0] == 13, "a leaf of a table"
    content[start : start + size] = _interior_page(size, child=count + 1, fan=fan)
    for number in range(count + 1, count + levels):
        content += _interior_page(size, child=number + 1, fan=fan)
    content += leaf
    content[28:32] = struct.pack(">I", len(content) // size)
    library.write_bytes(content)


def _interior_page(size: int, *, child: int, fan: int) -> bytes:
    """A page of a table's tree that refers `fan` times, and once on its right, to page `child`."""
    cells = [struct.pack(">IB", child, 1 + at % 100) for at in range(fan)]
    first = size - 5 * fan
    head = struct.pack(">BHHHBI", 5, 0, fan, first, 0, child)
    pointers = b"".join(struct.pack(">H", first + 5 * at) for at in range(fan))
    body = head + pointers
    return body + bytes(first - len(body)) + b"".join(cells)
