"""The legend: what colours mean, how many there are, and as a filter."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import driving, present, run
from tui_browser.config.themes import load_theme
from tui_browser.ui.state.colouring import CHOICES, colouring
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.legend import Legend


@pytest.mark.parametrize("by", CHOICES)
def test_every_colour_of_a_sample_has_its_entry_and_only_one(by: str) -> None:
    colours = colouring(snapshot(80), by, steps=9)
    entries = colours.entries()
    if colours.hues != "shades" and (colours.hues != "ramp" or colours.ends()[0]):
        assert set(colours.index.tolist()) <= {entry.index for entry in entries}
    assert len({entry.index for entry in entries}) == len({entry.id for entry in entries}) == len(entries)


def test_kinds_are_hidden_seen_alone_and_all_seen_again_on_map_list_and_by_arrows() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(160, 40)) as drive:
            held, controllers = bench.library.held, drive.controllers
            kicks = held.classes == 0
            await drive.press("s")
            assert "on / off" in drive.text
            await drive.press("space")
            assert "kick off" in drive.text and "1 kind off" in drive.text
            assert controllers.state.visibility.mask is not None and (controllers.state.visibility.mask == ~kicks).all()
            assert f"/{(~kicks).sum()}" in drive.text or len(controllers.cursor.listing.rows) == (~kicks).sum()
            assert drive.cells.dim.any()
            await drive.press("right", "enter")
            snares = held.classes == 1
            assert (controllers.state.visibility.mask == snares).all()
            await drive.press("escape")
            for key in ("right", "up", "left", "down"):
                await drive.press(key)
                assert snares[controllers.state.row]
            await drive.press("/")
            await drive.type("snare_00")
            found = drive.matches.rows
            assert controllers.cursor.listing.rows.tolist() == found[snares[found]].tolist() and len(found)
            await drive.press("escape", "c", "enter")
            assert (controllers.state.visibility.mask == snares).all(), (
                "classes stay hidden where colours mean something else"
            )
            await drive.press("u")
            assert controllers.state.visibility.mask is not None and (controllers.state.visibility.mask == ~kicks).all()
            await drive.press("escape", "escape")
            visibility = controllers.state.visibility
            assert visibility.mask is None and "off" not in drive.text.splitlines()[0]

    run(scenario)


@pytest.mark.parametrize("by", ["class", "folder", "group", "key", "tag", "heard", "duration_s"])
def test_a_click_hides_a_kind_and_a_double_click_shows_it_alone(by: str) -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(160, 40)) as drive:
            controllers = drive.controllers
            controllers.map.colour(by)
            await drive.until(lambda: controllers.state.map_model.colours.by == by)
            await drive.pilot.pause()
            legend = drive.app.main.query_one(Legend)
            x, entry = next(
                (sum(each.width for each in legend._pieces[:at]), piece.entry)
                for at, piece in enumerate(legend._pieces)
                if piece.entry is not None
            )
            index = controllers.state.map_model.colours.index
            await drive.pilot.click(Legend, offset=(x, 0))
            await drive.until(lambda: controllers.state.visibility.active)
            assert np.array_equal(present(controllers.state.visibility.mask), index != entry.index)
            await drive.apart()
            await drive.pilot.click(Legend, offset=(x, 0))
            await drive.until(lambda: not controllers.state.visibility.active)
            await drive.apart()
            await drive.pilot.double_click(Legend, offset=(x, 0))
            await drive.pilot.pause(0.1)
            shown = controllers.state.visibility.mask
            assert shown is None or np.array_equal(shown, index == entry.index)

    run(scenario)


def test_a_ramp_has_numbers_and_keys_lie_on_the_circle_of_fifths() -> None:
    colours = colouring(snapshot(300), "brightness_hz", steps=9)
    values = [colours.value(step) for step in range(10)]
    assert values[0] == colours.ends()[0] and values[-1] == colours.ends()[1] and len(set(values)) == 10
    names = [entry.name for entry in colouring(snapshot(30), "key", steps=9).entries()]
    assert names[:5] == ["C/Am", "G/Em", "D/Bm", "A/F#m", "E/C#m"]
    for theme in ("dark", "light", "mono", "16-colours"):
        paint = Styles(load_theme(theme))
        assert len(paint.wheel) == 13 * 4


def test_the_legend_stays_within_its_line_whatever_is_shown() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(72, 20)) as drive:
            for by in ("folder", "key", "duration_s", "class"):
                drive.controllers.map.colour(by)
                await drive.until(partial(lambda by: drive.controllers.state.map_model.colours.by == by, by))
                await drive.press("s")
                legend = drive.app.main.query_one(Legend)
                for _ in range(len(legend.entries)):
                    await drive.press("right")
                    chosen = legend.chosen
                    assert chosen is not None and any(piece.entry == chosen for piece in legend._pieces), by
                await drive.press("escape")

    run(scenario)


def test_a_key_that_the_legend_has_no_use_for_is_a_command_of_the_map() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(72, 20)) as drive:
            drive.controllers.map.colour("key")
            await drive.press("s")
            assert "…" in drive.text.splitlines()[-3], "there are more keys than fit"
            await drive.press("slash")
            await drive.type("kick")
            assert drive.controllers.state.search.active and "on / off" not in drive.text
            await drive.press("enter", "right")
            assert drive.app.main.mode == "main" and drive.controllers.presenter.widgets.legend.chosen is None

    run(scenario)
