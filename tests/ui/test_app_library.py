"""The app and a library that changes: first opening, new samples, guests, folders, layouts."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from textual import events

from tests.support.fakes import Bench, FakeLibrary, FakeService, snapshot
from tests.support.pilot import Drive, drive_on, paste, present
from tui_browser.config.settings import Settings
from tui_browser.errors import LibraryError, WorkerError
from tui_browser.records import Progress, Root, Snapshot
from tui_browser.service.messages import (
    AcceptLayout,
    AddRoot,
    Changed,
    Event,
    FitLayout,
    ForgetRoot,
    LayoutChanged,
    LayoutOffered,
    LayoutStale,
    Notice,
    Rescan,
    UndoLayout,
)


def part(held: Snapshot, rows: np.ndarray, *, revision: int) -> Snapshot:
    """Only these rows of a snapshot."""
    from tests.support.fakes import names_of

    return replace(
        held, revision=revision, ids=held.ids[rows], xy=held.xy[rows], classes=held.classes[rows],
        class_p=held.class_p[rows], flags=held.flags[rows], features=held.features[rows],
        names=names_of([held.names[int(row)] for row in rows]),
        vectors=None if held.vectors is None else held.vectors[rows],
    )  # fmt: skip


# --- nothing there yet -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roots", "rejects", "says"),
    [
        ([], 0, ["No samples yet", "paste its path", "R to add", "--demo"]),
        ([Root(b"/s", True, 0)], 0, ["There is no audio file in /s", "R adds another"]),
        ([Root(b"/s", True, 0)], 7, ["None of the 7 audio files in /s could be read", "tui-browser rejects"]),
        ([Root(b"/Volumes/x", False, 0)], 0, ["/Volumes/x is missing", "Its samples are kept"]),
    ],
)
@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_an_empty_library_says_what_to_do_next(
    roots: list[Root], rejects: int, says: list[str], size: tuple[int, int]
) -> None:
    async def test(drive: Drive) -> None:
        await drive.sees(says[0][:20])
        text = " ".join(drive.text.split())
        for sentence in says:
            assert sentence in text
        await drive.press("right", "space", "/", "n", "c", "0", "y")
        assert "no samples yet" in " ".join(drive.text.split())

    held = snapshot(0)
    drive_on(Bench(held, library=FakeLibrary(held, roots=roots, rejects=rejects)), test, size=size)


def test_dots_come_while_a_folder_is_listened_to_and_can_be_walked_at_once() -> None:
    full = snapshot(200)
    library = FakeLibrary(part(full, np.arange(0), revision=1), roots=[Root(b"/samples", True, 0)])

    async def test(drive: Drive) -> None:
        bench = drive.bench
        bench.service.tell(drive.app, Progress("scan", 0, 0))
        await drive.sees("Indexing /samples")
        for count in (20, 90, 200):
            library.held = part(full, np.arange(count), revision=1 + count)
            bench.service.tell(drive.app, Progress("encode", count, 200, 35.0, 4.0, 2), Changed(1 + count))
            await drive.until(partial(lambda count: len(drive.controllers.state.map_model) == count, count))
            assert f"{count} samples" in drive.text and f"indexing {count} of 200 files · 35/s" in drive.text
            assert ("4 s left" in drive.text) is (count < 200)
            before = drive.selected
            await drive.press("right", "space")
            assert drive.selected != before and bench.player.played[-1] == drive.controllers.state.path
        bench.service.tell(drive.app, Progress("idle", 0, 0))
        await drive.pilot.pause()
        assert "indexing" not in drive.text

    drive_on(Bench(library=library), test)


# --- changes ---------------------------------------------------------------------------------------------------------


def test_a_change_keeps_cursor_view_trail_and_search() -> None:
    full = snapshot(300)

    async def test(drive: Drive) -> None:
        await drive.press("right", "+", "/")
        await drive.type("kick")
        await drive.press("enter", "right")
        selected, view = drive.selected, drive.controllers.presenter.widgets.map.viewport
        drive.bench.library.held = part(full, np.arange(299, 99, -1)[::-1], revision=2)
        was_there = selected in drive.bench.library.held.ids
        drive.bench.service.tell(drive.app, Changed(2))
        await drive.until(lambda: len(drive.controllers.state.map_model) == 200)
        assert (drive.selected == selected) is was_there
        assert drive.controllers.state.row is not None
        assert drive.controllers.presenter.widgets.map.viewport == view
        assert (
            len(present(drive.controllers.state.search.mask)) == 200 and drive.controllers.state.search.text == "kick"
        )
        assert f"{len(drive.matches.rows)} of 200" in drive.text
        await drive.press("b", "n", "right")

    drive_on(Bench(full), test)


def test_a_burst_of_changes_costs_few_fetches_and_the_last_one_is_shown() -> None:
    full = snapshot(100)

    async def test(drive: Drive) -> None:
        fetched = drive.bench.library.fetched
        for revision in range(2, 60):
            drive.bench.library.held = replace(full, revision=revision)
            drive.bench.service.tell(drive.app, Changed(revision))
        await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 59)
        assert drive.bench.library.fetched - fetched <= 4

    drive_on(Bench(full), test)


def test_an_error_of_the_library_is_one_line_and_the_map_stays() -> None:
    class Broken(FakeLibrary):
        def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot:
            if self.fetched >= 2:
                raise LibraryError("the library is damaged", path="/fake/library.db", hint="restore it")
            return super().snapshot(previous, vectors=vectors)

    async def test(drive: Drive) -> None:
        drive.bench.service.tell(drive.app, Changed(2))
        await drive.sees("the library is damaged")
        assert "50 samples" in drive.text
        await drive.press("right")

    held = snapshot(50)
    drive_on(Bench(held, library=Broken(held)), test)


def test_a_service_that_is_gone_is_told_and_browsing_goes_on() -> None:
    class Gone(FakeService):
        def poll(self) -> list[Event]:
            raise WorkerError("a worker process is gone", hint="see the log")

    async def test(drive: Drive) -> None:
        drive.app.service = Gone()
        drive.app.read_service()
        await drive.sees("a worker process is gone")
        await drive.press("right", "n")
        assert "neighbours of " in drive.text and drive.controllers.state.cursor.rank == 1

    drive_on(Bench(), test)


def test_what_the_service_notices_is_shown() -> None:
    async def test(drive: Drive) -> None:
        drive.bench.service.tell(drive.app, Notice("another program writes to this library", "warning"))
        await drive.sees("another program writes")

    drive_on(Bench(notice="the theme is wrong"), test)


# --- layouts ---------------------------------------------------------------------------------------------------------


def test_the_first_fitted_map_is_shown_at_once_to_one_who_has_not_walked() -> None:
    async def test(drive: Drive) -> None:
        drive.bench.service.tell(drive.app, LayoutOffered("umap"))
        assert drive.bench.service.asked == [AcceptLayout()]

    drive_on(Bench(), test)


def test_one_who_walks_already_is_asked_and_the_map_glides_there() -> None:
    full = snapshot(120)

    async def test(drive: Drive) -> None:
        await drive.press("right")
        drive.bench.service.tell(drive.app, LayoutOffered("umap"))
        await drive.sees("r shows the better map")
        assert drive.bench.service.asked == []
        await drive.press("r")
        assert drive.bench.service.asked == [AcceptLayout()] and "better map" not in drive.text
        selected = drive.selected
        drive.bench.library.held = replace(full, revision=2, layout="umap", xy=full.xy[:, ::-1].copy())
        drive.bench.service.tell(drive.app, LayoutChanged("umap", 2, 0.31, 0.5))
        await drive.until(lambda: drive.controllers.animation.running, what="the glide")
        await drive.until(lambda: not drive.controllers.animation.running, what="its end")
        map_model = drive.controllers.state.map_model
        assert drive.selected == selected and map_model.snapshot.layout == "umap"
        shown = drive.controllers.presenter.widgets.map
        assert (drive.cells.count == map_model.raster.draw(shown.viewport).count).all()
        assert "layout: " in drive.text

    drive_on(Bench(full, settings=Settings(motion=True)), test)


def test_a_refit_is_offered_when_much_is_new_told_of_and_taken_back() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("right")
        drive.bench.service.tell(drive.app, LayoutStale("umap", 0.34))
        await drive.sees("34 % of the samples are newer than this map: r fits it again")
        assert drive.bench.service.asked == []
        await drive.press("r")
        assert drive.bench.service.asked == [FitLayout("umap")] and "34 %" not in drive.text
        drive.bench.service.tell(drive.app, LayoutChanged("umap", 2, 0.031, 0.12))
        await drive.sees("moved less than 3 % of the map, 95 % less than 12 %; u undoes it")
        await drive.press("u")
        assert drive.bench.service.asked[1:] == [UndoLayout()]
        await drive.press("left")
        drive.bench.service.tell(drive.app, LayoutStale("umap", 0.34))
        await drive.sees("34 %")
        await drive.press("escape", "escape")
        assert "34 %" not in drive.text and len(drive.bench.service.asked) == 2

    drive_on(Bench(), test, size=(160, 30))


def test_without_motion_the_map_jumps() -> None:
    full = snapshot(120)

    async def test(drive: Drive) -> None:
        drive.bench.library.held = replace(full, revision=2, xy=full.xy[:, ::-1].copy())
        drive.bench.service.tell(drive.app, LayoutChanged("umap", 2, 0.31, 0.5))
        await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2)
        assert not drive.controllers.animation.running

    drive_on(Bench(full, settings=Settings(motion=False)), test)


# --- folders ---------------------------------------------------------------------------------------------------------


def test_folders_are_listed_added_with_completion_and_forgotten_after_a_question(tmp_path: Path) -> None:
    (tmp_path / "drum kits").mkdir()
    roots = [Root(b"/samples", True, 280), Root(b"/Volumes/gone", False, 20)]

    async def test(drive: Drive) -> None:
        asked = drive.bench.service.asked
        await drive.press("R")
        await drive.sees("/Volumes/gone")
        assert "280 samples" in drive.text and "missing" in drive.text and "3 files could not be read" in drive.text
        await drive.press("a")
        await drive.type(f"{tmp_path}/dr")
        await drive.press("tab")
        await drive.sees("drum kits/")
        await drive.press("enter")
        await drive.until(lambda: asked == [AddRoot(os.fsencode(tmp_path / "drum kits"))])
        await drive.until(lambda: drive.app.screen is drive.app.main, what="the map in place of the window")
        status = drive.controllers.presenter.widgets.status
        assert status.notice.startswith("adding ") and status.notice.endswith("/drum kits")
        drive.bench.service.tell(drive.app, Progress("encode", 12, 40, 35.0, 4.0))
        await drive.sees("35/s")
        line = drive.text.splitlines()[-2]
        assert "drum kits" in line and "12 of 40 files" in line and "4 s left" in line
        drive.bench.service.tell(drive.app, Progress("idle", 0, 0))
        assert status.notice == "", "the folder was added"
        await drive.press("R")
        await drive.sees("/Volumes/gone")
        await drive.press("down", "d")
        await drive.sees("Forget /Volumes/gone?")
        await drive.press("n", "d", "y")
        assert asked[1:] == [ForgetRoot(b"/Volumes/gone")]
        await drive.press("r")
        assert asked[2:] == [Rescan()]
        await paste(drive, "/nowhere at all")
        await drive.sees("does not exist")
        await drive.press("escape")
        assert drive.app.screen is drive.app.main

    held = snapshot(300)
    drive_on(Bench(held, library=FakeLibrary(held, roots=roots, rejects=3)), test, size=(100, 30))


# --- mouse -----------------------------------------------------------------------------------------------------------


def test_the_mouse_selects_plays_zooms_and_drags() -> None:
    async def test(drive: Drive) -> None:
        view = drive.controllers.presenter.widgets.map
        map_model = drive.controllers.state.map_model
        row = 5
        cell = present(view.viewport.cell_at(map_model.place(row)))
        await drive.pilot.click("#map", offset=cell)
        chosen = drive.row
        assert view.viewport.cell_at(map_model.place(chosen)) == cell
        assert drive.bench.player.played == [map_model.snapshot.names[chosen]]
        place = view.viewport.cell_centre(10, 5)
        view.post_message(events.MouseScrollUp(view, 10, 5, 0, 0, 0, False, False, False, 10, 6))
        await drive.pilot.pause()
        assert view.viewport.zoom_level > 1.2 and view.viewport.cell_at(place) == (10, 5)
        before = view.viewport
        await drive.pilot.mouse_down("#map", offset=(20, 10))
        await drive.pilot.hover("#map", offset=(14, 8))
        await drive.pilot.mouse_up("#map", offset=(14, 8))
        assert view.viewport.centre != before.centre and len(drive.bench.player.played) == 1
        await drive.pilot.click("#list", offset=(4, 3))
        assert len(drive.bench.player.played) == 2
        assert drive.bench.player.played[1] == drive.controllers.state.path

    drive_on(Bench(), test)
