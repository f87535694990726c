"""The pointer on the map: it shows and plays, selects, magnifies; each of it can be switched off."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.fakes import Bench
from tests.support.pilot import Drive, driving, present, run
from tui_browser.config.settings import Settings
from tui_browser.ui.terminal import clipboard
from tui_browser.ui.terminal.clipboard import Copied


def lonely(drive: Drive) -> tuple[int, tuple[int, int]]:
    """A sample away from the cursor, and the cell it is in."""
    view, map_model = drive.controllers.presenter.widgets.map, drive.controllers.state.map_model
    for row in range(len(map_model)):
        cell = view.viewport.cell_at(map_model.place(row))
        near = np.abs(map_model.snapshot.xy - map_model.snapshot.xy[row]).max(axis=1) < 0.03
        if cell is not None and near.sum() == 1 and row != drive.controllers.state.row:
            return row, cell
    raise AssertionError("no sample stands alone")


def test_hovering_shows_a_sample_and_plays_it_only_with_auto_play() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            row, cell = lonely(drive)
            selected, name = drive.selected, bench.library.held.names[row].rpartition(b"/")[2].decode()
            await drive.pilot.hover("#map", offset=cell)
            await drive.until(lambda: name in drive.text.splitlines()[-2], what="its name")
            assert drive.selected == selected and bench.player.played == []
            await drive.press("right")
            assert name not in drive.text.splitlines()[-2], "a key goes on from the cursor"
            await drive.press("a")
            await drive.pilot.hover("#map", offset=(cell[0], cell[1] + 1))
            await drive.pilot.hover("#map", offset=cell)
            await drive.until(lambda: bench.player.played[-1:] == [bench.library.held.names[row]], what="its sound")

    run(scenario)


def test_hovering_can_be_switched_off_and_a_click_made_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(settings=Settings(motion=False, hover=False, click_copies=True))
    texts: list[str | bytes] = []

    def copy(text: str | bytes, **_: object) -> Copied:
        texts.append(text)
        return Copied("clipboard", True, ())

    monkeypatch.setattr(clipboard, "copy", copy)

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            row, cell = lonely(drive)
            before = drive.text
            await drive.pilot.hover("#map", offset=cell)
            await drive.pilot.pause(0.2)
            assert drive.text == before
            await drive.pilot.click("#map", offset=cell)
            await drive.until(lambda: bool(texts), what="a copy")
            assert texts == [bench.library.held.names[row]] and bench.player.played == texts

    run(scenario)


def test_a_double_click_magnifies_there_and_shift_selects() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            row, cell = lonely(drive)
            view = drive.controllers.presenter.widgets.map
            await drive.pilot.click("#map", offset=cell, shift=True)
            await drive.until(lambda: len(drive.controllers.state.selection) == 1)
            assert drive.controllers.state.selection.ids.tolist() == [int(bench.library.held.ids[row])]
            assert bench.player.played == []
            await drive.apart()
            place = view.viewport.cell_centre(*cell)
            await drive.pilot.double_click("#map", offset=cell)
            await drive.until(lambda: view.viewport.zoom_level > 2)
            assert view.viewport.cell_at(place) == cell

    run(scenario)


def test_the_small_map_shows_where_one_is_and_makes_way_for_the_cursor() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            view = drive.controllers.presenter.widgets.map
            whole = view.inset.box
            assert whole is None, "the whole map is its own overview"
            await drive.press("+", "+", "+")
            small_map = view.inset
            assert small_map.box is not None and small_map.box.left > 0
            drive.app.main.perform("small_map")
            assert view.inset.box is None
            drive.app.main.perform("small_map")
            view.mark(view.viewport.cell_centre(view.viewport.columns - 3, 2))
            assert small_map.box.left == 0
            shown = small_map.draw(present(view.picture).raster, view.viewport, cursor=None, ascii_only=False)
            inside = [cell for cell, (_, seen) in shown.items() if seen]
            assert 0 < len(inside) < len(shown) / 2

    run(scenario)
