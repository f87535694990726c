"""Layouts of a library: grid, free axes, refits that can be taken back, and samples that come later."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index, running_workers
from tests.support.sounds import one_shot, tree, write
from tui_browser.errors import LayoutError
from tui_browser.indexing.switch_layout import LayoutSwitch, switch_back, switch_layout
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.axes import HIGH, LOW
from tui_browser.layouts.fit import FitProgress
from tui_browser.layouts.shown import Placer
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import FEATURES, Progress, Snapshot
from tui_browser.service.layout_jobs import LayoutJobs
from tui_browser.service.messages import LayoutChanged, LayoutStale
from tui_browser.store.store import Store


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("models") / "tiny", has_map=False) as running:
        yield running


def await_fit(layouts: LayoutJobs) -> None:
    """Wait until the running fit is done, 30 s at most."""
    descriptor = layouts.fileno()
    assert descriptor is not None
    wait([descriptor], timeout=30)


class Bench:
    """A library of drums whose first map is of principal components; more samples go into a folder of its own."""

    def __init__(self, folder: Path, stock: Path, workers: IndexWorkers) -> None:
        self.samples = folder / "late"
        self.samples.mkdir()
        self.path = str(folder / "library.db")
        self.workers = workers
        shutil.copy(stock, self.path)

    def index(self, layout: str = "auto") -> None:
        index(self.path, self.samples, workers=self.workers, layout=layout)

    def show(self, name: str, *, refit: bool = False) -> LayoutSwitch:
        with open_for_writing(self.path) as store:
            return switch_layout(store, name, refit=refit, report=quiet)

    def undo(self) -> LayoutSwitch:
        with open_for_writing(self.path) as store:
            return switch_back(store)

    def look(self) -> Snapshot:
        with Store.open(self.path) as store:
            return store.load()


def quiet(_: Progress) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Path:
    base = tmp_path_factory.mktemp("stock")
    tree(base / "samples")
    index(base / "library.db", base / "samples", workers=workers)
    return base / "library.db"


@pytest.fixture
def bench(tmp_path: Path, stock: Path, workers: IndexWorkers) -> Bench:
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
        scales = library.scales("x=dim2 y=length")
        assert scales is not None
        x, y = scales
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
    assert shown.vectors is not None
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
    for name, words in (
        ("pancake", "umap"),
        ("x=dim999 y=length", "this model has"),
        ("x=length", "an x and a y axis"),
    ):
        with pytest.raises(LayoutError, match=words):
            bench.show(name)
    with pytest.raises(LayoutError, match="no earlier layout"):
        bench.undo()
    assert bench.look().layout == before.layout and bench.look().revision == before.revision


def test_the_app_gets_the_grid_the_map_axes_and_the_way_back(bench: Bench) -> None:
    events: list[object] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        layouts = LayoutJobs(store, placer, writing=store.writing, emit=events.append)

        def shown_after(action: Callable[[], None]) -> str:
            events.clear()
            action()
            while layouts.running:
                await_fit(layouts)
                layouts.poll()
            rising = [event.done for event in events if isinstance(event, Progress) and event.phase == "layout"]
            assert rising == sorted(set(rising)) and all(0 <= percent <= 100 for percent in rising)
            changed = [event for event in events if isinstance(event, LayoutChanged)]
            assert len(changed) == 1 and changed[0].revision == store.revision()
            return changed[0].name

        try:
            assert shown_after(lambda: layouts.choose("grid")) == "grid"
            assert shown_after(lambda: layouts.choose("")) == "pca"
            assert shown_after(lambda: layouts.choose("grid")) == "grid"  # stored: nothing is fitted
            assert shown_after(lambda: layouts.choose("y=log:length x=pc1")) == "x=pc1 y=log:length"
            assert shown_after(layouts.undo) == "grid"
            assert shown_after(lambda: layouts.refit("pca")) == "pca"
            assert shown_after(lambda: layouts.choose("grid")) == "grid"  # of the new map
            with pytest.raises(LayoutError, match="pancake"):
                layouts.choose("pancake")
        finally:
            layouts.close()


@pytest.mark.parametrize("stages", [("neighbours", "layout"), ("layout",)])
def test_a_fit_reports_its_progress_and_the_time_left(
    bench: Bench, stages: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stages of a fake worker give percentages that rise from 0 to 100."""

    class Worker:
        def __init__(self, *_: object, **__: object) -> None:
            self.progress = FitProgress("neighbours", 0, 0)
            made.append(self)

        def poll(self) -> None:
            return None

        def close(self) -> None:
            return None

    made: list[Worker] = []
    now = [100.0]
    monkeypatch.setattr("tui_browser.service.layout_jobs.LayoutFit", Worker)
    monkeypatch.setattr("tui_browser.service.layout_jobs.time.monotonic", lambda: now[0])
    sent: list[object] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        layouts = LayoutJobs(store, placer, writing=store.writing, emit=sent.append)
        layouts.refit("umap")
        for stage in stages:
            made[-1].progress = FitProgress(stage, 0, 0)  # its length is not known yet
            layouts.poll()
            for done in range(0, 41, 10):
                now[0] += 1.0
                made[-1].progress = FitProgress(stage, done, 40)
                layouts.poll()
        layouts.close()
    events = [event for event in sent if isinstance(event, Progress)]
    assert len(events) == len(sent)
    assert [event.phase for event in events] == ["layout"] * len(events) and {event.total for event in events} == {100}
    percents = [event.done for event in events]
    assert percents[0] == 0 and percents[-1] == 100 and percents == sorted(set(percents)) and len(events) >= 5
    half = next(event for event in events if event.done >= 50)
    assert half.seconds_left is not None and 0 < half.seconds_left < 10


def test_a_new_fit_is_offered_once_when_many_samples_are_new(bench: Bench) -> None:
    bench.show("pca", refit=True)
    before = bench.look()
    events: list[object] = []
    with Store.open(bench.path, mode="write") as store:
        placer = Placer(store, space=store.meta("space"), has_map=False)
        layouts = LayoutJobs(store, placer, writing=store.writing, emit=events.append)
        assert not layouts.begin_if_due() and not events
        for number in range(len(before) // 2):
            write(bench.samples / f"late {number}.wav", one_shot("kick", 700 + number))
        bench.index("none")
        np.testing.assert_array_equal(bench.look().xy[: len(before)], before.xy)  # no dot moves without a request
        for _ in range(3):
            assert not layouts.begin_if_due()
        assert [type(event) for event in events] == [LayoutStale]
        assert isinstance(events[0], LayoutStale) and events[0].name == "pca"
        assert events[0].new_share == pytest.approx(1 / 3, abs=0.05)
        layouts.refit("pca")
        while layouts.running:
            await_fit(layouts)
            layouts.poll()
        changed = [event for event in events if isinstance(event, LayoutChanged)]
        assert len(changed) == 1 and 0 < changed[0].drift_median <= changed[0].drift_p95 < 1
        events.clear()
        assert not layouts.begin_if_due() and not events
        layouts.undo()
        np.testing.assert_array_equal(placer.look().xy[: len(before)], before.xy)
        layouts.close()


def test_an_empty_library_has_nothing_to_lay_out(tmp_path: Path) -> None:
    with open_for_writing(str(tmp_path / "empty.db")) as store, pytest.raises(LayoutError, match="no samples"):
        switch_layout(store, "grid", refit=False, report=quiet)


def test_index_can_ask_for_the_grid(bench: Bench) -> None:
    bench.index("grid")
    assert bench.look().layout == "grid"
