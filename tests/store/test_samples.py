"""What is put into a library comes back, and what a person made outlives what happens to files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.clips import ROOT, clip, clip_entry, probabilities, silent_entry, stat, vector
from tui_browser.errors import LibraryError, RejectCode
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HEARD, FileStat, Reject, SampleId, SampleState
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.records import ClipEntry, StoredEncoding
from tui_browser.store.store import Store


def put(store: Store, *entries: ClipEntry) -> list[SampleId]:
    store.put_clips(entries, space="drums-1", layout="pca")
    ids = [store.id_of(entry.clip.stat.path) for entry in entries]
    return [sample for sample in ids if sample is not None]


def test_a_clip_comes_back_in_full(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"kick\n\xff.wav", sound=0))
    row = store.row(sample)
    assert row is not None
    assert row.path == ROOT + b"/kick\n\xff.wav" and row.root == ROOT
    assert (row.size, row.mtime_ns, row.frames, row.channels) == (1000, 5_000_000_000, 22_050, 2)
    assert row.class_name == DRUM_CLASSES[0] and row.class_p == pytest.approx(0.5)
    assert (row.x, row.y) == (0.25, 0.75)
    assert row.loudness_db == -9.5 and row.pitch_hz is None
    assert row.state is SampleState.READY and not row.missing and row.tags == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.binary(min_size=1, max_size=255).filter(lambda n: b"\0" not in n), max_size=8, unique=True))
def test_any_name_is_kept_byte_for_byte(store: Store, names: list[bytes]) -> None:
    store.remove([row.id for row in store.rows()])
    put(store, *(clip_entry(name) for name in names)) if names else None
    assert {row.path for row in store.rows()} == {ROOT + b"/" + name for name in names}
    assert set(store.known()) == {ROOT + b"/" + name for name in names}
    snapshot = store.load()
    assert sorted(snapshot.names[i] for i in range(len(snapshot))) == sorted(ROOT + b"/" + name for name in names)


def test_known_is_what_a_scan_saw(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav", sound=3))
    seen = stat(b"a.wav", number=3)
    known = store.known()[seen.path]
    assert (known.size, known.mtime_ns, known.device, known.inode, known.ctime_ns) == (
        seen.size, seen.mtime_ns, seen.device, seen.inode, seen.ctime_ns,
    )  # fmt: skip
    assert known.id == sample and not known.missing and known.encoded_space == "drums-1"
    put(store, silent_entry(b"b.wav"))
    assert store.known()[ROOT + b"/b.wav"].encoded_space == ""


def marked(store: Store, sample: SampleId) -> None:
    store.set_flag([sample], FAVOURITE, True)
    store.set_flag([sample], HEARD, True)
    store.set_tags([sample], ["dark", "warm"])
    store.annotate(AnnotationChange(classes={sample: 4}))


def still_marked(store: Store, sample: SampleId) -> bool:
    row = store.row(sample)
    assert row is not None
    return row.favourite and row.heard and row.tags == ("dark", "warm") and store.corrections() == {sample: 4}


def test_marks_outlive_a_new_encoding_and_an_edit(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav", sound=1))
    marked(store, sample)
    assert put(store, clip_entry(b"a.wav", sound=1)) == [sample] and still_marked(store, sample)
    assert put(store, clip_entry(b"a.wav", sound=2)) == [sample] and still_marked(store, sample)
    assert put(store, silent_entry(b"a.wav", sound=3)) == [sample] and still_marked(store, sample)


def test_marks_outlive_a_move_and_an_unplugged_root(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav"))
    marked(store, sample)
    store.mark_missing([sample], True)
    row = store.row(sample)
    assert row is not None and row.missing and still_marked(store, sample)
    assert store.move(sample, stat(b"new/b.wav"), ROOT)
    row = store.row(sample)
    assert row is not None and row.path == ROOT + b"/new/b.wav" and not row.missing and (row.x, row.y) == (0.25, 0.75)
    assert still_marked(store, sample) and store.id_of(ROOT + b"/a.wav") is None


def test_an_edit_drops_the_old_sounds_place_and_vector(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav", sound=1))
    put(store, silent_entry(b"a.wav", sound=2))
    row = store.row(sample)
    assert row is not None and row.x is None and row.class_name is None and row.state is SampleState.SILENT
    vectors = store.load().vectors
    assert vectors is not None and np.isnan(vectors).all()
    assert len(store.encodings("drums-1").ids) == 0


def test_a_touched_file_keeps_its_encoding_and_place(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav", sound=1))
    before = store.row(sample)
    put(store, ClipEntry(clip(b"a.wav", sound=1), ROOT))
    assert store.row(sample) == before
    vectors = store.load().vectors
    assert vectors is not None and np.array_equal(vectors[0], vector(1))


def test_two_files_swap_their_names(store: Store) -> None:
    a, b = put(store, clip_entry(b"a.wav", sound=1), clip_entry(b"b.wav", sound=2))
    assert store.move_many([(a, stat(b"b.wav"), ROOT), (b, stat(b"a.wav"), ROOT)]) == 2
    assert (store.id_of(ROOT + b"/a.wav"), store.id_of(ROOT + b"/b.wav")) == (b, a)


def test_a_file_moved_over_another_takes_its_place(store: Store) -> None:
    a, b = put(store, clip_entry(b"a.wav", sound=1), clip_entry(b"b.wav", sound=2))
    store.move(a, stat(b"b.wav", number=1), ROOT)
    assert store.row(b) is None and store.id_of(ROOT + b"/b.wav") == a
    assert store.load().ids.tolist() == [a]


def test_a_sound_that_was_removed_and_returns_gets_its_marks_back(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav", sound=5))
    marked(store, sample)
    store.remove([sample])
    returned, other = put(store, clip_entry(b"elsewhere/b.wav", sound=5), clip_entry(b"c.wav", sound=6))
    assert returned != sample and still_marked(store, returned)
    row = store.row(other)
    assert row is not None and not row.favourite and row.tags == ()
    snapshot = store.load()
    assert snapshot.flags.tolist() == [FAVOURITE | HEARD, 0] and snapshot.tags == {returned: ("dark", "warm")}


def test_ids_are_never_given_twice(store: Store) -> None:
    (a,) = put(store, clip_entry(b"a.wav"))
    store.remove([a])
    (b,) = put(store, clip_entry(b"a.wav"))
    assert b > a


def test_copies_are_found_by_content_and_need_no_second_encoding(store: Store) -> None:
    a, b = put(store, clip_entry(b"a.wav", sound=7), clip_entry(b"copy.wav", sound=7))
    store.mark_missing([b], True)
    sound = clip(b"", sound=7).content_hash
    assert store.by_hash([sound, "unknown"]) == {sound: [(a, ROOT + b"/a.wav", False), (b, ROOT + b"/copy.wav", True)]}
    stored = store.reuse_encodings([sound, "unknown"], "drums-1")
    assert list(stored) == [sound] and np.array_equal(stored[sound].embedding, vector(7))
    assert np.array_equal(stored[sound].z, vector(8))
    known = stored[sound].probabilities
    assert known is not None and np.array_equal(known, probabilities(7))
    assert store.reuse_encodings([sound], "another") == {}


def test_two_spaces_live_side_by_side(store: Store) -> None:
    put(store, clip_entry(b"a.wav", sound=1), clip_entry(b"b.wav", sound=2))
    new = ClipEntry(clip(b"a.wav", sound=1), ROOT, StoredEncoding(vector(50, width=4), np.empty(0, np.float32), None))
    store.put_clips([new], space="other-2", layout="")
    assert len(store.encodings("drums-1").ids) == 2 and store.encodings("other-2").embedding.shape == (1, 4)
    before = store.load()
    assert before.space == "drums-1" and before.vectors is not None and before.vectors.shape == (2, 8)
    assert np.isfinite(before.vectors).all()
    store.show_space("other-2")
    after = store.load(previous=before)
    assert (
        after.space == "other-2"
        and after.vectors is not None
        and np.isnan(after.vectors[:, 0]).tolist() == [False, True]
    )
    assert store.drop_space("drums-1") == 2 and store.drop_space("other-2") == 0


def test_forgetting_a_root_keeps_what_another_covers(store: Store) -> None:
    inner = ROOT + b"/drums"
    store.add_root(inner)
    store.add_root(b"/else")
    put(store, clip_entry(b"a.wav"), clip_entry(b"drums/b.wav"), clip_entry(b"c.wav", root=b"/else"))
    store.put_rejects([Reject(stat(b"bad.wav"), "not audio"), Reject(stat(b"drums/bad.wav"), "not audio")])
    assert store.forget_root(ROOT) == 1
    assert [(root.path, root.samples) for root in store.roots()] == [(inner, 1), (b"/else", 1)]
    assert [reject.stat.path for reject in store.rejects()] == [inner + b"/bad.wav"]
    assert store.forget_root(inner) == 1 and store.forget_root(inner) == 0
    assert len(store.load()) == 1


def test_the_deepest_root_inherits(store: Store) -> None:
    store.add_root(b"/music")
    store.add_root(ROOT + b"/drums/old")
    (sample,) = put(store, clip_entry(b"drums/old/a.wav"))
    store.forget_root(ROOT)
    row = store.row(sample)
    assert row is not None and row.root == ROOT + b"/drums/old"


def test_items_of_a_forgotten_root_are_left_out(store: Store) -> None:
    store.forget_root(ROOT)
    assert store.put_clips([clip_entry(b"a.wav")], space="drums-1", layout="pca") == 0
    assert len(store.load()) == 0


def test_rejects_are_listed_until_the_file_is_good(store: Store) -> None:
    bad = Reject(FileStat(ROOT + b"/x.wav", 0, -5, 1, 2, 7), "empty \udcff file", RejectCode.IO)
    store.put_rejects([bad, Reject(stat(b"y.wav"), "not audio")])
    assert [(r.stat.path, r.reason) for r in store.rejects()] == [
        (ROOT + b"/x.wav", "empty ? file"), (ROOT + b"/y.wav", "not audio"),
    ]  # fmt: skip
    assert store.rejects()[0].stat == bad.stat and store.rejects()[0].code is RejectCode.IO
    assert store.rejects_known()[ROOT + b"/x.wav"] == (0, -5, 2, 7, RejectCode.IO)
    put(store, clip_entry(b"x.wav"))
    assert store.clear_rejects([ROOT + b"/y.wav", b"/unknown"]) == 1
    assert store.rejects() == []


def test_rows_stream_in_the_order_that_was_asked(store: Store) -> None:
    ids = put(store, *(clip_entry(b"%d.wav" % i, sound=i) for i in range(30)))
    wanted = [ids[7], ids[3], SampleId(10_000), ids[29]]
    assert [row.id for row in store.rows(wanted)] == [ids[7], ids[3], ids[29]]
    assert [row.id for row in store.rows()] == ids


def test_counts_tell_the_library_in_numbers(store: Store) -> None:
    ids = put(store, clip_entry(b"a.wav"), clip_entry(b"b.wav"), silent_entry(b"c.wav"))
    store.set_flag(ids[:1], FAVOURITE, True)
    store.set_tags(ids[:2], ["x", "y"])
    store.mark_missing(ids[2:], True)
    store.put_rejects([Reject(stat(b"bad.wav"), "not audio")])
    counts = store.counts()
    assert (counts.samples, counts.placed, counts.silent, counts.missing) == (3, 2, 1, 1)
    assert (counts.favourites, counts.heard, counts.tagged, counts.rejects, counts.roots) == (1, 0, 2, 1, 1)
    assert (counts.encoded, counts.space, counts.layout) == (2, "drums-1", "pca") and counts.bytes_on_disk > 0


def test_only_a_persons_flags_can_be_set_as_flags(store: Store) -> None:
    with pytest.raises(ValueError, match="flag"):
        store.set_flag([SampleId(1)], 4, True)


def test_tags_are_added_and_taken_away(store: Store) -> None:
    (sample,) = put(store, clip_entry(b"a.wav"))
    store.set_tags([sample], [" dark ", "", "x\udcffy"])
    store.set_tags([sample], ["warm"], ["dark"])
    row = store.row(sample)
    assert row is not None and row.tags == ("warm", "x?y")


def test_small_facts_are_remembered(store: Store) -> None:
    store.set_meta({"model": "drums"})
    assert (store.meta("model"), store.meta("none", "-")) == ("drums", "-")


def test_layouts_can_be_stored_switched_and_named(store: Store) -> None:
    ids = put(store, clip_entry(b"a.wav"), clip_entry(b"b.wav"), clip_entry(b"c.wav"))
    xy = np.array([[0, 0], [1, 1], [np.nan, np.nan]], dtype=np.float32)
    store.put_layout("umap", "drums-1", np.array(ids), xy, show=False)
    assert store.load().layout == "pca"
    store.show_layout("umap")
    shown = store.load()
    assert shown.layout == "umap" and np.array_equal(shown.xy, xy, equal_nan=True)
    assert [(i.name, i.samples, i.shown) for i in store.layouts()] == [("pca", 3, False), ("umap", 2, True)]
    assert store.place([ids[2]], np.array([[0.5, 0.5]], dtype=np.float32)) == 1
    assert store.load(previous=shown).xy[2].tolist() == [0.5, 0.5]
    with pytest.raises(LibraryError, match=r"no layout is called tsne \(layouts: pca, umap\)"):
        store.show_layout("tsne")
