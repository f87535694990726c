"""The search line: what is not understood is marked, what comes together is one change, and it takes so much."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from textual import events
from textual.color import Color

from tests.support.fakes import FakeLibrary
from tests.support.pilot import Drive, paste, scenario
from tui_browser.config.saved_searches import save_search, saved_searches
from tui_browser.records import FAVOURITE, FEATURES, Snapshot
from tui_browser.search.file_columns import FileColumns, unknown_files
from tui_browser.search.matcher import Matches
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.search import SearchState
from tui_browser.ui.terminal.events import TypedText
from tui_browser.ui.widgets.field import MAX_QUERY
from tui_browser.ui.widgets.search_bar import SearchBar


def underlined(drive: Drive) -> str:
    """What is underlined on the screen, in the theme's colour of errors."""
    strips = drive.app.screen._compositor.render_strips(drive.app.screen.size)
    error = Color.parse(drive.app.paint.theme.roles["error"]).rich_color
    return "".join(
        segment.text for strip in strips for segment in strip
        if segment.style is not None and segment.style.underline and segment.style.color == error
    )  # fmt: skip


def status(drive: Drive) -> str:
    return drive.controllers.presenter.widgets.status.notice


def together(text: str) -> TypedText:
    return TypedText([events.Key("space" if char == " " else char, char) for char in text])


