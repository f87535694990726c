"""Author and licence of a sound in the library: kept by its content, so that copies and moved files have them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

from tests.support.clips import ROOT, as_version_6, clip_entry, stat
from tui_browser.records import Credit
from tui_browser.store.records import ClipEntry
from tui_browser.store.store import Store

RAIN = Credit("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "anna", "Rain", "https://example.org/12/")
STERN = replace(RAIN, ai_preference="no-gen-ai")


def stated(entry: ClipEntry, credit: Credit | None, tags: tuple[str, ...] = ()) -> ClipEntry:
    return replace(entry, clip=replace(entry.clip, credit=credit, tags=tags))


def put(store: Store, *entries: ClipEntry) -> None:
    store.put_clips(list(entries), space="space", layout="map")


def test_a_sound_keeps_its_credit_when_its_file_is_copied_moved_or_read_again(store: Store) -> None:
    put(store, stated(clip_entry(b"a.wav"), RAIN))
    put(store, clip_entry(b"copy.wav"))  # without a sidecar
    put(store, clip_entry(b"a.wav"))  # its sidecar was deleted
    first, copy = store.rows()
    assert first.credit == copy.credit == RAIN
    store.move(first.id, stat(b"moved.wav"), ROOT)
    assert store.load().credits == {first.id: RAIN, copy.id: RAIN}
    put(store, clip_entry(b"moved.wav", sound=2))  # another sound at this path
    assert [row.credit for row in store.rows()] == [None, RAIN]


def test_a_credit_that_comes_later_reaches_the_snapshots_that_were_loaded(store: Store) -> None:
    put(store, clip_entry(b"a.wav"), clip_entry(b"b.wav", sound=2))
    before = store.load()
    assert before.credits == {}
    put(store, stated(clip_entry(b"copy.wav"), RAIN))
    after = store.load(previous=before)
    a, b, copy = after.ids.tolist()
    assert after.credits == {a: RAIN, copy: RAIN}
    store.pack(force=True)
    assert store.load().credits == after.credits
    store.remove([copy])
    assert store.load(previous=after).credits == {a: RAIN}
    assert store.load(previous=before).credits == {a: RAIN}
    assert b not in after.credits


def test_what_refuses_training_is_known_by_its_sound(store: Store) -> None:
    entry = clip_entry(b"a.wav")
    put(store, stated(entry, STERN), stated(clip_entry(b"b.wav", sound=2), RAIN))
    assert store.refusing_training() == {entry.clip.content_hash}


def test_a_new_sample_gets_the_tags_of_its_file_and_a_removed_tag_stays_away(store: Store) -> None:
    put(store, stated(clip_entry(b"a.wav"), RAIN, ("rain", "wet")))
    (row,) = store.rows()
    assert row.tags == ("rain", "wet")
    store.set_tags([row.id], remove=["wet"])
    put(store, stated(clip_entry(b"a.wav"), RAIN, ("rain", "wet")))
    assert next(store.rows()).tags == ("rain",)


def test_a_library_without_credits_is_brought_up_and_keeps_all(path: str) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        put(store, clip_entry(b"a.wav"))
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        as_version_6(conn)
        conn.execute("DROP TABLE credits")
        conn.execute("PRAGMA user_version = 5")
    with Store.open(path, mode="write") as store, store.writing():
        assert next(store.rows()).credit is None
        put(store, stated(clip_entry(b"a.wav"), RAIN))
        assert next(store.rows()).credit == RAIN
