"""Ratings, notes, classes, flags, tags and collections: changed together, taken back, and kept when files vanish."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.clips import ROOT, clip_entry
from tui_browser.errors import LibraryError
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HIDDEN, SampleId, SampleRow
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.annotation_runs import KEPT_RUNS
from tui_browser.store.records import CollectionItem, SampleCollection
from tui_browser.store.store import Store


def put(store: Store, *names: bytes) -> list[SampleId]:
    entries = [clip_entry(name, sound=number) for number, name in enumerate(names)]
    store.put_clips(entries, space="space", layout="map")
    ids = [store.id_of(ROOT + b"/" + name) for name in names]
    return [each for each in ids if each is not None]


def everything(sample: SampleId) -> AnnotationChange:
    return AnnotationChange(
        ratings={sample: 4},
        notes={sample: "from the flea market"},
        classes={sample: DRUM_CLASSES.index("cowbell")},
        flags={FAVOURITE: {sample: True}, HIDDEN: {sample: True}},
        add_tags={"dark": [sample]},
        collections={"mine": SampleCollection("mine", "list", (CollectionItem(sample),))},
    )


def annotated(row: SampleRow) -> bool:
    return (row.rating, row.user_note, row.corrected_class, row.favourite, row.hidden, row.tags, row.collections) == (
        4, "from the flea market", "cowbell", True, True, ("dark",), ("mine",),
    )  # fmt: skip


def test_a_change_is_taken_back_as_a_whole(store: Store) -> None:
    a, b = put(store, b"a.wav", b"b.wav")
    store.annotate(AnnotationChange(ratings={b: 2}, add_tags={"dark": [b]}))
    before = list(store.rows())
    store.annotate(everything(a), run="first")
    store.annotate(AnnotationChange(ratings={a: None, b: 5}, remove_tags={"dark": [a, b]}), run="second")
    taken = store.take_back()
    assert taken is not None and taken[0] == "second"
    first, second = store.rows()
    assert annotated(first) and second == before[1]
    assert store.take_back() is not None
    assert list(store.rows()) == before and store.collections() == []
    assert store.take_back() is None


def test_what_was_so_before_is_not_taken_away_by_undo(store: Store) -> None:
    a, b = put(store, b"a.wav", b"b.wav")
    store.annotate(AnnotationChange(add_tags={"dark": [a]}))
    store.annotate(AnnotationChange(add_tags={"dark": [a, b]}), run="tag")
    store.take_back()
    assert [row.tags for row in store.rows()] == [("dark",), ()]
    assert not store.annotate(AnnotationChange(add_tags={"dark": [a]}), run="nothing new")
    assert store.take_back() is None


def test_only_the_newest_runs_are_noted(store: Store) -> None:
    (a,) = put(store, b"a.wav")
    for number in range(KEPT_RUNS + 5):
        store.annotate(AnnotationChange(notes={a: f"note {number}"}), run="note")
    for _ in range(KEPT_RUNS):
        assert store.take_back() is not None
    assert store.take_back() is None
    assert next(store.rows()).user_note == "note 4"


def test_all_annotations_outlive_edits_and_return_with_the_sound(store: Store) -> None:
    (a,) = put(store, b"a.wav")
    store.annotate(everything(a))
    store.put_clips([clip_entry(b"a.wav", sound=7)], space="space", layout="map")
    assert annotated(next(store.rows()))
    store.remove([a])
    store.put_clips([clip_entry(b"elsewhere.wav", sound=7)], space="space", layout="map")
    assert annotated(next(store.rows()))


def test_what_was_said_of_copies_is_joined_when_all_are_removed(store: Store) -> None:
    store.put_clips([clip_entry(b"a.wav"), clip_entry(b"copy.wav")], space="space", layout="map")
    a, copy = (row.id for row in store.rows())
    store.annotate(AnnotationChange(ratings={a: 4}, add_tags={"dark": [a], "warm": [copy]}, notes={copy: "loud"}))
    store.remove([a])
    store.remove([copy])
    store.put_clips([clip_entry(b"back.wav")], space="space", layout="map")
    row = next(store.rows())
    assert (row.rating, row.user_note, row.tags) == (4, "loud", ("dark", "warm"))


def test_forgetting_a_root_keeps_what_was_written_about_its_sounds(store: Store) -> None:
    (a,) = put(store, b"a.wav")
    store.annotate(everything(a))
    assert store.forget_root(ROOT) == 1
    store.add_root(ROOT)
    put(store, b"a.wav")
    assert annotated(next(store.rows()))


def test_a_snapshot_follows_each_change(store: Store) -> None:
    a, b = put(store, b"a.wav", b"b.wav")
    before = store.load()
    back = store.annotate(everything(b))
    after = store.load(previous=before)
    assert after.ratings == {b: 4} and after.user_notes == {b: "from the flea market"}
    assert after.collections == {"mine": (b,)} and after.tags == {b: ("dark",)}
    assert DRUM_CLASSES[after.classes[1]] == "cowbell" and after.class_p[1] == 1.0
    assert after.flags[1] & HIDDEN and not after.flags[0] & HIDDEN
    store.pack(force=True)
    whole = store.load()
    assert (whole.ratings, whole.collections, whole.classes.tolist()) == (
        after.ratings, after.collections, after.classes.tolist(),
    )  # fmt: skip
    store.remove([b])
    assert store.load(previous=after).collections == {"mine": ()}
    (b,) = put(store, b"a.wav", b"b.wav")[1:]
    store.annotate(AnnotationChange(collections={"mine": None}, classes=dict.fromkeys([a, b])))
    gone = store.load(previous=after)
    assert gone.collections == {} and gone.classes.tolist() == before.classes.tolist()
    assert back


def test_a_library_of_other_classes_shows_only_the_corrections_that_it_has(store: Store) -> None:
    a, b = put(store, b"a.wav", b"b.wav")
    store.set_meta({"classes": '["cowbell", "bell"]'})
    store.annotate(AnnotationChange(classes={a: DRUM_CLASSES.index("cowbell"), b: DRUM_CLASSES.index("snare")}))
    snapshot = store.load()
    assert snapshot.classes[0] == 0 and snapshot.class_p[0] == 1.0
    assert snapshot.class_p[1] == pytest.approx(0.5)


def test_a_rating_beyond_five_is_refused_and_nothing_changes(store: Store) -> None:
    (a,) = put(store, b"a.wav")
    with pytest.raises(ValueError, match="1 to 5"):
        store.annotate(AnnotationChange(ratings={a: 6}, notes={a: "loud"}))
    assert next(store.rows()).user_note is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ratings SET rating = 9",
        "UPDATE ratings SET rating = 'x'",
        "UPDATE sample_notes SET note = x'00'",
        "UPDATE collections SET name = x'00'",
        "UPDATE samples SET corrected_class = 99",
    ],
)
def test_a_value_of_the_wrong_kind_is_one_sentence(path: str, statement: str) -> None:
    with Store.open(path, mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.annotate(everything(put(store, b"a.wav")[0]))
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(statement)
    with Store.open(path) as store, pytest.raises(LibraryError, match="does not belong"):
        store.load()
        list(store.rows())
        store.collection("mine")