@scenario(size=(100, 30))
async def test_a_piece_that_is_not_understood_is_marked_and_named(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("kick is:new")
    await drive.until(lambda: "is:new is not understood: is: takes fav, heard" in status(drive))
    assert underlined(drive) == "is:new"
    assert drive.controllers.state.search.matches is not None and 0 < len(drive.controllers.state.search.matches) < 300
    await drive.press(*["backspace"] * 6)
    await drive.until(lambda: underlined(drive) == "" and status(drive) == "")
    await drive.type("dur:")
    await drive.until(lambda: underlined(drive) == "dur:" and "as in dur:<0.4" in status(drive))
    await drive.press("escape")
    assert "dur:" not in status(drive) and not drive.controllers.state.search.problems


@scenario(size=(100, 30))
async def test_enter_does_not_leave_a_line_that_says_nothing(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("class:hat-clsed")
    await drive.press("enter")
    bar = drive.app.screen.query_one(SearchBar)
    focused = bar.field.has_focus
    assert focused and "did you mean class:hat-closed?" in status(drive)
    matches = drive.controllers.state.search.matches
    assert matches is not None and len(matches) == 0, "a word that is not understood is not everything"
    await drive.press(*["backspace"] * 4)
    await drive.type("losed")
    await drive.press("enter")
    assert not bar.field.has_focus and drive.controllers.state.search.active


@scenario(size=(100, 30))
async def test_a_range_with_a_dash_restricts(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("bpm:120-130")
    tempo = drive.bench.library.held.features[:, FEATURES.index("bpm")]
    matches = drive.controllers.state.search.matches
    assert matches is not None and len(matches) == ((tempo >= 120) & (tempo <= 130)).sum() > 0
    assert underlined(drive) == ""


@scenario(size=(100, 30))
async def test_letters_that_come_together_are_one_search(drive: Drive) -> None:
    searched: list[str] = []
    answer = SearchState._prepare

    def counted(search: SearchState, map_model: MapModel, *, previous: Matches | None) -> Callable[[], Matches] | None:
        searched.append(search.text)
        return answer(search, map_model, previous=previous)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SearchState, "_prepare", counted)
        drive.app.post_message(together("/kick 12"))
        await drive.until(lambda: drive.controllers.state.search.text == "kick 12")
        drive.app.post_message(together("3"))
        drive.app.post_message(together("4"))
        await drive.until(lambda: drive.controllers.state.search.text == "kick 1234")
    assert searched[0] == "kick 12" and len(searched) <= 3


@scenario(size=(100, 30))
async def test_away_from_a_line_each_letter_is_a_key(drive: Drive) -> None:
    drive.app.post_message(together("n?"))
    await drive.sees("Keys   esc closes")
    await drive.press("escape")
    await drive.sees("neighbour 1")


@scenario(size=(100, 30))
async def test_of_a_long_paste_the_line_takes_its_length_and_says_so(drive: Drive) -> None:
    await drive.press("/")
    field = drive.app.screen.query_one(SearchBar).field
    await paste(drive, "\nlorem \x1b[31mipsum\x07\tdolor " * 50_000 + "\nsecond line")
    await drive.until(lambda: len(field.value) > 0)
    assert field.value == "lorem ipsum dolor "
    await paste(drive, "kick " * 200_000)
    await drive.until(lambda: len(field.value) == MAX_QUERY)
    assert field.value == ("lorem ipsum dolor " + "kick " * 200)[:MAX_QUERY]
    await drive.until(lambda: status(drive) == "this line takes 500 characters: the rest was left out")
    await drive.press("x")
    assert len(field.value) == MAX_QUERY
    field.value += " a longer text that somebody else has put there"
    field.cursor_position = 3
    await drive.press("backspace")
    assert field.value.startswith("loem ipsum") and len(field.value) > MAX_QUERY
    await drive.press("escape")
    assert drive.controllers.state.search.text == "" and field.value == ""


@scenario(size=(100, 30))
async def test_keys_behind_the_one_that_ends_the_app_do_nothing(drive: Drive) -> None:
    before = drive.selected
    drive.app.post_message(together("qllll"))
    await drive.until(lambda: drive.app._exit)
    assert drive.selected == before


@scenario(size=(100, 30))
async def test_the_right_arrow_takes_what_the_line_suggests(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("cowb")
    field = drive.app.screen.query_one(SearchBar).field
    await drive.sees("cowbell")
    await drive.press("right")
    await drive.until(lambda: field.value == "cowbell")
    await drive.until(lambda: drive.controllers.state.search.text == "cowbell")


@scenario(size=(100, 30))
async def test_a_field_offers_its_values_with_their_counts(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("class:")
    counts = {
        name: int((drive.bench.library.held.classes == number).sum())
        for number, name in enumerate(drive.bench.library.held.class_names)
    }
    most = max(counts, key=lambda name: counts[name])
    await drive.until(lambda: f"class:{most.replace('_', '-')} {counts[most]}" in status(drive))
    assert underlined(drive) == "class:", "what is unfinished is marked"
    await drive.type("kick")
    await drive.until(lambda: status(drive) == "")


@scenario(size=(100, 30))
async def test_an_empty_line_brings_back_the_queries_of_before(drive: Drive) -> None:
    for query in ("kick", "class:tom"):
        await drive.press("/")
        await drive.type(query)
        await drive.press("enter")
        await drive.press("escape")
    field = drive.app.screen.query_one(SearchBar).field
    await drive.press("/", "up")
    await drive.until(lambda: field.value == "class:tom" and len(drive.matches) > 0)
    await drive.press("up", "up")
    await drive.until(lambda: field.value == "kick")
    await drive.press("down")
    await drive.until(lambda: field.value == "class:tom")
    await drive.press("down")
    await drive.until(lambda: field.value == "")
    await drive.type("snare")
    first = drive.selected
    await drive.press("down")
    await drive.until(lambda: drive.selected != first)
    assert field.value == "snare", "a typed query keeps the arrow keys for its list"


@scenario(size=(100, 30))
async def test_enter_zooms_the_map_to_what_was_found_and_esc_back(drive: Drive) -> None:
    shown = drive.controllers.presenter.widgets.map
    before = shown.viewport
    await drive.press("/")
    await drive.type("class:cowbell")
    await drive.until(lambda: 0 < len(drive.matches) < 100)
    rows = drive.matches.rows
    await drive.press("enter")
    await drive.until(lambda: shown.viewport.zoom_level > before.zoom_level)
    places = drive.controllers.state.map_model.xy[rows]
    assert all(shown.viewport.cell_at((float(x), float(y))) is not None for x, y in places)
    await drive.press("escape")
    await drive.until(lambda: shown.viewport == before)


def big(drive: Drive, *, over: float) -> int:
    """Samples of more bytes, of which row i has 1000 i."""
    return int((np.arange(len(drive.bench.library.held)) * 1000 > over).sum())


@contextmanager
def read_in_a_thread(drive: Drive) -> Iterator[list[str]]:
    """Sizes of the library's files, and the threads that asked for them."""
    threads: list[str] = []

    def files_of(library: FakeLibrary, held: Snapshot) -> FileColumns:
        threads.append(threading.current_thread().name)
        return replace(unknown_files(held.ids), size=np.arange(len(held), dtype=np.float64) * 1000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drive.controllers.state.search, "_files_of", functools.partial(files_of, drive.bench.library))
        yield threads


@scenario(size=(100, 30))
async def test_what_the_library_must_be_asked_for_is_asked_in_a_thread(drive: Drive) -> None:
    with read_in_a_thread(drive) as threads:
        await drive.press("/")
        await drive.type("kick")
        assert threads == [], "letters read nothing"
        await drive.press(*["backspace"] * 4)
        await drive.type("size:>250k")
        await drive.until(
            lambda: drive.controllers.state.search.active and len(drive.matches) == big(drive, over=250e3)
        )
        assert threads and "MainThread" not in threads
        held, before = drive.bench.library.held, drive.matches
        drive.bench.library.held = replace(held, revision=held.revision + 1, flags=np.full_like(held.flags, FAVOURITE))
        drive.controllers.snapshots.refresh()
        await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == held.revision + 1)
        assert drive.matches.mask.tolist() == before.mask.tolist(), "what was found stays"
        await drive.until(lambda: drive.matches is not before and len(drive.matches) == len(before))
        await drive.press("enter")
        assert drive.controllers.state.search.active and "size:>250k" in drive.text


@scenario(size=(100, 30))
async def test_a_saved_search_is_completed_and_found(drive: Drive) -> None:
    save_search("loops", "is:loop")
    await drive.press("/")
    await drive.type("@l")
    await drive.until(lambda: "@loops" in status(drive))
    await drive.press("right")
    tempo = drive.bench.library.held.features[:, FEATURES.index("bpm")]
    await drive.until(lambda: len(drive.matches) == np.isfinite(tempo).sum() > 0)
    assert underlined(drive) == ""
    await drive.type("x")
    await drive.until(lambda: "no saved search is called loopsx; did you mean @loops?" in status(drive))


@scenario(size=(100, 30))
async def test_the_query_on_the_line_is_saved_by_name(drive: Drive) -> None:
    drive.app.screen.perform("save_search")  # type: ignore[attr-defined]
    await drive.until(lambda: "there is no query to save" in status(drive))
    await drive.press("/")
    await drive.type("kick dur:<0.4")
    await drive.press("enter")
    drive.app.screen.perform("save_search")  # type: ignore[attr-defined]
    await drive.sees("Name of this search")
    await drive.type("short")
    await drive.press("enter")
    await drive.until(lambda: "saved: @short" in status(drive))
    assert saved_searches() == {"short": "kick dur:<0.4"}
    await drive.press("/", "ctrl+u")
    await drive.type("@short")
    await drive.press("enter")
    drive.app.screen.perform("save_search")  # type: ignore[attr-defined]
    await drive.sees("Name of this search")
    await drive.type("short")
    await drive.press("enter")
    await drive.until(lambda: "means itself" in status(drive))
    assert saved_searches() == {"short": "kick dur:<0.4"}
