"""The free cursor: it stands anywhere on the map, shows what would be made there, and where the sound truly lies."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench
from tests.support.pilot import Drive, driving, present, run, scenario
from tests.support.sounds import one_shot, write
from tui_browser.service.messages import (
    CancelGeneration,
    GenerateSound,
    GenerationProgress,
    Guest,
    PrepareGeneration,
    SoundGenerated,
    SoundHeard,
)
from tui_browser.ui.widgets.map_making import MakingMarks


def asked(bench: Bench) -> list[GenerateSound]:
    return [request for request in bench.service.asked if isinstance(request, GenerateSound)]


def marks(drive: Drive) -> MakingMarks:
    """What the map shows of making."""
    return drive.controllers.presenter.widgets.map._overlay.making


def answer(bench: Bench, drive: Drive, folder: Path, *, lands: tuple[float, float] | None) -> SoundGenerated:
    """The service makes what was asked for last and, with `lands`, hears it there."""
    request = asked(bench)[-1]
    path = os.fsencode(write(folder / f"made-{request.number}.wav", one_shot("kick", 1)))
    made = SoundGenerated(request.number, path, "at", 0, (b"/samples/kick.wav",))
    bench.service.tell(drive.app, made)
    if lands is not None:
        heard = Guest(path, np.full(16, 0.25, np.float32), lands, "snare", 0.82, {}, 0.3, -9.0)
        bench.service.tell(drive.app, SoundHeard(request.number, heard, True))
    return made


@scenario(size=(120, 36))
async def test_arrows_move_it_freely_and_the_sample_stays(drive: Drive) -> None:
    await drive.press("i")
    start, place = drive.selected, present(marks(drive).cursor)
    await drive.press("right", "right", "down", "L")
    moved = present(marks(drive).cursor)
    view = drive.controllers.presenter.widgets.map.viewport
    before, after = present(view.cell_at(place)), present(view.cell_at(moved))
    assert (after[0] - before[0], after[1] - before[1]) == (10, 1)
    assert drive.selected == start
    assert any(isinstance(request, PrepareGeneration) for request in drive.bench.service.asked), "the model loads"
    await drive.press("5", "left")
    assert present(view.cell_at(present(marks(drive).cursor)))[0] == after[0] - 5
    await drive.press("escape")
    assert marks(drive) == MakingMarks()
    await drive.press("right")
    assert drive.selected != start, "arrows walk again"


@scenario(size=(120, 36))
async def test_it_stops_at_the_edge_of_the_map_and_the_view_follows_it(drive: Drive) -> None:
    await drive.press("plus", "plus", "plus", "i")
    shown = drive.controllers.presenter.widgets.map
    before = shown.viewport
    for _ in range(40):
        await drive.pilot.press("H")
    await drive.settle()
    assert shown.viewport != before
    x, _ = present(marks(drive).cursor)
    assert x == pytest.approx(0.0, abs=1e-6)
    assert shown.viewport.cell_at((x, present(marks(drive).cursor)[1])) is not None


@scenario(size=(120, 36))
async def test_at_rest_it_shows_what_would_be_made_from_what(drive: Drive) -> None:
    await drive.press("i", "L", "K", "right")
    await drive.until(lambda: bool(marks(drive).parents), what="lines to the parents")
    parents = marks(drive).parents
    assert 1 <= len(parents) <= 4
    place = present(marks(drive).cursor)
    xy = drive.controllers.state.map_model.xy
    nearest = np.sort(np.hypot(*(xy - np.array(place, np.float32)).T))[:4]
    told = sorted(float(np.hypot(x - place[0], y - place[1])) for x, y in parents)
    np.testing.assert_allclose(told, nearest[: len(told)], atol=1e-6)
    assert "an empty place" in drive.text and "%" in drive.text
    assert "g make here" in drive.text


def test_b5_what_was_made_is_heard_drawn_and_told(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(120, 36)) as drive:
            await drive.press("i", "right", "right", "up", "g")
            (request,) = asked(bench)
            place = present(marks(drive).cursor)
            stretch = drive.controllers.state.map_model.stretch
            np.testing.assert_allclose(stretch.apply(np.array(present(request.at))), place, atol=1e-6)
            await drive.sees("making a sound near")
            at = present(request.at)
            made = answer(bench, drive, tmp_path, lands=(at[0] + 0.03, at[1] + 0.04))
            assert bench.player.played[-1] == made.path
            await drive.sees("snare 82 %")
            await drive.sees("lands 5 % of the map away")
            shown = marks(drive)
            assert shown.asked == pytest.approx(place, abs=1e-5) and shown.lands is not None
            assert shown.parents and shown.asked != shown.lands
            details = drive.controllers.details.facts
            assert details is not None and details.title.startswith("a sound near ")
            await drive.until(lambda: present(drive.controllers.details.facts).peaks is not None)
            await drive.press("space")
            assert bench.player.played[-1] == made.path
            await drive.press("L", "J")
            left = marks(drive)
            assert (left.asked, left.lands) == (shown.asked, shown.lands), "ghosts of what was made stay behind"
            assert left.centre == left.cursor != left.asked and left.parents
            await drive.press("escape", "right")
            assert marks(drive) == MakingMarks()

    run(go)


def test_a_variation_there_is_one_of_the_made_sound(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(120, 36)) as drive:
            await drive.press("i", "right", "full_stop")
            await drive.sees("nothing was made here yet")
            await drive.press("g")
            made = answer(bench, drive, tmp_path, lands=(0.5, 0.5))
            parents = present(drive.controllers.state.making.sound).recipe.parents
            lineage = os.path.splitext(made.path)[0] + b".json"
            for _ in range(2):
                await drive.press("full_stop")
                request = asked(bench)[-1]
                assert request.lineages == (lineage,) and request.variance > 0 and not request.samples
                answer(bench, drive, tmp_path, lands=(0.4, 0.4))
                assert present(drive.controllers.state.making.sound).recipe.parents == parents, "lines and tags stay"
            await drive.press("u", "u")
            assert bench.player.played[-1] == made.path
            await drive.press("ctrl+r")
            assert bench.player.played[-1] != made.path

    run(go)


@scenario(size=(100, 30))
async def test_escape_cancels_what_is_being_made_before_it_leaves(drive: Drive) -> None:
    await drive.press("i", "right", "g")
    number = asked(drive.bench)[-1].number
    await drive.press("escape")
    assert isinstance(drive.bench.service.asked[-1], CancelGeneration)
    await drive.sees("cancelled")
    assert marks(drive).cursor is not None, "still at the place"
    before = list(drive.bench.player.played)
    drive.bench.service.tell(drive.app, SoundGenerated(number, b"/tmp/late.wav", "at", 0, ()))
    assert drive.bench.player.played == before
    await drive.press("g")
    await drive.press("escape", "escape")
    assert marks(drive).cursor is None


@scenario(size=(100, 30))
async def test_b7_how_far_it_has_come_is_told_and_keys_act_meanwhile(drive: Drive) -> None:
    await drive.press("right", "tilde", "enter")
    number = drive.bench.service.asked[-1].number  # type: ignore[union-attr]
    drive.bench.service.tell(drive.app, GenerationProgress(number, 3, 8))
    await drive.sees("3 of 8 ...")
    assert "esc cancels" in drive.text
    start = drive.selected
    await drive.press("right")
    assert drive.selected != start
    assert "making 3 of 8" in drive.text, "it stays on the right while keys act"
    await drive.press("escape")
    assert isinstance(drive.bench.service.asked[-1], CancelGeneration)
    assert "making 3 of 8" not in drive.text


@scenario(size=(120, 36))
async def test_a_click_on_the_map_points_there_and_on_a_sample_it_ends(drive: Drive) -> None:
    shown = drive.controllers.presenter.widgets.map
    cells = drive.cells.count
    empty = next((x, y) for y in range(4, 30) for x in range(6, 60) if not cells[y - 3 : y + 4, x - 5 : x + 6].any())
    await drive.pilot.click(shown, offset=empty)
    await drive.settle()
    assert shown.viewport.cell_at(present(marks(drive).cursor)) == empty
    await drive.press("i", "right")
    assert present(shown.viewport.cell_at(present(marks(drive).cursor)))[0] == empty[0] + 1
    await drive.apart()
    await drive.pilot.click(shown, offset=empty)
    await drive.press("left")
    assert present(shown.viewport.cell_at(present(marks(drive).cursor)))[0] == empty[0] - 1, "arrows still move it"
    ys, xs = np.nonzero(cells)
    await drive.apart()
    await drive.pilot.click(shown, offset=(int(xs[0]), int(ys[0])))
    await drive.settle()
    assert marks(drive).cursor is None
    before = drive.selected
    await drive.press("right")
    assert drive.selected != before and marks(drive).cursor is None


def test_all_facts_of_a_made_sound_are_on_their_screen(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("g")
            at = present(asked(bench)[-1].at)
            answer(bench, drive, tmp_path, lands=(at[0], at[1] + 0.2))
            await drive.sees("lands 20 % of the map away")
            await drive.press("enter")
            await drive.sees("made from")
            assert "100 %" in drive.text and "on the map" in drive.text and "snare 82 %" in drive.text

    run(go)


def test_a_click_in_the_waveform_of_a_made_sound_plays_it_from_there(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(120, 36)) as drive:
            await drive.press("g")
            at = present(asked(bench)[-1].at)
            made = answer(bench, drive, tmp_path, lands=at)
            await drive.until(lambda: getattr(drive.controllers.details.facts, "peaks", None) is not None)
            pane = drive.controllers.presenter.widgets.details
            await drive.pilot.click(pane, offset=(pane.size.width // 2, pane.size.height - 2))
            await drive.settle()
            assert bench.player.played[-1] == made.path
            assert bench.player.starts[-1] == pytest.approx(0.15, abs=0.02)

    run(go)
