"""The visualiser as a person meets it: `v`, scenes, the playlist, rest, and a map that breathes."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, present, run
from tests.support.sounds import one_shot, write
from tui_browser.config.settings import Settings
from tui_browser.playback.messages import Failed, Finished, Line, Position, Started
from tui_browser.records import Root
from tui_browser.ui.keys.command import LEGEND, MAIN, VISUALISER
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.scene_view import FRAME_S, SLOW_FRAME_S, SceneView

Test = Callable[[Bench, Drive], Awaitable[None]]
FILES = 5


@pytest.fixture
def play_on(tmp_path: Path) -> Callable[..., None]:
    """Runs a test in the app on a few real files."""

    def on(test: Test, *, size: tuple[int, int] = (100, 30), **options: object) -> None:
        paths = [write(tmp_path / f"sound {n}.wav", np.tile(one_shot("snare", n), 4)) for n in range(FILES)]
        held = snapshot(FILES, paths=[str(path).encode() for path in paths])
        library = FakeLibrary(held, roots=[Root(str(tmp_path).encode(), True, FILES)])

        async def go() -> None:
            bench = Bench(library=library, settings=Settings(motion=True, **options))  # type: ignore[arg-type]
            async with driving(bench, size=size) as drive:
                try:
                    await test(bench, drive)
                finally:
                    drive.controllers.features.close()

        run(go)

    return on


def scene(drive: Drive) -> SceneView:
    return drive.app.main.query_one(SceneView)


def place(drive: Drive) -> str:
    return drive.controllers.visualiser.place


def is_lit(drive: Drive) -> bool:
    cells = drive.app.main.query_one(MapView)._lit_cells
    return cells is not None and bool(cells.any())


def shown(drive: Drive) -> bytes:
    return present(scene(drive).picture).bits.tobytes()


async def begin(bench: Bench, drive: Drive) -> None:
    """Play the sample under the cursor until the scene moves."""
    await drive.press("space")
    bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
    before = shown(drive)
    await drive.until(lambda: shown(drive) != before, what="a scene that moves")


def test_e6_v_opens_cycles_through_three_scenes_and_escape_leaves(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        assert place(drive) == "full" and drive.app.main.mode == VISUALISER
        await drive.sees("Particles: space plays the sample, enter plays the list")
        assert not drive.app.main.query_one(MapView).size.width, "the whole screen"
        pictures = {shown(drive)}
        for title in ("Lights", "Kaleidoscope", "Particles"):
            await drive.press("v")
            await drive.sees(title)
            pictures.add(shown(drive))
        assert len(pictures) == 3, "a scene begins as it did the last time"
        await drive.press("escape")
        assert place(drive) == "off" and not scene(drive).size.width
        await drive.press("v")
        await drive.press("q")
        assert place(drive) == "off" and not drive.app._exit, "q leaves the scene, not the app"

    play_on(test)


def test_e6_a_click_shows_the_next_scene(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        await drive.pilot.click(SceneView, offset=(20, 10))
        await drive.sees("Lights")

    play_on(test)


def test_e6_r_draws_another_mapping_and_says_its_number(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "r")
        await drive.sees("Particles, mapping 2")
        await drive.press("r")
        await drive.sees("Particles, mapping 3")

    play_on(test)


def test_it_moves_while_a_sound_plays_and_rests_after_it(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        still = shown(drive)
        await drive.pilot.pause(0.2)
        assert shown(drive) == still and drive.controllers.visualiser._timer is None, "nothing plays"
        await begin(bench, drive)
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        rested = shown(drive)
        await drive.pilot.pause(0.2)
        assert shown(drive) == rested and drive.controllers.visualiser._timer is None
        await begin(bench, drive)
        await drive.press("space")
        assert drive.controllers.visualiser._timer is None, "stopped by key"

    play_on(test)


def test_it_waits_for_the_sound_and_for_its_features(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "space")
        await drive.until(lambda: drive.controllers.features.features is not None, what="features")
        assert drive.controllers.visualiser._timer is None, "the sound has not begun"
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        assert drive.controllers.visualiser._timer is not None

    play_on(test)


def test_e3_it_goes_by_the_position_that_the_player_reports(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        await begin(bench, drive)
        state = drive.controllers.state.playback
        bench.player.tell(drive.app, Position(state.token, 31.5))
        clock = present(state.clock)
        assert clock.position(clock.at) == pytest.approx(31.5)
        bench.player.tell(drive.app, Line(True, sounds=True, round_trip_s=0.2))
        assert state.trip_s == pytest.approx(0.1)
        await drive.press("right_curly_bracket")
        assert present(state.clock).speed > 1

    play_on(test)


def test_e8_the_list_plays_on_to_the_next_and_wraps(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "enter")
        for _ in range(FILES):
            bench.player.tell(drive.app, Started(bench.player.tokens[-1]), Finished(bench.player.tokens[-1]))
        assert len(bench.player.played) == FILES + 1
        assert len(set(bench.player.played)) == FILES and bench.player.played[0] == bench.player.played[-1]
        await drive.press("v", "r", "V", "V")
        assert drive.controllers.state.playback.in_turn, "the visualiser's own keys do not end it"
        await drive.press("right_square_bracket")
        assert bench.player.played[-1] == bench.player.played[1], "next"
        bench.player.tell(drive.app, Failed(bench.player.tokens[-1], "damaged"))
        assert bench.player.played[-1] == bench.player.played[2], "what cannot be played is passed over"
        await drive.press("escape")
        assert drive.controllers.state.playback.in_turn, "it plays on behind the map"

    play_on(test)


def test_e8_the_features_of_the_next_are_there_when_it_begins(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "enter")
        loader = drive.controllers.features
        await drive.until(lambda: loader.features is not None, what="features")
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        held = loader._client._cache
        await drive.until(lambda: held.nbytes > present(loader.features).nbytes, what="features of the next")
        nbytes = held.nbytes
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        await drive.until(lambda: loader.features is not None and held.nbytes >= nbytes)

    play_on(test)


def test_e8_next_begins_the_list_where_nothing_plays(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        first = drive.path
        await drive.press("v", "right_square_bracket")
        assert bench.player.played and bench.player.played[-1] != first
        assert drive.controllers.state.playback.in_turn

    play_on(test)


def test_beside_the_map_both_are_seen_and_keys_of_the_map_go_on(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        assert scene(drive).size.width == 100 and scene(drive).size.height == 28
        await drive.press("V")
        shown_map = drive.app.main.query_one(MapView)
        assert 45 <= scene(drive).size.width <= 55 and 45 <= shown_map.size.width <= 55
        assert scene(drive).picture is not None, "drawn anew for its size"
        before = drive.selected
        await drive.press("right", "down", "left")
        assert drive.selected != before and place(drive) == "beside"
        await drive.press("V")
        assert scene(drive).size.width == 100

    play_on(test)


def test_a_search_makes_room_for_the_map(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "slash")
        assert place(drive) == "beside"
        await drive.press("s", "o", "enter")
        assert drive.app.main.mode == VISUALISER

    play_on(test)


def test_after_the_legend_the_keys_are_the_scenes_again(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v", "s")
        assert drive.app.main.mode == LEGEND
        await drive.press("escape")
        assert drive.app.main.mode == VISUALISER
        await drive.press("escape")
        assert place(drive) == "off" and drive.app.main.mode == MAIN

    play_on(test)


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (80, 24), (160, 45)])
def test_every_size_of_terminal_is_fine(play_on: Callable[..., None], size: tuple[int, int]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        if size[0] >= 40:
            await begin(bench, drive)
        await drive.press("V", "v", "escape")
        assert place(drive) == "off"

    play_on(test, size=size)


def test_a_slow_line_gets_ten_frames_a_second(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        await drive.press("v")
        await begin(bench, drive)
        assert drive.controllers.visualiser._timer_s == FRAME_S
        drive.app.send_less()
        await drive.until(lambda: drive.controllers.visualiser._timer_s == SLOW_FRAME_S)

    play_on(test)


def test_a_file_without_sound_is_told_and_nothing_moves(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        Path(drive.path.decode()).write_bytes(b"RIFF nothing at all")
        await drive.press("v", "space")
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        await drive.sees("nothing can be decoded")
        assert drive.controllers.visualiser._timer is None

    play_on(test)


def test_another_theme_paints_the_scene_anew(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        from tui_browser.config.themes import load_theme

        await drive.press("v")
        for name in ("light", "16-colours", "mono", "colour-blind"):
            drive.app.apply_theme(load_theme(name))
            await drive.pilot.pause()
            strip = scene(drive).render_line(12)
            assert len(strip.text) == 100

    play_on(test)


def test_the_map_breathes_with_the_sound_when_that_is_switched_on(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        shown_map = drive.app.main.query_one(MapView)
        await drive.press("space")
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        await drive.pilot.pause(0.1)
        assert shown_map._lit_cells is None and drive.controllers.features.features is None, "off by default"
        drive.app.main.perform("breathe")
        await drive.sees("lights up with the sound")
        await drive.until(lambda: is_lit(drive), what="light")
        drive.app.main.perform("breathe")
        assert shown_map._lit_cells is None

    play_on(test)


def test_the_setting_lets_the_map_breathe_from_the_start(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        shown_map = drive.app.main.query_one(MapView)
        await drive.press("space")
        bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
        await drive.until(lambda: is_lit(drive), what="light")
        bench.player.tell(drive.app, Finished(bench.player.tokens[-1]))
        assert shown_map._lit_cells is None and drive.controllers.breath._timer is None

    play_on(test, breathe=True)


def test_torch_is_no_part_of_it(play_on: Callable[..., None]) -> None:
    async def test(bench: Bench, drive: Drive) -> None:
        before = set(sys.modules)
        await drive.press("v")
        await begin(bench, drive)
        heavy = {"torch", "scipy", "numba", "sklearn", "safetensors"}
        assert not heavy & ({name.partition(".")[0] for name in sys.modules} - {n.partition(".")[0] for n in before})

    play_on(test)
