"""A library written from arrays is one like any other."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.support.clips import ROOT, clip_entry
from tui_browser.errors import LibraryError
from tui_browser.records import FAVOURITE
from tui_browser.store import guards
from tui_browser.store.bulk_writer import SampleBatch, write_library
from tui_browser.store.store import Store


def batch(first: int, count: int) -> SampleBatch:
    random = np.random.default_rng(first)
    return SampleBatch(
        paths=[ROOT + b"/%d.wav" % i for i in range(first, first + count)],
        files=random.integers(0, 1 << 40, (count, 4)),
        hashes=[f"{i:032x}" for i in range(first, first + count)],
        sounds=np.full((count, 3), (44_100, 1, 1_000)),
        features=random.integers(0, 24, (count, 8)).astype(np.float32),
        embedding=random.random((count, 16), dtype=np.float32),
        z=random.random((count, 4), dtype=np.float32),
        probabilities=random.random((count, 11), dtype=np.float32),
        xy=random.random((count, 2), dtype=np.float32),
        flags=np.full(count, FAVOURITE, dtype=np.uint8),
        tags={0: ("dark", "big")},
    )


def test_arrays_come_back_as_a_snapshot(path: str) -> None:
    batches = [batch(0, 120), batch(120, 80)]
    assert write_library(path, batches, root=ROOT, space="made-up", layout="umap", notes={"model": "none"}) == 200
    assert os.listdir(os.path.dirname(path)) == ["library.db"]
    with Store.open(path) as store:
        snapshot = store.load()
        assert (snapshot.space, snapshot.layout, store.meta("model")) == ("made-up", "umap", "none")
        for name, column in (("vectors", "embedding"), ("features", "features"), ("xy", "xy"), ("flags", "flags")):
            whole = np.concatenate([getattr(part, column) for part in batches])
            assert np.array_equal(getattr(snapshot, name), whole), name
        assert snapshot.classes.tolist() == [int(p.argmax()) for part in batches for p in part.probabilities]
        assert [snapshot.names[i] for i in range(200)] == [path for part in batches for path in part.paths]
        assert dict(snapshot.tags) == {1: ("big", "dark"), 121: ("big", "dark")}
        assert store.by_hash([f"{5:032x}"]) == {f"{5:032x}": [(6, ROOT + b"/5.wav", False)]}


def test_many_batches_are_not_taken_for_a_file_that_never_ends(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_STEPS", 1_000)
    monkeypatch.setattr(guards, "_FREE_STEPS", 800_000)
    monkeypatch.setattr(guards, "_STEPS_PER_BYTE", 0)
    batches = [batch(first, 200) for first in range(0, 4_000, 200)]
    assert write_library(path, batches, root=ROOT, space="made-up", layout="umap", notes={}) == 4_000


def test_it_can_be_added_to(path: str) -> None:
    write_library(path, [batch(0, 50)], root=ROOT, space="made-up", layout="umap", notes={})
    with Store.open(path, mode="write") as store, store.writing():
        before = store.load()
        store.put_clips([clip_entry(b"new.wav")], space="other", layout="umap")
        after = store.load(previous=before)
        assert len(after) == 51 and after.ids[-1] == 51
        assert after.vectors is not None and np.isnan(after.vectors[-1]).all()


def test_a_library_is_never_overwritten(path: str) -> None:
    write_library(path, [], root=ROOT, space="made-up", layout="umap", notes={})
    with pytest.raises(LibraryError, match="already"):
        write_library(path, [], root=ROOT, space="made-up", layout="umap", notes={})
