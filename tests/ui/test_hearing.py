"""Hearing as a person meets it: keys, the top line, what is remembered, what is got ready."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench
from tests.support.pilot import Drive, driving, present, run
from tui_browser.config.state import SavedState
from tui_browser.playback.messages import Finished, Position
from tui_browser.ui.widgets.details import Details


def scenario(make: Callable[[], Bench]) -> Callable[[Callable[[Bench, Drive], Awaitable[None]]], Callable[[], None]]:
    """A test that drives the app."""

    def decorate(test: Callable[[Bench, Drive], Awaitable[None]]) -> Callable[[], None]:
        @functools.wraps(test)
        def runner() -> None:
            async def go() -> None:
                bench = make()
                async with driving(bench, size=(100, 30)) as drive:
                    await test(bench, drive)

            run(go)

        del runner.__wrapped__  # pytest would ask for the parameters of the wrapped one
        return runner

    return decorate


@scenario(Bench)
async def test_b9_the_keys_change_how_it_is_heard_and_that_is_shown_and_remembered(bench: Bench, drive: Drive) -> None:
    await drive.press("space", "less_than_sign", "less_than_sign", "right_curly_bracket", "o")
    assert bench.player.volumes == [-2.0, -4.0]
    loop, speed = bench.player.ways[-1]
    assert loop and speed == pytest.approx(1.1225, abs=1e-3)
    await drive.sees("volume -4 dB")
    assert "speed 1.12" in drive.text.splitlines()[0] and "loop" in drive.text.splitlines()[0]
    assert bench.state == SavedState(volume_db=-4.0, speed=bench.player.ways[-1][1]), "looping ends with the session"
    await drive.press("greater_than_sign", "greater_than_sign", "left_curly_bracket", "o")
    await drive.sees("as usual")
    assert bench.state == SavedState()
    for _ in range(9):
        await drive.press("right_curly_bracket")
    await drive.sees("this is the limit")


@scenario(lambda: Bench(state=SavedState(volume_db=-10.0, speed=0.5)))
async def test_what_was_remembered_is_heard_from_the_start(bench: Bench, drive: Drive) -> None:
    assert bench.player.volumes == [-10.0]
    await drive.sees("volume -10 dB")
    await drive.press("space")
    assert bench.player.ways == [(False, 0.5)]


@scenario(Bench)
async def test_where_the_walk_rests_the_next_sounds_are_got_ready(bench: Bench, drive: Drive) -> None:
    await drive.press("right")
    await drive.until(lambda: bool(bench.player.likely), what="a hint")
    controllers, map_model = drive.controllers, drive.controllers.state.map_model
    assert bench.player.likely[0] == controllers.state.path
    reached = {
        map_model.snapshot.names[row]
        for direction in ("left", "right", "up", "down")
        if (row := controllers.cursor.step(direction)) is not None
    }
    assert reached <= set(bench.player.likely)
    assert len(bench.player.likely) == len(set(bench.player.likely)) <= 9
    await drive.press("n")
    near = controllers.state.cursor.neighbours
    assert near is not None
    following = map_model.snapshot.names[present(map_model.row_of(near.ids[1]))]
    await drive.until(lambda: following in bench.player.likely[:3], what="the next neighbour")


@scenario(Bench)
async def test_all_are_played_in_turn_until_a_key_is_pressed(bench: Bench, drive: Drive) -> None:
    listing = drive.controllers.cursor.listing
    rows = listing.rows
    await drive.press("end", "A")
    for _ in range(3):
        bench.player.tell(bench.app, Finished(bench.player.tokens[-1]))
    names = drive.controllers.state.map_model.snapshot.names
    expected = [names[int(rows[at])] for at in (-1, 0, 1, 2)]
    assert bench.player.played == expected, "from the selected one on, and round"
    assert drive.controllers.state.path == expected[-1], "the cursor goes along"
    await drive.press("less_than_sign")
    playback = drive.controllers.state.playback
    assert playback.in_turn, "the volume may be changed meanwhile"
    await drive.press("space")
    assert bench.player.stopped == 1 and not drive.controllers.state.playback.in_turn
    await drive.press("A", "left")
    assert bench.player.stopped == 2


@scenario(Bench)
async def test_a_long_sound_shows_how_far_it_is_and_can_be_sought(bench: Bench, drive: Drive) -> None:
    await drive.press("semicolon")
    await drive.sees("no long sound is playing")
    await drive.press("space")
    bench.player.tell(bench.app, Position(bench.player.tokens[-1], 67.2))
    await drive.sees("1:07")
    details = drive.app.main.query_one(Details)
    details.inform(replace(present(details._facts), duration_s=100.0, peaks=np.full((200, 2), (-1.0, 1.0), np.float32)))
    bench.player.tell(bench.app, Position(bench.player.tokens[-1], 67.2))
    lines = [line for line in details._lines if any(style is not None and style.reverse for _, style, _ in line)]
    assert len(lines) >= 2, "all lines of it, below the lines of text"
    reversed_parts = [[style is not None and bool(style.reverse) for _, style, _ in line] for line in lines]
    marked = {
        sum(len(text) for text, _, _ in line[: parts.index(True)])
        for line, parts in zip(lines, reversed_parts, strict=True)
    }
    assert marked == {int(0.672 * details.size.width)}, "the mark in the waveform"
    await drive.pilot.click(Details, offset=(details.size.width // 2, details.size.height - 1))
    assert bench.player.starts[-1] == pytest.approx(50, abs=3), "from there on"
    bench.player.tell(bench.app, Position(bench.player.tokens[-1], 67.2))
    await drive.press("semicolon", "comma", "comma")
    assert bench.player.sought == [pytest.approx(72.2), pytest.approx(67.2), pytest.approx(62.2)]
    bench.player.tell(bench.app, Finished(bench.player.tokens[-1]))
    await drive.until(lambda: "1:0" not in drive.text, what="the end of it")
