"""Libraries from before vectors had a picture part: searched as they were, then brought up to date by an index run."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index, running_workers
from tests.support.sounds import tree
from tui_browser.dsp.picture_part import SIZE, has_picture_part, with_width
from tui_browser.indexing.file_encoder import FileEncoder
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing

DIM = 16


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("models") / "tiny") as workers:
        yield workers


def _narrowed(library: Path, paths: set[bytes] | None = None) -> None:
    """As an earlier version wrote these samples, or all."""
    with closing(sqlite3.connect(library)) as conn:
        rows = conn.execute("SELECT sample, embedding, path FROM encodings JOIN samples ON id = sample").fetchall()
        for sample, cell, path in rows:
            if paths is None or path in paths:
                narrow = with_width(np.frombuffer(cell, dtype="<f4"), DIM).astype("<f4").tobytes()
                conn.execute("UPDATE encodings SET embedding = ? WHERE sample = ?", (narrow, sample))
        if paths is None:
            conn.execute("DELETE FROM notes WHERE key LIKE 'width@%'")
        for table in ("packs", "pack_parts"):
            conn.execute(f"DELETE FROM {table}")
        conn.commit()


def test_an_older_library_is_searched_as_it_was_and_brought_up_to_date_once(
    tmp_path: Path, workers: IndexWorkers
) -> None:
    folder, library = tmp_path / "sounds", tmp_path / "l.db"
    tree(folder, each=2)
    index(library, folder, workers=workers)
    with Library.open(str(library)) as new:
        wide, places = new.snapshot(), {row.path: (row.id, row.x, row.y) for row in new.all_rows()}
    _narrowed(library)
    kick = os.fsencode(folder / "kit 0/kick 0.wav")
    said: list[str] = []
    with Library.open(str(library)) as old:
        before = old.snapshot()
        assert before.vectors is not None and before.vectors.shape[1] == DIM
        outside = FileEncoder(workers.bundle, workers=workers).target(kick)
        assert [row.path for row, _ in old.near(outside.vector, k=1)] == [kick], "a new sound finds its place, too"
        with open_for_writing(str(library)) as store:
            outcome = index_library(
                store, model=None, jobs=1, layout="auto", report=lambda _: None, tell=said.append, workers=workers
            )
        assert outcome.counts.encoded == len(before) and "read once more" in " ".join(said)
        after = old.snapshot(before)
        assert after.vectors is not None and has_picture_part(after.vectors), "open readers see it, too"
        assert wide.vectors is not None
        np.testing.assert_array_equal(after.vectors, wide.vectors)
        assert {row.path: (row.id, row.x, row.y) for row in old.all_rows()} == places, "the map stays"
    again = index(library, workers=workers)
    assert again.counts.encoded == 0


def test_until_all_have_it_the_part_is_not_compared_and_a_missing_file_holds_nothing_up(
    tmp_path: Path, workers: IndexWorkers
) -> None:
    folder, library = tmp_path / "sounds", tmp_path / "l.db"
    tree(folder, each=1)
    index(library, folder, workers=workers)
    _narrowed(library)
    gone = os.fsencode(folder / "kit 0/tom 0.wav")
    with closing(sqlite3.connect(library)) as conn:
        conn.execute("UPDATE samples SET flags = flags | 4 WHERE path = ?", (gone,))  # as if its drive were away
        conn.commit()
    with open_for_writing(str(library)) as store:
        assert store.narrow(workers.bundle.space, width=DIM + SIZE) == 11
        assert not store.widen(workers.bundle.space, DIM + SIZE)
    os.rename(folder / "kit 0/tom 0.wav", tmp_path / "tom 0.wav")
    index(library, workers=workers)
    with Library.open(str(library)) as reader:
        vectors = reader.snapshot().vectors
        assert vectors is not None and vectors.shape[1] == DIM + SIZE
