"""A snapshot is the same whether it is read from rows, from packed columns, or as a delta."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.clips import ROOT, clip_entry, silent_entry, stat, vector
from tui_browser.records import FAVOURITE, HEARD, Snapshot
from tui_browser.store import column_cache
from tui_browser.store.records import StoredEncoding
from tui_browser.store.store import Store


def equal(a: Snapshot, b: Snapshot) -> None:
    assert (a.revision, a.layout, a.space, a.tags) == (b.revision, b.layout, b.space, b.tags)
    for name in ("ids", "xy", "classes", "class_p", "flags", "features"):
        one, other = getattr(a, name), getattr(b, name)
        assert one.dtype == other.dtype and one.shape == other.shape
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), name
        assert not one.flags.writeable
    assert a.names.blob == b.names.blob and np.array_equal(a.names.offsets, b.names.offsets)
    assert (a.vectors is None) == (b.vectors is None)
    if a.vectors is not None and b.vectors is not None:
        assert np.array_equal(a.vectors, b.vectors, equal_nan=True) and not a.vectors.flags.writeable
    assert (np.diff(a.ids) > 0).all()


class Library(RuleBasedStateMachine):
    """Any sequence of changes: every older snapshot, brought up to date, equals one that is read anew."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(f"{self.folder.name}/library.db", mode="write")
        self.lock = self.store.writing()
        self.lock.__enter__()

    @initialize()
    def begin(self) -> None:
        self.store.add_root(ROOT)
        self.store.add_root(b"/else")
        self.held = [self.store.load(), self.store.load(vectors=False)]

    def ids(self, picks: set[int]) -> list[Any]:
        known = [row.id for row in self.store.rows()]
        return [known[pick % len(known)] for pick in picks] if known else []

    names = st.binary(min_size=1, max_size=2).map(lambda b: b.hex().encode() + b".wav")
    numbers = st.integers(0, 30)
    picks = st.sets(st.integers(0, 30), max_size=4)

    @rule(names=st.lists(names, max_size=6), sound=numbers, other=st.booleans(), placed=st.booleans())
    def put(self, names: list[bytes], sound: int, other: bool, placed: bool) -> None:
        root = b"/else" if other else ROOT
        xy = (0.125, sound / 32) if placed else None
        items = [clip_entry(name, sound=sound + i, root=root, xy=xy) for i, name in enumerate(names)]
        self.store.put_clips(items, space="a", layout="pca")

    @rule(names=st.lists(names, max_size=3), sound=numbers)
    def put_silent(self, names: list[bytes], sound: int) -> None:
        self.store.put_clips([silent_entry(name, sound=sound) for name in names], space="a", layout="pca")

    @rule(picks=picks)
    def remove(self, picks: set[int]) -> None:
        self.store.remove(self.ids(picks))

    @rule(picks=picks, on=st.booleans(), flag=st.sampled_from([FAVOURITE, HEARD, None]))
    def mark(self, picks: set[int], on: bool, flag: int | None) -> None:
        if flag is None:
            self.store.mark_missing(self.ids(picks), on)
        else:
            self.store.set_flag(self.ids(picks), flag, on)

    @rule(picks=picks, add=st.booleans())
    def tag(self, picks: set[int], add: bool) -> None:
        self.store.set_tags(self.ids(picks), ["dark"] * add, ["dark"] * (not add))

    @rule(picks=picks, name=names)
    def move(self, picks: set[int], name: bytes) -> None:
        moves = [(id, stat(b"%d-%s" % (id, name)), ROOT) for id in self.ids(picks)]
        self.store.move_many(moves)

    @rule(name=st.sampled_from(["pca", "umap"]), show=st.booleans(), seed=numbers)
    def lay_out(self, name: str, show: bool, seed: int) -> None:
        ids = self.store.load(vectors=False).ids
        xy = np.random.default_rng(seed).random((len(ids), 2), dtype=np.float32)
        self.store.put_layout(name, "a", ids, xy, show=show)

    @rule(picks=picks)
    def place(self, picks: set[int]) -> None:
        ids = self.ids(picks)
        if self.store.layouts():
            self.store.place(ids, np.full((len(ids), 2), 0.5, dtype=np.float32))

    @rule()
    def forget(self) -> None:
        self.store.forget_root(b"/else")
        self.store.add_root(b"/else")

    @rule(space=st.sampled_from(["a", "b"]), sound=numbers)
    def switch_space(self, space: str, sound: int) -> None:
        encoding = StoredEncoding(vector(sound, width=4), np.empty(0, np.float32), None)
        other = replace(clip_entry(b"00.wav", sound=sound, xy=None), encoding=encoding)
        self.store.put_clips([other], space="b", layout="")
        self.store.show_space(space)

    @rule(force=st.booleans())
    def pack(self, force: bool) -> None:
        self.store.pack(force=force)

    @rule(vectors=st.booleans())
    def hold(self, vectors: bool) -> None:
        self.held = [*self.held[-3:], self.store.load(vectors=vectors)]

    @invariant()
    def every_delta_is_the_whole(self) -> None:
        with_vectors, without = self.store.load(), self.store.load(vectors=False)
        assert without.vectors is None
        for old in getattr(self, "held", []):
            equal(self.store.load(previous=old), with_vectors)
            if old.vectors is None:
                equal(self.store.load(previous=old, vectors=False), without)

    def teardown(self) -> None:
        self.lock.__exit__(None, None, None)
        self.store.close()
        self.folder.cleanup()


Library.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestLibrary = Library.TestCase


def test_nothing_changed_is_the_same_snapshot(store: Store) -> None:
    store.put_clips([clip_entry(b"a.wav")], space="a", layout="pca")
    snapshot = store.load()
    assert store.load(previous=snapshot) is snapshot
    assert store.load(previous=snapshot, vectors=False) is snapshot


def test_a_flag_costs_no_other_column(store: Store) -> None:
    store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(9)], space="a", layout="pca")
    before = store.load()
    store.set_flag([before.ids[4]], FAVOURITE, True)
    after = store.load(previous=before)
    assert after.flags.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0] and before.flags[4] == 0
    for name in ("ids", "xy", "classes", "features", "names", "vectors"):
        assert getattr(after, name) is getattr(before, name)


def test_long_columns_are_cut_into_parts(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr(column_cache, "PART_BYTES", 100)
    store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(40)], space="a", layout="pca")
    from_rows = store.load()
    assert store.pack(force=True) and not store.pack(force=True)
    equal(store.load(), from_rows)


def test_few_changes_are_not_packed_and_many_are(store: Store) -> None:
    def put(start: int, count: int) -> None:
        items = [clip_entry(b"%d.wav" % i, sound=i) for i in range(start, start + count)]
        store.put_clips(items, space="a", layout="pca")

    put(0, 900)
    assert not store.pack()
    put(900, 600)
    assert store.pack() and not store.pack()
    put(1_500, 100)
    assert not store.pack()
    assert len(store.load()) == 1_600


def test_the_last_vector_going_is_the_same_by_delta_and_anew(store: Store) -> None:
    store.put_clips([clip_entry(b"a.wav"), silent_entry(b"b.wav")], space="a", layout="pca")
    before = store.load()
    store.put_clips([silent_entry(b"a.wav", sound=9)], space="a", layout="pca")
    equal(store.load(previous=before), store.load())
