"""The hits of long files come back, follow their sample, and go with it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from tests.support.clips import ROOT, as_version_4, clip_entry, vector
from tui_browser.records import FAVOURITE, FileSlices, SampleId, Slice, SliceTable
from tui_browser.store import slices
from tui_browser.store.records import ClipEntry
from tui_browser.store.store import Store


def long_item(name: bytes, *, sound: int = 1, count: int = 3) -> ClipEntry:
    entry = clip_entry(name, sound=sound)
    onsets = np.arange(count) * 0.5
    vectors = np.stack([vector(100 * sound + i) for i in range(count)])
    slices = FileSlices(onsets.astype(np.float64), np.full(count, 0.5), vectors=vectors)
    return replace(entry, clip=replace(entry.clip, slices=slices, bpm=120.0, key="Am"))


def put(store: Store, *entries: ClipEntry, space: str = "drums-1") -> list[SampleId]:
    store.put_clips(entries, space=space, layout="pca")
    found = [store.id_of(entry.clip.stat.path) for entry in entries]
    return [sample for sample in found if sample is not None]


def test_slices_tempo_and_key_come_back(store: Store) -> None:
    long, short, other = put(
        store, long_item(b"a.wav"), clip_entry(b"b.wav", sound=2), long_item(b"c.wav", sound=3, count=2)
    )
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
    put(store, clip_entry(b"a.wav"))
    assert len(store.all_slices()) == 0


def test_slices_follow_edits_moves_and_removal(store: Store) -> None:
    (sample,) = put(store, long_item(b"a.wav"))
    moved = long_item(b"b.wav").clip.stat
    store.move(sample, moved, ROOT)
    assert len(store.slices(sample)) == 3
    put(store, long_item(b"b.wav", sound=2, count=2))
    assert len(store.slices(sample)) == 2
    put(store, clip_entry(b"b.wav", sound=4))
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


def same(one: SliceTable | None, other: SliceTable | None) -> bool:
    assert one is not None and other is not None
    fields = ("files", "starts", "samples", "onset_s", "length_s", "vectors")
    return all(np.array_equal(getattr(one, field), getattr(other, field)) for field in fields)


def test_a_snapshot_keeps_its_hits_up_to_date(store: Store) -> None:
    assert store.load().slices is None
    held = [store.load(slices=True), store.load()]
    assert held[0].slices is not None and len(held[0].slices) == 0

    def check() -> None:
        fresh = store.load(slices=True)
        for old in held:
            assert same(store.load(slices=True, previous=old).slices, fresh.slices)
        assert same(store.load(previous=held[0]).slices, fresh.slices), "those of an older one go on"
        held.append(fresh)

    a, b, _ = put(store, long_item(b"a"), clip_entry(b"b", sound=2), long_item(b"c", sound=3, count=5))
    check()
    store.set_flag([a], FAVOURITE, True)
    assert store.load(slices=True, previous=held[-1]).slices is held[-1].slices, "nothing was heard: nothing is read"
    put(store, long_item(b"d", sound=4))
    check()
    put(store, long_item(b"b", sound=5, count=2))  # now long, and between the others
    check()
    put(store, clip_entry(b"c", sound=6))  # one sound now
    check()
    store.remove([a])
    check()
    put(store, long_item(b"b", sound=5, count=4), space="other")
    check()
    store.show_space("other")
    check()
    store.remove([b])
    check()
    assert held[-1].slices is not None and len(held[-1].slices) == 0


def test_more_hits_than_are_kept_are_read_by_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, *(long_item(b"%d" % i, sound=1 + i) for i in range(7)))
    before = store.load(slices=True)
    whole = store.all_slices()
    assert [len(part) for part in store.slices_in_parts()] == [21]
    monkeypatch.setattr(slices, "MEMORY_LIMIT_BYTES", 7 * (whole.vectors.nbytes + 16 * 21) // 21)
    assert sum(len(part) for part in store.slices_in_parts()) == 21
    pieces = list(store.slices_in_parts())
    assert len(pieces) > 2 and np.array_equal(np.concatenate([part.vectors for part in pieces]), whole.vectors)
    assert np.concatenate([part.samples for part in pieces]).tolist() == whole.samples.tolist()
    aside = store.load(slices=True)
    assert aside.slices is None and aside.slices_omitted
    assert store.load(slices=True, previous=aside) is aside
    (one,) = put(store, long_item(b"new", sound=20))
    assert (
        store.load(slices=True, previous=before).slices_omitted
        and store.load(slices=True, previous=aside).slices_omitted
    )
    monkeypatch.undo()
    store.remove([one])
    assert same(store.load(slices=True, previous=aside).slices, whole)


def test_long_files_of_an_older_library_are_looked_at_again(path: str) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        put(store, clip_entry(b"short.wav"), clip_entry(b"long.wav", sound=2))
    with sqlite3.connect(path, isolation_level=None) as conn:  # as it was before slices
        as_version_4(conn)
        conn.execute("ALTER TABLE samples DROP COLUMN level_db")
        conn.execute("ALTER TABLE samples DROP COLUMN peak_db")
        conn.execute("DROP TABLE slices")
        conn.execute("CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, space TEXT NOT NULL, "
                     "fitted_at REAL NOT NULL)")  # fmt: skip
        conn.execute("INSERT INTO old SELECT * FROM layouts")
        conn.execute("DROP TABLE layouts")
        conn.execute("ALTER TABLE old RENAME TO layouts")
        conn.execute("ALTER TABLE samples DROP COLUMN bpm")
        conn.execute("ALTER TABLE samples DROP COLUMN key")
        conn.execute("UPDATE samples SET duration_s = 4 WHERE path = ?", (ROOT + b"/long.wav",))
        conn.execute("PRAGMA user_version = 1")
    conn.close()
    with Store.open(path, mode="write") as store:
        known = store.known()
    assert known[ROOT + b"/long.wav"].mtime_ns == -1
    assert known[ROOT + b"/short.wav"].mtime_ns == pytest.approx(5_000_000_001)
