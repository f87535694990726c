"""Collections: ordered, changed as a whole, and kept when files move, change, vanish and return."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from tests.support.clips import ROOT, as_version_6, clip_entry, stat
from tui_browser.errors import LibraryError
from tui_browser.records import SampleId
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.records import CollectionInfo, CollectionItem, CollectionKind, SampleCollection
from tui_browser.store.store import Store


def put(store: Store, *names: bytes) -> list[SampleId]:
    """Files whose sound is their number, such as `3.wav`; copies are called `3-copy.wav`."""
    entries = [clip_entry(name, sound=int(name.split(b".")[0].split(b"-")[0])) for name in names]
    store.put_clips(entries, space="space", layout="map")
    ids = [store.id_of(ROOT + b"/" + name) for name in names]
    return [each for each in ids if each is not None]


def put_collection(
    store: Store,
    name: str,
    *items: CollectionItem,
    kind: CollectionKind = "list",
    data: Mapping[str, Any] | None = None,
) -> None:
    store.annotate(AnnotationChange(collections={name: SampleCollection(name, kind, items, data or {})}))


def collected(store: Store, name: str = "mine") -> SampleCollection:
    collection = store.collection(name)
    assert collection is not None
    return collection


def test_items_keep_their_order_and_their_data(store: Store) -> None:
    a, b, c = put(store, b"1.wav", b"2.wav", b"3.wav")
    items = CollectionItem(c, data={"pad": 4}), CollectionItem(a), CollectionItem(c)
    put_collection(store, "mine", *items, kind="kit", data={"swing": 0.6})
    collection = collected(store)
    assert (collection.kind, collection.data, collection.samples) == ("kit", {"swing": 0.6}, [c, a, c])
    assert [dict(item.data) for item in collection.items] == [{"pad": 4}, {}, {}]
    put_collection(store, "MINE", CollectionItem(b), kind="kit")
    assert collected(store).samples == [b] and not collected(store).data
    assert store.collections() == [CollectionInfo("MINE", "kit", 1, 0)]


def test_an_item_follows_its_file_through_edits_and_moves(store: Store) -> None:
    (a,) = put(store, b"1.wav")
    put_collection(store, "mine", CollectionItem(a))
    store.put_clips([clip_entry(b"1.wav", sound=9)], space="space", layout="map")
    store.move(a, stat(b"moved.wav"), ROOT)
    (item,) = collected(store).items
    assert item.sample == a and item.path == ROOT + b"/moved.wav"
    assert item.content_hash == clip_entry(b"x", sound=9).clip.content_hash


def test_items_of_removed_files_return_with_their_sound(store: Store) -> None:
    a, b = put(store, b"1.wav", b"2.wav")
    put_collection(store, "mine", CollectionItem(b), CollectionItem(a, data={"pad": 1}), CollectionItem(a))
    store.remove([a])
    assert collected(store).samples == [b]
    assert store.collections() == [CollectionInfo("mine", "list", 3, 2)]
    assert collected(store).items[1].path == ROOT + b"/1.wav"
    (again,) = put(store, b"1-renamed.wav")
    assert collected(store).samples == [b, again, again]
    assert dict(collected(store).items[1].data) == {"pad": 1}


def test_copies_that_return_take_their_own_places(store: Store) -> None:
    first, second = put(store, b"1.wav", b"1-copy.wav")
    put_collection(store, "mine", CollectionItem(second), CollectionItem(first), CollectionItem(second))
    store.remove([first, second])
    new_first, new_second = put(store, b"1.wav", b"1-copy.wav")
    assert collected(store).samples == [new_second, new_first, new_second]
    store.remove([new_first, new_second])
    one, other = put(store, b"1-x.wav", b"1-y.wav")  # both renamed meanwhile: each sound once
    assert collected(store).samples == [one, other, one]


def test_an_item_may_name_a_sound_before_its_file_is_there(store: Store) -> None:
    content_hash = clip_entry(b"x", sound=5).clip.content_hash
    (known,) = put(store, b"3.wav")
    put_collection(
        store,
        "mine",
        CollectionItem(None, content_hash, b"/elsewhere/5.wav"),
        CollectionItem(None, clip_entry(b"x", sound=3).clip.content_hash, b"/elsewhere/3.wav"),
        CollectionItem(None, "", b"/elsewhere/unheard.wav"),
    )
    assert [item.sample for item in collected(store).items] == [None, known, None]
    (five,) = put(store, b"5.wav")
    assert [item.sample for item in collected(store).items] == [five, known, None]
    assert collected(store).items[2].path == b"/elsewhere/unheard.wav"


def test_names_are_unique_in_any_case_and_printable(store: Store) -> None:
    put_collection(store, " Late night ")
    put_collection(store, "other")
    for name in ("", "  ", "a\nb", "\x1b[2J", "x" * 201):
        with pytest.raises(LibraryError):
            put_collection(store, name)
        with pytest.raises(LibraryError):
            store.annotate(AnnotationChange(rename={"other": name}))
    with pytest.raises(LibraryError, match="already"):
        store.annotate(AnnotationChange(rename={"other": "late night"}))
    store.annotate(AnnotationChange(rename={"late night": "LATE NIGHT"}))
    assert [each.name for each in store.collections()] == ["LATE NIGHT", "other"]
    with pytest.raises(LibraryError, match="no collection none"):
        store.annotate(AnnotationChange(rename={"none": "x"}))
    with pytest.raises(LibraryError, match="no collection none"):
        store.annotate(AnnotationChange(uncollect={"none": []}))


def test_samples_are_added_moved_and_taken_out_and_each_step_is_taken_back(store: Store) -> None:
    a, b, c = put(store, b"1.wav", b"2.wav", b"3.wav")
    backs = [
        store.annotate(change)
        for change in (
            AnnotationChange(collect={"mine": CollectedSamples([b, a, b])}),
            AnnotationChange(collect={"MINE": CollectedSamples([c, b], place=1)}),
            AnnotationChange(uncollect={"mine": [c]}),
            AnnotationChange(rename={"mine": "yours"}),
        )
    ]
    assert collected(store, "yours").samples == [b, a] and store.collection("mine") is None
    orders = []
    for back in reversed(backs):
        store.annotate(back)
        orders.append([collected(store).samples for _ in store.collections()])
    assert orders == [[[b, a]], [[c, b, a]], [[b, a]], []]


def test_a_library_without_collections_is_brought_up_and_keeps_all(path: str) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        (a,) = put(store, b"1.wav")
        store.set_tags([a], add=["dark"])
        store.remove([a])
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        as_version_6(conn)
    with Store.open(path, mode="write") as store, store.writing():
        (a,) = put(store, b"1.wav")
        assert next(store.rows()).tags == ("dark",)
        put_collection(store, "mine", CollectionItem(a))
        assert collected(store).samples == [a]
