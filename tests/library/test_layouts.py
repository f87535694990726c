"""Layouts of a library: grid, free axes, refits that can be taken back, and samples that come later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from tests.bundles import tiny_bundle
from tests.sounds import one_shot, tree, write
from tui_browser.atlas.axes import HIGH, LOW
from tui_browser.atlas.fit import FitProgress
from tui_browser.errors import LayoutError
from tui_browser.library.door import Library, change
from tui_browser.library.fitting import Fitting
from tui_browser.library.indexer import index_library
from tui_browser.library.layouts import Placer
from tui_browser.library.messages import LayoutChanged, LayoutStale
from tui_browser.library.switching import Switched, switch, switch_back
from tui_browser.library.workers import Workers
from tui_browser.records import FEATURES, Progress, Snapshot
from tui_browser.store.store import Store


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    running = Workers(tiny_bundle(tmp_path_factory.mktemp("models") / "tiny", has_map=False), jobs=1, nice=False)
    running.warm()
    yield running
    running.close()


class Bench:
    """A library of drums whose first map is of principal components; more samples go into a folder of its own."""

    def __init__(self, folder: Path, stock: Path, workers: Workers) -> None:
        self.samples = folder / "late"
        self.samples.mkdir()
        self.path = str(folder / "library.db")
        self.workers = workers
        shutil.copy(stock, self.path)

    def index(self, layout: str = "auto") -> None:
        with change(self.path) as store:
            index_library(
                store, add=[os.fsencode(self.samples)], model=None, jobs=1, layout=layout, report=quiet,
                workers=self.workers,
            )  # fmt: skip

    def show(self, name: str, *, refit: bool = False) -> Switched:
        with change(self.path) as store:
            return switch(store, name, refit=refit, report=quiet)

    def undo(self) -> Switched:
        with change(self.path) as store:
            return switch_back(store)

    def look(self) -> Snapshot:
        with Store.open(self.path) as store:
            return store.load()


def quiet(_: Progress) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: Workers) -> Path:
    base = tmp_path_factory.mktemp("stock")
    tree(base / "samples")
    with change(str(base / "library.db")) as store:
        index_library(
            store, add=[os.fsencode(base / "samples")], model=None, jobs=1, layout="auto", report=quiet, workers=workers
        )
    return base / "library.db"


@pytest.fixture
def bench(tmp_path: Path, stock: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, stock, workers)


def places(snapshot: Snapshot) -> set[tuple[float, float]]:
    return {(round(float(x), 5), round(float(y), 5)) for x, y in snapshot.xy[np.isfinite(snapshot.xy[:, 0])]}


def test_a_grid_has_a_cell_for_each_and_leads_back_to_the_map(bench: Bench) -> None:
    before = bench.look()
    done = bench.show("grid")
    grid = bench.look()
    assert (
        done.name == grid.layout == "grid" and done.samples == len(places(grid)) == np.isfinite(before.xy[:, 0]).sum()
    )
    assert done.drift_median > 0
    assert bench.undo().name == "pca"
    np.testing.assert_array_equal(bench.look().xy, before.xy)
    assert bench.undo().name == "grid"
    np.testing.assert_array_equal(bench.look().xy, grid.xy)


def test_who_comes_later_takes_a_free_cell_and_nobody_moves(bench: Bench) -> None:
    bench.show("grid")
    before = bench.look()
    for number in range(3):
        write(bench.samples / f"late {number}.wav", one_shot("kick", 900 + number))
    bench.index("none")
    after = bench.look()
    assert len(after) == len(before) + 3 and after.layout == "grid"
    np.testing.assert_array_equal(after.xy[: len(before)], before.xy)
    assert np.isfinite(after.xy[-3:]).all()
    bench.show("grid", refit=True)
    assert len(places(bench.look())) == np.isfinite(after.xy[:, 0]).sum()


def test_axes_are_what_they_say_also_for_those_who_come_later(bench: Bench) -> None:
    bench.show("y=length  x=dim2")
    shown = bench.look()
    assert shown.layout == "x=dim2 y=length"
    with Store.open(bench.path) as store:
        encodings = store.encodings(store.meta("space"))
    sounding = np.isfinite(shown.xy[:, 0])
    np.testing.assert_array_equal(shown.ids[sounding], encodings.ids)
    for side, values in enumerate((encodings.z[:, 1], shown.features[sounding, FEATURES.index("duration_s")])):
        low, high = values.min(), values.max()
        np.testing.assert_allclose(
            shown.xy[sounding, side], LOW + (HIGH - LOW) * (values - low) / (high - low), atol=1e-5
        )
    with Library.open(bench.path) as library:
        x, y = library.scales("x=dim2 y=length")
        assert library.scales("map") is None and library.scales("x=pitch y=length") is None
    assert (x.low, x.high) == pytest.approx((encodings.z[:, 1].min(), encodings.z[:, 1].max()))
    np.testing.assert_allclose(y.apply(values.astype(np.float64)), shown.xy[sounding, 1], atol=1e-5)
    write(bench.samples / "late.wav", one_shot("kick", 77))
    bench.index("none")
    after = bench.look()
    np.testing.assert_array_equal(after.xy[: len(shown)], shown.xy)
    late = float(after.features[-1, FEATURES.index("duration_s")])
    durations = shown.features[sounding, FEATURES.index("duration_s")]
    wanted = LOW + (HIGH - LOW) * (late - durations.min()) / np.ptp(durations)
    assert after.xy[-1, 1] == pytest.approx(np.clip(wanted, LOW / 2, 1), abs=1e-4)


@pytest.mark.parametrize("name", ["x=log:pitch y=loudness", "x=added y=date", "x=pc1 y=pc2"])
def test_every_kind_of_axis_places_every_sound(bench: Bench, name: str) -> None:
    done = bench.show(name)
    assert done.name == name
    shown = bench.look()
    sounding = np.isfinite(shown.vectors).all(axis=1)
    assert np.isfinite(shown.xy[sounding]).all() and done.samples == sounding.sum()


def test_a_refit_is_told_and_can_be_taken_back_and_again(bench: Bench) -> None:
    bench.show("pca", refit=True)
    first = bench.look()
    for number in range(12):
        write(bench.samples / f"late {number}.wav", one_shot("cymbal", 300 + number))
    bench.index("none")
    settled = bench.look()
    np.testing.assert_array_equal(settled.xy[: len(first)], first.xy)
    done = bench.show("pca", refit=True)
    assert done.name == "pca" and 0 < done.drift_median <= done.drift_p95 < 1
    anew = bench.look()
    assert bench.undo().name == "earlier pca"
    np.testing.assert_array_equal(bench.look().xy, settled.xy)
    assert bench.undo().name == "pca"
    np.testing.assert_array_equal(bench.look().xy, anew.xy)
    bench.undo()
    bench.show("pca", refit=True)  # the one that was refused goes, the one that was kept stays
    assert bench.undo().name == "earlier pca"
    np.testing.assert_array_equal(bench.look().xy, settled.xy)


def test_what_cannot_be_shown_is_one_sentence_and_changes_nothing(bench: Bench) -> None:
    before = bench.look()
    for name, words in (("pancake", "umap"), ("x=dim999 y=length", "this model has"), ("x=length", "two axes")):
        with pytest.raises(LayoutError, match=words):
            bench.show(name)
    with pytest.raises(LayoutError, match="no other layout"):
        bench.undo()
    assert bench.look().layout == before.layout and bench.look().revision == before.revision


def test_the_app_gets_the_grid_the_map_axes_and_the_way_back(bench: Bench) -> None:
    told: list[object] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        fitting = Fitting(store, placer, writing=store.writing, tell=told.append)

        def shown_after(act: Callable[[], None]) -> str:
            told.clear()
            act()
            while fitting.running:
                wait([fitting.fileno()], timeout=30)
                fitting.poll()
            rising = [event.done for event in told if isinstance(event, Progress) and event.phase == "layout"]
            assert rising == sorted(set(rising)) and all(0 <= percent <= 100 for percent in rising)
            changed = [event for event in told if isinstance(event, LayoutChanged)]
            assert len(changed) == 1 and changed[0].revision == store.revision()
            return changed[0].name

        try:
            assert shown_after(lambda: fitting.choose("grid")) == "grid"
            assert shown_after(lambda: fitting.choose("")) == "pca"
            assert shown_after(lambda: fitting.choose("grid")) == "grid"  # stored: nothing is fitted
            assert shown_after(lambda: fitting.choose("y=log:length x=pc1")) == "x=pc1 y=log:length"
            assert shown_after(fitting.undo) == "grid"
            assert shown_after(lambda: fitting.refit("pca")) == "pca"
            assert shown_after(lambda: fitting.choose("grid")) == "grid"  # of the new map
            with pytest.raises(LayoutError, match="pancake"):
                fitting.choose("pancake")
        finally:
            fitting.close()


@pytest.mark.parametrize("stages", [("neighbours", "layout"), ("layout",)])
def test_a_fit_in_the_making_tells_how_far_it_is_and_how_long_it_takes(
    bench: Bench, stages: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose stages are played by the test: what the app is told rises from 0 to 100."""

    class Worker:
        def __init__(self, *_: object, **__: object) -> None:
            self.progress = FitProgress("neighbours", 0, 0)

        def poll(self) -> None:
            return None

        def close(self) -> None:
            return None

    now = [100.0]
    monkeypatch.setattr("tui_browser.library.fitting.Fit", Worker)
    monkeypatch.setattr("tui_browser.library.fitting.time.monotonic", lambda: now[0])
    told: list[Progress] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        fitting = Fitting(store, placer, writing=store.writing, tell=told.append)
        fitting.refit("umap")
        for stage in stages:
            fitting._fit.progress = FitProgress(stage, 0, 0)  # its length is not known yet
            fitting.poll()
            for done in range(0, 41, 10):
                now[0] += 1.0
                fitting._fit.progress = FitProgress(stage, done, 40)
                fitting.poll()
        fitting.close()
    assert [event.phase for event in told] == ["layout"] * len(told) and {event.total for event in told} == {100}
    percents = [event.done for event in told]
    assert percents[0] == 0 and percents[-1] == 100 and percents == sorted(set(percents)) and len(told) >= 5
    half = next(event for event in told if event.done >= 50)
    assert half.seconds_left is not None and 0 < half.seconds_left < 10


