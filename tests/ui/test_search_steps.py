"""Searches with sound words, what the screen says of them, and undo of a search with its view."""

from __future__ import annotations

import numpy as np

from tests.support.pilot import Drive, scenario
from tui_browser.map.viewport import Viewport
from tui_browser.records import DRUM_CLASSES, FEATURES, SampleId

Look = tuple[str, SampleId | None, Viewport]


def look(drive: Drive) -> Look:
    """Query, sample and part of the map, as they are shown."""
    widgets = drive.controllers.presenter.widgets
    text = widgets.search.field.value if widgets.search.display else ""
    return text, drive.controllers.state.cursor.sample, widgets.map.viewport


@scenario(size=(110, 30))
async def test_a_sound_word_finds_by_sound_and_says_what_it_means(drive: Drive) -> None:
    snapshot = drive.controllers.state.map_model.snapshot
    await drive.press("/")
    await drive.type("long kick")
    await drive.sees("long: a long time")
    matches = drive.controllers.state.search.matches
    assert matches is not None
    kicks = snapshot.classes[matches.rows] == DRUM_CLASSES.index("kick")
    lengths = snapshot.features[matches.rows, FEATURES.index("duration_s")]
    assert kicks.all() and (np.diff(lengths) <= 0).all() and 0 < len(matches) < 300
    await drive.sees(f"{len(matches)} of 300 samples")
    assert f"kick {len(matches)} " in drive.text, "the legend counts what was found by class"
    await drive.press("escape")
    assert "a long time" not in drive.text


@scenario(size=(110, 30))
async def test_undo_takes_back_a_search_with_its_sample_and_its_view(drive: Drive) -> None:
    await drive.press("l", "+")
    before = look(drive)
    await drive.press("/")
    await drive.type("long kick")
    await drive.press("enter")
    first = look(drive)
    assert first[0] == "long kick" and first[1:] != before[1:]
    await drive.press("/", *["backspace"] * 4)
    await drive.type("snare")
    await drive.press("enter")
    second = look(drive)
    assert second[0] == "long snare"
    await drive.press("u")
    assert look(drive) == first and "undone: search" in drive.text
    await drive.press("u")
    assert look(drive) == before
    await drive.press("ctrl+r", "ctrl+r")
    assert look(drive) == second and "redone: search" in drive.text
    await drive.press("escape")
    assert look(drive)[0] == "" and drive.controllers.state.search.matches is None
    await drive.press("u")
    assert look(drive) == second and drive.controllers.state.search.matches is not None


@scenario(size=(110, 30))
async def test_a_search_that_was_left_is_no_step(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("kick")
    await drive.press("escape", "u")
    assert "nothing to undo" in drive.text


@scenario(size=(110, 30))
async def test_the_header_says_how_many_of_how_many_are_shown(drive: Drive) -> None:
    assert "300 samples" in drive.text
    kicks = int((drive.controllers.state.map_model.snapshot.classes == DRUM_CLASSES.index("kick")).sum())
    drive.controllers.undoable_edits.hide_kinds({"class": frozenset({"0"})})
    off = drive.controllers.state.visibility.mask
    assert off is not None and int(off.sum()) in (300, 300 - kicks)
    await drive.sees(f"{int(off.sum())} of 300 samples shown")
