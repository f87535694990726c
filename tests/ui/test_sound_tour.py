"""A tour of sounds: near ones follow each other, and any key stops on the one that is heard."""

from __future__ import annotations

import numpy as np

from tests.support.fakes import Bench
from tests.support.pilot import Drive, drive_on
from tui_browser.playback.messages import Finished
from tui_browser.search.listening_order import path_length
from tui_browser.ui.controllers.sound_tour import LONGEST_S


def test_a_tour_goes_from_near_to_near_and_any_key_stops_on_what_is_heard() -> None:
    bench = Bench()

    async def test(drive: Drive) -> None:
        controllers = drive.controllers
        state = controllers.state
        begun_at = state.path
        drive.app.main.perform("sound_tour")
        await drive.until(lambda: controllers.sound_tour.under_way)
        await drive.sees("any key stops")
        for _ in range(4):
            bench.player.tell(bench.app, Finished(bench.player.tokens[-1]))
        played = bench.player.played
        assert played[0] == begun_at and len(set(played)) == 5
        snapshot = state.map_model.snapshot
        rows = {snapshot.names[row]: row for row in range(len(snapshot))}
        order = np.array([rows[path] for path in played], dtype=np.intp)
        assert snapshot.vectors is not None
        chance = np.linalg.norm(snapshot.vectors[:, np.newaxis] - snapshot.vectors, axis=2).mean()
        assert path_length(snapshot.vectors, order) < 4 * chance
        await drive.press("left")
        assert bench.player.stopped == 1 and not controllers.sound_tour.under_way
        assert state.path == played[-1], "the key stops and does nothing else"

    drive_on(bench, test, size=(100, 30))


def test_only_the_beginning_of_each_sound_is_heard() -> None:
    bench = Bench()

    async def test(drive: Drive) -> None:
        drive.app.main.perform("sound_tour")
        await drive.until(lambda: drive.controllers.sound_tour.under_way)
        await drive.press("space", "A")
        assert bench.player.ends == [LONGEST_S, None]
        await drive.press("space")

    drive_on(bench, test)


def test_a_tour_of_one_sound_says_why_there_is_none() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("slash", *"0153")
        await drive.until(lambda: drive.controllers.state.search.matches is not None and len(drive.matches.rows) == 1)
        await drive.press("enter")
        drive.app.main.perform("sound_tour")
        await drive.sees("at least two sounds")

    drive_on(Bench(), test)