def test_a_new_fit_is_offered_once_when_many_came_after_the_last(bench: Bench) -> None:
    bench.show("pca", refit=True)
    before = bench.look()
    told: list[object] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        fitting = Fitting(store, placer, writing=store.writing, tell=told.append)
        assert not fitting.begin_if_due() and not told
        for number in range(len(before) // 2):
            write(bench.samples / f"late {number}.wav", one_shot("kick", 700 + number))
        bench.index("none")
        np.testing.assert_array_equal(bench.look().xy[: len(before)], before.xy)  # nothing moved by itself
        for _ in range(3):
            assert not fitting.begin_if_due()
        assert [type(event) for event in told] == [LayoutStale]
        assert isinstance(told[0], LayoutStale) and told[0].name == "pca"
        assert told[0].new_share == pytest.approx(1 / 3, abs=0.05)
        fitting.refit("pca")
        while fitting.running:
            wait([fitting.fileno()], timeout=30)
            fitting.poll()
        changed = [event for event in told if isinstance(event, LayoutChanged)]
        assert len(changed) == 1 and 0 < changed[0].drift_median <= changed[0].drift_p95 < 1
        told.clear()
        assert not fitting.begin_if_due() and not told
        fitting.undo()
        np.testing.assert_array_equal(placer.look().xy[: len(before)], before.xy)
        fitting.close()


def test_an_empty_library_has_nothing_to_lay_out(tmp_path: Path) -> None:
    with change(str(tmp_path / "empty.db")) as store, pytest.raises(LayoutError, match="no samples"):
        switch(store, "grid", refit=False, report=quiet)


def test_index_can_ask_for_the_grid(bench: Bench) -> None:
    bench.index("grid")
    assert bench.look().layout == "grid"
