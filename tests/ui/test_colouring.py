"""Colours that say more than the class."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from tests.support.fakes import PACKS, Bench, snapshot
from tests.support.pilot import driving, present, run
from tui_browser.config.themes import load_theme
from tui_browser.records import DRUM_CLASSES, HEARD, SampleId
from tui_browser.ui.state.categories import MOST, REST
from tui_browser.ui.state.colouring import CHOICES, NAMES, colouring
from tui_browser.ui.styles import LEVELS, Styles


@pytest.mark.parametrize("by", CHOICES)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_every_colouring_has_a_colour_for_every_sample_also_without_vectors(by: str, count: int) -> None:
    held = snapshot(count)
    for one in (held, replace(held, vectors=None), replace(held, vectors=np.full((count, 16), np.nan, np.float32))):
        colours = colouring(one, by, steps=Styles(load_theme("dark")).steps)
        paint = Styles(load_theme("dark"))
        styles = paint.hues(colours.hues)
        assert colours.index.shape == (count,) and NAMES[by]
        assert not count or int(colours.index.max()) * LEVELS < len(styles)


def test_folders_are_those_below_what_all_share_the_fullest_first() -> None:
    colours = colouring(snapshot(100), "folder", steps=9)
    assert set(colours.names) == {*PACKS, "other"} and colours.names[-1] == "other"
    assert (np.bincount(colours.index)[: len(PACKS)] == 20).all()


def test_more_folders_than_colours_share_the_last() -> None:
    paths = [b"/s/%02d/%d.wav" % (row % 20, row) for row in range(100)]
    colours = colouring(snapshot(100, paths=paths), "folder", steps=9)
    assert len(colours.names) == MOST + 1 and (colours.index == REST).sum() == 45


def test_tags_and_what_was_heard() -> None:
    held = snapshot(10)
    flags = np.zeros(10, np.uint8)
    flags[3] = HEARD
    held = replace(held, flags=flags, tags={SampleId(int(held.ids[5])): ("dark", "warm")})
    assert np.flatnonzero(colouring(held, "heard", steps=9).index == 0).tolist() == [3]
    tags = colouring(held, "tag", steps=9)
    assert tags.names == ("dark", "no tag") and np.flatnonzero(tags.index == 0).tolist() == [5]


def test_copies_and_groups_come_from_the_sound() -> None:
    held = snapshot(200)
    vectors = present(held.vectors).copy()
    vectors[7] = vectors[90]
    held = replace(held, vectors=vectors)
    assert np.flatnonzero(colouring(held, "copies", steps=9).index == 0).tolist() == [7, 90]
    found = colouring(held, "group", steps=9).index
    same = [(found[held.classes == kind][:, np.newaxis] == found[held.classes == kind]).mean() for kind in range(11)]
    assert np.mean(same) > 0.6 and found[7] == found[90]


def test_the_list_of_colours_leads_to_each_and_the_legend_says_what_they_mean() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            for by, seen in (
                ("folder", PACKS[0]), ("heard", "not heard 300"), ("copies", "no copies 300"), ("group", "█ 1 "),
                ("added", "first"), ("shades", "similarity"),
            ):  # fmt: skip
                await drive.press("C")
                while drive.controllers.state.colour_by != by:
                    await drive.press("down")
                await drive.until(partial(lambda by: drive.controllers.state.map_model.colours.by == by, by))
                await drive.press("enter")
                await drive.sees(seen)
            await drive.press("c")
            await drive.until(
                lambda: drive.controllers.state.map_model.colours.by == "class", what="the first after the last"
            )
            await drive.press("enter")
            assert drive.app.screen is drive.app.main and drive.controllers.state.colour_by == "class"

    run(scenario)


def test_a_search_counts_in_the_legend() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            drive.controllers.state.colour_by = "heard"
            drive.controllers.map.recolour()
            await drive.sees("not heard 300")
            await drive.press("/")
            await drive.type("class:kick")
            kicks = int((bench.library.held.classes == DRUM_CLASSES.index("kick")).sum())
            await drive.sees(f"not heard {kicks}")

    run(scenario)


def test_files_are_coloured_by_their_dates_also_after_a_change_of_the_library() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            drive.controllers.map.colour("date")
            await drive.sees("2017-")
            assert "2023-" in drive.text
            index = drive.controllers.state.map_model.colours.index
            assert (np.diff(index.astype(int)) >= 0).all() and len(set(index.tolist())) > 5
            bench.library.held = replace(bench.library.held, revision=2)
            drive.controllers.snapshots.refresh()
            await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2)
            assert (drive.controllers.state.map_model.colours.index == index).all()

    run(scenario)
