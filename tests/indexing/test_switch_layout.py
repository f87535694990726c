"""From one model to another and back: the old map serves meanwhile, and nothing is heard twice."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.clips import as_version_4
from tests.support.libraries import running_workers, settle
from tests.support.sounds import one_shot, touch_later, tree, write
from tui_browser.dsp.picture_part import SIZE
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.switch_layout import switch_layout
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.shown import Placer
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import UNCLASSED, Clip, Progress, Snapshot
from tui_browser.store.records import ClipEntry, StoredEncoding
from tui_browser.store.store import Store


@pytest.fixture
def first(workers: IndexWorkers) -> IndexWorkers:
    return workers


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    """A model without classes and without a map head, whose vectors have other sizes."""
    folder = tmp_path_factory.mktemp("models") / "second"
    with running_workers(folder, seed=9, has_map=False, classes=None, dim=24, z_dim=5) as running:
        yield running


class Bench:
    """A library of drums."""

    def __init__(self, folder: Path) -> None:
        self.samples = folder / "samples"
        self.path = str(folder / "library.db")
        self.made = tree(self.samples, each=1)

    def index(self, workers: IndexWorkers, *, layout: str = "none") -> IndexResult:
        with open_for_writing(self.path) as store:
            return index_library(
                store, add=[os.fsencode(self.samples)], model=None, jobs=1, layout=layout, report=quiet,
                workers=workers,
            )  # fmt: skip

    def look(self) -> Snapshot:
        with Library.open(self.path) as library:
            return library.snapshot()


def quiet(_: Progress) -> None:
    """Nobody listens."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def same(one: Snapshot, other: Snapshot) -> None:
    assert (one.space, one.layout) == (other.space, other.layout)
    for name in ("ids", "xy", "classes", "class_p", "flags", "features", "vectors"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_there_and_back_reads_nothing_twice_and_gives_the_same_map(
    bench: Bench, first: IndexWorkers, second: IndexWorkers
) -> None:
    bench.index(first)
    before = bench.look()
    moved = bench.index(second)
    assert moved.counts.encoded == len(bench.made)
    there = bench.look()
    assert there.space == second.bundle.space and there.vectors is not None and there.vectors.shape[1] == 24 + SIZE
    assert (there.classes == UNCLASSED).all() and np.isfinite(there.xy).all() and there.layout == "pca"
    back = bench.index(first)
    assert (back.counts.decoded, back.counts.encoded) == (0, 0)
    same(bench.look(), before)
    again = bench.index(second)
    assert (again.counts.decoded, again.counts.encoded) == (0, 0)
    same(bench.look(), there)


def test_the_layout_that_was_shown_is_shown_again(bench: Bench, first: IndexWorkers, second: IndexWorkers) -> None:
    bench.index(first)
    with open_for_writing(bench.path) as store:
        switch_layout(store, "x=length y=brightness", refit=False, report=quiet)
    before = bench.look()
    bench.index(second)
    assert bench.look().layout == "pca"
    with open_for_writing(bench.path) as store:
        switch_layout(store, "x=length y=pitch", refit=False, report=quiet)
    bench.index(first)
    same(bench.look(), before)
    with Library.open(bench.path) as library:
        assert {layout.space for layout in library.layouts()} == {first.bundle.space}
        assert library.status()["layouts"].count(before.layout) == 1


def test_going_back_hears_what_came_or_changed_meanwhile_and_nothing_else(
    bench: Bench, first: IndexWorkers, second: IndexWorkers
) -> None:
    bench.index(first)
    before = bench.look()
    bench.index(second)
    write(bench.samples / "late.wav", one_shot("snare", 77))
    edited = bench.samples / min(bench.made)
    write(edited, one_shot("cymbal", 5))
    touch_later(edited)
    assert bench.index(second).counts.encoded == 2
    assert bench.index(first).counts.encoded == 2
    after = bench.look()
    assert np.isfinite(after.xy).all() and (after.classes != UNCLASSED).all() and len(after) == len(before) + 1
    with Library.open(bench.path) as library:
        changed = library.id_of(os.fsencode(edited))
    kept = before.ids != changed
    np.testing.assert_array_equal(after.xy[:-1][kept], before.xy[kept])


def test_the_old_map_and_its_classes_serve_until_all_is_heard(
    bench: Bench, first: IndexWorkers, second: IndexWorkers
) -> None:
    bench.index(first)
    settle(bench.path)
    before = bench.look()
    with Store.open(bench.path) as store:
        said = store.encodings(first.bundle.space)
        known = store.known()
    with open_for_writing(bench.path) as store:  # as it stands when half of it has been heard
        Placer(store, space=second.bundle.space, has_map=False).begin()
        store.put_clips(
            [ClipEntry(clip, os.fsencode(bench.samples), StoredEncoding(said.embedding[i][:8], said.z[i], None))
             for i, clip in enumerate(clips(bench, second)[:3])],
            space="half way", layout="map",
        )  # fmt: skip
    same(bench.look(), before)
    with Store.open(bench.path) as store:
        assert sum(row.encoded_space == "half way" for row in store.known("half way").values()) == 3
        assert store.known() == known
    assert bench.index(first).counts.decoded == 0


def clips(bench: Bench, workers: IndexWorkers) -> list[Clip]:
    from tui_browser.audio.decode import decode
    from tui_browser.indexing.file_encoder import stat_file

    paths = [os.fsencode(bench.samples / name) for name in sorted(bench.made)]
    return [decode(stat_file(path), front_end=workers.bundle.front_end) for path in paths]


def test_an_older_library_keeps_its_maps_and_what_is_known_of_them(bench: Bench, first: IndexWorkers) -> None:
    bench.index(first)
    with open_for_writing(bench.path) as store:
        switch_layout(store, "x=length y=brightness", refit=False, report=quiet)
        switch_layout(store, "map", refit=False, report=quiet)
    before = bench.look()
    space = first.bundle.space
    with sqlite3.connect(bench.path) as conn:  # as version 2 wrote it
        as_version_4(conn)
        conn.execute("CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, space TEXT NOT NULL, "
                     "fitted_at REAL NOT NULL)")  # fmt: skip
        conn.execute("INSERT INTO old SELECT * FROM layouts")
        conn.execute("DROP TABLE layouts")
        conn.execute("ALTER TABLE old RENAME TO layouts")
        conn.execute("UPDATE notes SET key = replace(key, ?, '')", (f"@{space}",))
        conn.execute("INSERT INTO notes VALUES ('fitted:umap', ?)", (f"{space}:12",))
        conn.execute("ALTER TABLE samples DROP COLUMN level_db")
        conn.execute("ALTER TABLE samples DROP COLUMN peak_db")
        conn.execute("PRAGMA user_version = 2")
    conn.close()
    same(bench.look(), before)
    with open_for_writing(bench.path) as store:
        assert store.meta(f"fitted:umap@{space}") == "12" and not store.meta("fitted:umap")
        assert switch_layout(store, "x=length y=brightness", refit=False, report=quiet).samples == len(before)
        assert Placer(store, space=space, has_map=True).notes.before == "map"
