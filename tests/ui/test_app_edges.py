"""The app where things are unusual: every size, hostile names, few samples, files that are gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import driving, run
from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState, SavedView
from tui_browser.records import MISSING
from tui_browser.ui.widgets.map_text import Detail
from tui_browser.ui.widgets.map_view import MapView


@pytest.mark.parametrize("size", [(40, 12), (60, 40), (80, 24), (120, 30), (200, 50)])
def test_every_size_has_a_map_and_keys(size: tuple[int, int]) -> None:
    async def go() -> None:
        async with driving(Bench(), size=size) as drive:
            drawn = any("\u2801" <= char <= "\u28ff" for char in drive.text)
            assert drawn and not drive.app.main.query_one(MapView).in_letters
            assert "? help" in drive.text and "300 samples" in drive.text
            await drive.press("tab", "down")
            assert "/300" in drive.text

    run(go)


def test_resizing_from_small_to_large_and_below_never_fails() -> None:
    async def go() -> None:
        async with driving(Bench(), size=(40, 12)) as drive:
            for size in ((200, 60), (20, 6), (80, 24), (3, 1), (71, 16), (40, 12), (120, 24), (1, 1), (72, 15)):
                await drive.pilot.resize_terminal(*size)
                await drive.press("right")
                if size == (20, 6):
                    assert "too" in drive.text and "40x12" in drive.text
            await drive.press("?")
            for size in ((20, 6), (200, 60), (40, 12)):
                await drive.pilot.resize_terminal(*size)
                await drive.pilot.pause()

    run(go)


def test_hostile_names_are_shown_escaped_and_never_read_as_markup() -> None:
    names = [
        b"/p/\x1b]0;owned\x07.wav", b"/p/[red]bold[b].wav", b"/p/two\nlines.wav", b"/p/\xe2\x80\xaeevil.wav",
        b"/p/\xff\xfe.wav", b"/p/" + b"x" * 251 + b".wav", "/p/鼓.wav".encode(), b"/p/[/].wav",
    ]  # fmt: skip

    async def go() -> None:
        async with driving(Bench(snapshot(len(names), paths=names)), size=(120, 30)) as drive:
            await drive.press("tab", "home")
            for _ in names:
                await drive.press("down", "n", "escape")
            text = drive.text
            assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
            for shown in (
                "\\x1b]0;owned\\x07.wav",
                "[red]bold[b].wav",
                "two\\nlines.wav",
                "\\u202eevil",
                "\\xff\\xfe",
            ):
                assert shown in text, shown
            assert all(line.isprintable() for line in text.splitlines())
            await drive.press("enter", "escape", "t", "escape", "y")

    run(go)


def test_no_letters_are_needed_to_tell_the_classes_apart_but_they_are_there() -> None:
    for theme, ascii_only in (("mono", True), ("16-colours", False)):

        async def go(theme: str = theme, ascii_only: bool = ascii_only) -> None:
            async with driving(Bench(snapshot(40), theme=theme, ascii=ascii_only), size=(120, 30)) as drive:
                shown = drive.app.main.query_one(MapView)
                dots = not shown.in_letters
                assert dots, "an overview is dots"
                drive.app.main.perform("labels")
                shown.show_detail(Detail.MARKS)
                assert shown.in_letters
                shown.captions.texts = []  # the names beside them
                shown._update_overlay()
                await drive.pilot.pause(0.1)
                drawn = "".join(line.split("|" if ascii_only else "│")[0] for line in drive.text.splitlines()[1:-4])
                assert set(drawn) - set(" []X❲◆❳") <= set(drive.app.paint.theme.class_letters)
                if ascii_only:
                    assert drive.text.isascii(), [char for char in drive.text if not char.isascii()]
                await drive.press("?", "escape", "R", "escape", "enter", "escape", "ctrl+p", "escape")

        run(go)


def test_a_persons_own_keys_work_and_a_wrong_one_is_told() -> None:
    async def go() -> None:
        async with driving(Bench(settings=Settings(motion=False, keys={"play": ("f7",)}))) as drive:
            assert "f7 play" in drive.text
            await drive.press("f7", "space")
            assert len(drive.bench.player.played) == 1
        async with driving(Bench(settings=Settings(motion=False, keys={"pley": ("f7",)}))) as drive:
            assert "did you mean 'play'" in drive.text

    run(go)


def test_the_place_where_a_person_left_is_found_again() -> None:
    state = SavedState(libraries={}).with_library("/fake/library.db", SavedView(77, "loudness_db"))

    async def go() -> None:
        bench = Bench(state=state)
        async with driving(bench) as drive:
            assert drive.selected == 77 and "by loudness" in drive.text
            await drive.press("right", "q")
            left = drive.selected
        assert bench.state.library("/fake/library.db") == SavedView(left, "loudness_db")

    run(go)


def test_a_file_that_is_gone_is_marked_and_not_played() -> None:
    held = snapshot(12)

    async def go() -> None:
        async with driving(Bench(replace(held, flags=np.full(12, MISSING, dtype=np.uint8)))) as drive:
            await drive.press("space")
            assert drive.bench.player.played == [] and "the file is missing" in drive.text and "✗" in drive.text

    run(go)


def test_samples_off_the_map_are_listed_and_playable() -> None:
    held = snapshot(6)

    async def go() -> None:
        nowhere = replace(held, xy=np.full((6, 2), np.nan, dtype=np.float32))
        async with driving(Bench(nowhere)) as drive:
            await drive.sees("All samples are off the map")
            await drive.press("right", "tab", "down", "space")
            assert len(drive.bench.player.played) == 1
        xy = held.xy.copy()
        xy[3] = np.nan
        async with driving(Bench(replace(held, xy=xy))) as drive:
            assert "1 off the map" in drive.text
            await drive.press("tab", "end", "space")
            assert drive.bench.player.played == [held.names[3]]
            await drive.press("tab", "left")
            assert drive.controllers.state.row != 3

    run(go)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_small_libraries(count: int) -> None:
    async def go() -> None:
        async with driving(Bench(snapshot(count))) as drive:
            await drive.press("right", "left", "up", "down", "n", "n", "N", "b", "+", "-", "0", "c", "tab", "down", "f")
            assert f"{count} sample" in drive.text

    run(go)


def test_all_samples_on_one_place() -> None:
    held = snapshot(5)

    async def go() -> None:
        stacked = replace(held, xy=np.full((5, 2), 0.5, dtype=np.float32))
        async with driving(Bench(stacked, library=FakeLibrary(stacked))) as drive:
            seen = {drive.selected}
            for _ in range(5):
                await drive.press("right")
                seen.add(drive.selected)
            for _ in range(5):
                await drive.press("left")
                seen.add(drive.selected)
            assert len(seen) == 5

    run(go)


def test_names_may_hold_anything_that_a_search_sees() -> None:
    held = snapshot(3, paths=[b"/a/[b].wav", b"/a/\xff.wav", "/a/Ünï.wav".encode()])

    async def go() -> None:
        async with driving(Bench(held)) as drive:
            await drive.press("/")
            await drive.type("[b")
            assert "1 of 3" in drive.text

    run(go)
