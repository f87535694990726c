"""The model's own map: raw while a library is first heard, then spread; who comes later gets a spot, nobody moves."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index
from tests.support.sounds import one_shot, write
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.switch_layout import switch_back, switch_layout
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.notes import HEAD, HEAD_RAW
from tui_browser.layouts.shown import Placer
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import Progress, Snapshot


class Bench:
    """A library of kicks, which a model's own map shows as one small patch."""

    def __init__(self, folder: Path, workers: IndexWorkers) -> None:
        self.samples = folder / "samples"
        self.path = str(folder / "library.db")
        self.workers = workers
        self.samples.mkdir()

    def add(self, kind: str, seeds: range) -> None:
        for seed in seeds:
            write(self.samples / f"{kind} {seed}.wav", one_shot(kind, seed))

    def index(self) -> Snapshot:
        index(self.path, self.samples, workers=self.workers)
        with Library.open(self.path) as library:
            assert [layout.name for layout in library.layouts()] == [HEAD]  # the raw one is never listed
            return library.snapshot()


def quiet(_: Progress) -> None:
    """Nobody listens."""


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


def spans(xy: np.ndarray) -> np.ndarray:
    return np.asarray(np.ptp(np.percentile(xy, [2.5, 97.5], axis=0), axis=0))


def test_the_first_run_ends_with_a_map_that_fills_the_square(bench: Bench) -> None:
    bench.add("kick", range(24))
    write(bench.samples / "copy.wav", one_shot("kick", 3))
    shown = bench.index()
    assert shown.layout == HEAD and np.isfinite(shown.xy).all()
    assert spans(shown.xy).min() > 0.9 and len(np.unique(shown.xy, axis=0)) == 25
    with open_for_writing(bench.path) as store:
        own = store.places(HEAD_RAW, shown.ids)
    assert spans(own).max() < 0.8  # what the model itself says
    for axis in (0, 1):
        assert np.corrcoef(own[:, axis], shown.xy[:, axis])[0, 1] > 0.7


def test_nobody_moves_for_a_few_newcomers_and_all_do_once_they_outnumber_the_rest(bench: Bench) -> None:
    bench.add("kick", range(12))
    before = bench.index()
    bench.add("hat_closed", range(5))
    write(bench.samples / "copy.wav", one_shot("kick", 3))
    few = bench.index()
    np.testing.assert_array_equal(few.xy[: len(before)], before.xy)
    assert len(few) == 18 and np.isfinite(few.xy).all() and len(np.unique(few.xy, axis=0)) == 18
    bench.add("hat_closed", range(5, 20))
    many = bench.index()
    assert np.abs(many.xy[: len(before)] - before.xy).max() > 0.05 and len(np.unique(many.xy, axis=0)) == 33
    with open_for_writing(bench.path) as store:
        own = store.places(HEAD_RAW, many.ids)
    assert np.isfinite(own).all()
    assert np.corrcoef(own[:, 0], many.xy[:, 0])[0, 1] > 0.7


def test_the_map_of_an_older_library_stays_as_it_is(bench: Bench) -> None:
    bench.add("kick", range(8))
    with open_for_writing(bench.path) as store:
        placer = Placer(store, space=bench.workers.bundle.space, has_map=True)
        placer.begin()
        store.set_meta({f"fitted:{HEAD}@{bench.workers.bundle.space}": ""})  # as versions before wrote it
    first = bench.index()
    assert spans(first.xy).max() < 0.8
    bench.add("kick", range(8, 30))
    again = bench.index()
    np.testing.assert_array_equal(again.xy[: len(first)], first.xy)
    with open_for_writing(bench.path) as store:
        assert HEAD_RAW not in {layout.name for layout in store.layouts()}
        switch_layout(store, HEAD, refit=True, report=quiet)  # until it is asked for
        shown = store.load()
        assert shown.layout == HEAD and spans(shown.xy).min() > 0.9
        np.testing.assert_array_equal(store.places(HEAD_RAW, shown.ids), again.xy)


def test_the_map_that_is_shown_again_is_the_same(bench: Bench) -> None:
    bench.add("kick", range(10))
    before = bench.index()
    with open_for_writing(bench.path) as store:
        switch_layout(store, "x=length y=brightness", refit=False, report=quiet)
        assert switch_layout(store, HEAD, refit=False, report=quiet).name == HEAD
        np.testing.assert_array_equal(store.load().xy, before.xy)
        assert switch_back(store).name == "x=length y=brightness"


@pytest.mark.parametrize("kind", ["pca", "near"])
def test_a_map_shown_after_another_layout_was_fitted_is_spread_then(bench: Bench, kind: str) -> None:
    bench.add("kick", range(10))
    with open_for_writing(bench.path) as store:
        index_library(
            store, add=[os.fsencode(bench.samples)], model=None, jobs=1, layout=kind, report=quiet,
            workers=bench.workers,
        )  # fmt: skip
        own = store.places(HEAD, store.load().ids)
        assert store.load().layout == kind and spans(own).max() < 0.8
        switch_layout(store, HEAD, refit=False, report=quiet)
        shown = store.load()
        assert shown.layout == HEAD and spans(shown.xy).min() > 0.9
        np.testing.assert_array_equal(store.places(HEAD_RAW, shown.ids), own)
