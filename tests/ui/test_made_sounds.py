"""The list of what was made, keeping with the tags of the parents, and the log."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run, scenario
from tests.ui.test_making import asked, made
from tui_browser.records import Progress, Root, SampleId
from tui_browser.ui.state.status_log import StatusLog


async def make_three(bench: Bench, drive: Drive, folder: Path) -> list[bytes]:
    """Three variations, made and heard."""
    paths = []
    for _ in range(3):
        await drive.press("full_stop")
        event = made(folder, asked(bench)[-1].number)
        bench.service.tell(drive.app, event)
        paths.append(event.path)
    return paths


def test_back_and_forth_through_what_was_made(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("B")
            await drive.sees("no sound was made yet")
            first, second, third = await make_three(bench, drive, tmp_path)
            await drive.press("B")
            assert bench.player.played[-1] == second
            await drive.press("B")
            assert bench.player.played[-1] == first
            await drive.press("B")
            await drive.sees("this is the first sound")
            await drive.press("O", "O")
            assert bench.player.played[-1] == third
            await drive.press("right", "B")
            assert bench.player.played[-1] == third, "the one that is not shown any more is the one before"

    run(go)


def test_the_list_plays_each_and_any_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()

    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("U")
            await drive.sees("no sound was made yet")
            first, second, _ = await make_three(bench, drive, tmp_path / "made")
            await drive.press("U")
            await drive.sees("Made sounds")
            await drive.press("down")
            assert bench.player.played[-1] == second
            await drive.press("down", "enter")
            assert bench.player.played[-1] == first
            (tmp_path / "made" / "varied-1.wav").write_bytes(b"the first")
            await drive.press("W")
            await drive.press("enter")
            kept = tmp_path / "kick-snare-varied.wav"
            await drive.until(kept.exists, what="the kept sound")
            assert kept.read_bytes() == b"the first"
            await drive.press("U", "up", "escape")
            assert drive.controllers.state.making.at == 0, "escape goes back to what was"

    run(go)


def test_tags_of_the_parents_are_offered_and_given_once_it_is_in_the_library(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    folder = tmp_path / "kept"
    held = snapshot(300)
    parent = SampleId(int(held.ids[0]))
    held = replace(held, tags={SampleId(int(sample)): ("deep", "dusty") for sample in held.ids})

    async def go() -> None:
        roots = [Root(b"/samples", True, 300), Root(os.fsencode(folder), True, 0)]
        bench = Bench(library=FakeLibrary(held, roots=roots))
        async with driving(bench, size=(100, 30)) as drive:
            await drive.until(lambda: len(drive.controllers.state.map_model.roots) == 2, what="the roots")
            await drive.press("full_stop")
            bench.service.tell(drive.app, made(tmp_path / "made", asked(bench)[-1].number))
            await drive.press("W", "ctrl+u")
            await drive.type(str(folder))
            await drive.press("enter")
            await drive.sees("Tags for kick-snare-varied.wav")
            assert "deep dusty" in drive.text
            await drive.type(" new")
            await drive.press("enter")
            assert not bench.service.changes
            bench.library.id_of = lambda path: parent if path.startswith(os.fsencode(folder)) else None  # type: ignore[method-assign]
            drive.controllers.made_sounds.library_changed()
            await drive.until(lambda: bool(bench.service.changes), what="tags")
            assert bench.service.tags_given == {"deep": {parent}, "dusty": {parent}, "new": {parent}}

    run(go)


def test_outside_of_the_library_no_tags_are_offered(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    held = snapshot(300)
    held = replace(held, tags={SampleId(int(sample)): ("deep",) for sample in held.ids})

    async def go() -> None:
        bench = Bench(held)
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("full_stop")
            bench.service.tell(drive.app, made(tmp_path / "made", asked(bench)[-1].number))
            await drive.press("W", "ctrl+u")
            await drive.type(str(tmp_path / "elsewhere"))
            await drive.press("enter")
            await drive.sees("saved:")
            assert "Tags for" not in drive.text

    run(go)


@scenario(size=(100, 30))
async def test_b7_the_log_tells_what_was_said_with_the_time_newest_first(drive: Drive) -> None:
    await drive.press("I")
    await drive.sees("log, newest first")
    drive.controllers.map.take_progress(Progress("scan", 0, 0))
    drive.controllers.map.take_progress(Progress("encode", 10, 20))
    drive.controllers.map.take_progress(Progress("encode", 15, 20))
    drive.controllers.map.take_progress(Progress("idle", 20, 20))
    drive.controllers.presenter.warn("the player is gone")
    await drive.settle()
    log = drive.text.split("log, newest first")[1]
    places = [log.index(text) for text in ("the player is gone", "up to date", "indexing 10 of 20", "scanning")]
    assert places == sorted(places) and "15 of 20" not in log.splitlines()[3]
    assert time.strftime("%H:") in log
    await drive.press("I")
    assert "log, newest first" not in drive.text


def test_what_is_said_twice_is_kept_once_and_only_so_many() -> None:
    log = StatusLog()
    for number in (1, 2, 2, *range(2000)):
        log.note(f"sentence {number}")
    assert len(log.entries) == 500
    log.note("sentence 1999", "warning")
    assert log.entries[0].severity == "warning" and log.entries[1].text == "sentence 1998"
