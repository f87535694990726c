"""The level that a sample is played with, kept with its row."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from tests.store.clips import ROOT, as_version_4, item
from tui_browser.records import SampleRow
from tui_browser.store.store import Mode, Store
from tui_browser.store.values import Item


def leveled(name: bytes, *, sound: int = 1, level: tuple[float, float] | None = (-17.5, -3.25)) -> Item:
    clip, root, embedding, z, probabilities, xy = item(name, sound=sound)
    return replace(clip, level=level), root, embedding, z, probabilities, xy


def put(store: Store, *items: Item) -> None:
    store.put_clips(items, space="a", layout="pca")


def row(store: Store, name: bytes) -> SampleRow:
    sample = store.id_of(ROOT + b"/" + name)
    found = store.row(sample) if sample is not None else None
    assert found is not None
    return found


def test_levels_come_back_and_follow_the_file(store: Store) -> None:
    put(store, leveled(b"a.wav"), leveled(b"b.wav", sound=2, level=None))
    assert row(store, b"a.wav").level == (-17.5, -3.25)
    assert row(store, b"b.wav").level is None
    put(store, leveled(b"a.wav", sound=3, level=(-30.0, -12.0)))
    assert row(store, b"a.wav").level == (-30.0, -12.0)


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_library_without_levels_is_brought_up_and_keeps_all(path: str, mode: Mode) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        put(store, *(leveled(b"%d.wav" % i, sound=i) for i in range(5)))
        before = store.known()
    with sqlite3.connect(path, isolation_level=None) as conn:  # as version 3 wrote it
        as_version_4(conn)
        conn.execute("ALTER TABLE samples DROP COLUMN level_db")
        conn.execute("ALTER TABLE samples DROP COLUMN peak_db")
        conn.execute("PRAGMA user_version = 3")
    conn.close()
    with Store.open(path, mode=mode) as store:
        assert len(store.load()) == 5
        assert row(store, b"3.wav").level is None
        now = store.known()
        assert now == {path: row._replace(ctime_ns=0) for path, row in before.items()}  # nothing is decoded again
    with Store.open(path, mode="write") as store, store.writing():
        put(store, leveled(b"3.wav", sound=3))
        assert row(store, b"3.wav").level == (-17.5, -3.25)


def test_formats_that_were_read_in_part_are_read_again_after_an_update(store: Store, path: str) -> None:
    names = (b"a.wav", b"b.mp3", b"c.OGG", b"d.opus", b"e.flac")
    put(store, *(leveled(name, sound=at) for at, name in enumerate(names, 1)))
    store.close()
    with sqlite3.connect(path, isolation_level=None) as conn:
        as_version_4(conn)
    conn.close()
    with Store.open(path, mode="write") as updated:
        again = {path for path, row in updated.known().items() if row.mtime_ns == -1}
    assert again == {ROOT + b"/" + name for name in (b"b.mp3", b"c.OGG", b"d.opus")}
