"""Whole columns that go in come out again."""

from __future__ import annotations

import numpy as np

from tests.store.clips import ROOT
from tui_browser.records import Names
from tui_browser.store.bulk import Table
from tui_browser.store.store import Store


def test_a_table_comes_back_as_a_snapshot(store: Store) -> None:
    random = np.random.default_rng(0)
    paths = [ROOT + b"/%d.wav" % i for i in range(300)]
    offsets = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    table = Table(
        names=Names(b"".join(paths), offsets),
        classes=random.integers(0, 11, 300).astype(np.uint8),
        class_p=random.random(300, dtype=np.float32),
        features=random.random((300, 6), dtype=np.float32),
        vectors=random.random((300, 16), dtype=np.float32),
        xy=random.random((300, 2), dtype=np.float32),
    )
    store.bulk_insert(table, root=ROOT, space="made-up", layout="umap")
    snapshot = store.load()
    assert (snapshot.space, snapshot.layout) == ("made-up", "umap")
    for name in ("classes", "class_p", "features", "vectors", "xy"):
        assert np.array_equal(getattr(snapshot, name), getattr(table, name)), name
    assert snapshot.names.blob == table.names.blob and np.array_equal(snapshot.names.offsets, offsets)
    assert store.counts().placed == store.counts().encoded == 300
    assert len({row.content_hash for row in store.rows()}) == 300
