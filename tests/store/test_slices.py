"""The hits of long files come back, follow their sample, and go with it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from tests.store.clips import ROOT, item, vector
from tui_browser.records import SampleId, Slice, Slices
from tui_browser.store.store import Store
from tui_browser.store.values import Item


def long_item(name: bytes, *, sound: int = 1, count: int = 3) -> Item:
    clip, *rest = item(name, sound=sound)
    onsets = np.arange(count) * 0.5
    vectors = np.stack([vector(100 * sound + i) for i in range(count)])
    slices = Slices(onsets.astype(np.float64), np.full(count, 0.5), vectors=vectors)
    return (replace(clip, slices=slices, bpm=120.0, key="Am"), *rest)


def put(store: Store, *items: Item, space: str = "drums-1") -> list[SampleId]:
    store.put_clips(items, space=space, layout="pca")
    found = [store.id_of(entry[0].stat.path) for entry in items]
    return [sample for sample in found if sample is not None]


def test_slices_tempo_and_key_come_back(store: Store) -> None:
    long, short, other = put(store, long_item(b"a.wav"), item(b"b.wav", sound=2), long_item(b"c.wav", sound=3, count=2))
    assert store.slices(long) == [Slice(0.0, 0.5), Slice(0.5, 0.5), Slice(1.0, 0.5)]
    assert store.slices(short) == []
    row = store.row(long)
    assert row is not None and (row.bpm, row.key) == (120.0, "Am")
    every = store.all_slices()
    assert every.samples.tolist() == [long] * 3 + [other] * 2
    assert every.onset_s.tolist() == [0.0, 0.5, 1.0, 0.0, 0.5]
    assert np.array_equal(every.vectors[3], vector(300))
    one = store.slice_vector(other, 1)
    assert one is not None and np.array_equal(one, vector(301))
    assert store.slice_vector(other, 2) is None and store.slice_vector(short, 0) is None


def test_a_library_without_long_files_has_none(store: Store) -> None:
    assert len(store.all_slices()) == 0
    put(store, item(b"a.wav"))
    assert len(store.all_slices()) == 0


def test_slices_follow_edits_moves_and_removal(store: Store) -> None:
    (sample,) = put(store, long_item(b"a.wav"))
    moved = long_item(b"b.wav")[0].stat
    store.move(sample, moved, ROOT)
    assert len(store.slices(sample)) == 3
    put(store, long_item(b"b.wav", sound=2, count=2))
    assert len(store.slices(sample)) == 2
    put(store, item(b"b.wav", sound=4))
    assert store.slices(sample) == [] and len(store.all_slices()) == 0
    put(store, long_item(b"b.wav", sound=5))
    store.remove([sample])
    assert store.slices(sample) == [] and len(store.all_slices()) == 0


def test_each_space_has_its_own(store: Store) -> None:
    (sample,) = put(store, long_item(b"a.wav"))
    put(store, long_item(b"a.wav"), space="other")
    assert store.all_slices().samples.tolist() == [sample] * 3
    store.show_space("other")
    store.drop_space("drums-1")
    assert len(store.all_slices()) == 3
    store.drop_space("other")  # shown: stays
    assert len(store.slices(sample)) == 3


def test_long_files_of_an_older_library_are_looked_at_again(path: str) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        put(store, item(b"short.wav"), item(b"long.wav", sound=2))
    with sqlite3.connect(path, isolation_level=None) as conn:  # as it was before slices
        conn.execute("ALTER TABLE samples DROP COLUMN level_db")
        conn.execute("ALTER TABLE samples DROP COLUMN peak_db")
        conn.execute("DROP TABLE slices")
        conn.execute("ALTER TABLE samples DROP COLUMN bpm")
        conn.execute("ALTER TABLE samples DROP COLUMN key")
        conn.execute("UPDATE samples SET duration_s = 4 WHERE path = ?", (ROOT + b"/long.wav",))
        conn.execute("PRAGMA user_version = 1")
    conn.close()
    with Store.open(path, mode="write") as store:
        known = store.known()
    assert known[ROOT + b"/long.wav"].mtime_ns == -1
    assert known[ROOT + b"/short.wav"].mtime_ns == pytest.approx(5_000_000_001)
