"""Handing on in the app: what is copied, what is offered, what is shown when no clipboard takes it; picking; guests."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.settings import Settings
from tui_browser.service.messages import Guest, Locate
from tui_browser.ui.dialogs.copied_text import CopiedTextScreen
from tui_browser.ui.launch_options import LaunchOptions
from tui_browser.ui.terminal import clipboard
from tui_browser.ui.terminal.clipboard import Copied


class Clip:
    """Stands where the terminal's clipboard is."""

    def __init__(self, how: str = "clipboard") -> None:
        self.texts: list[str | bytes] = []
        self.files: list[bytes] = []
        self.answer = Copied(how, bool(how), () if how else ("clipboard: none here",))

    def copy(self, text: str | bytes, *, write_osc52: Callable[[str], None], env: object) -> Copied:
        self.texts.append(text)
        return self.answer


@pytest.fixture
def clip(monkeypatch: pytest.MonkeyPatch) -> Clip:
    clip = Clip()
    monkeypatch.setattr(clipboard, "copy", clip.copy)
    return clip


def selected_path(drive: Drive) -> bytes:
    path = drive.controllers.state.path
    assert path is not None
    return path


def test_y_writes_osc52_to_the_terminal_and_shows_the_path() -> None:
    async def scenario() -> None:
        async with driving(Bench(), size=(100, 30)) as drive:
            written = drive.record_writes()
            await drive.press("y")
            await drive.sees("copied (terminal (OSC 52))")
            data = written[0].removeprefix("\x1b]52;c;").removesuffix("\x07")
            assert base64.b64decode(data) == selected_path(drive)
            assert os.fsdecode(selected_path(drive)) in "".join(drive.text.split("\n"))

    run(scenario)


def test_y_copies_the_path_as_the_other_machine_names_it(clip: Clip) -> None:
    async def scenario() -> None:
        settings = Settings(motion=False, path_map={"/samples": "S:\\"})
        async with driving(Bench(settings=settings), size=(100, 30)) as drive:
            await drive.press("y")
            await drive.sees("copied (clipboard): S:\\")
            rest = selected_path(drive).removeprefix(b"/samples/")
            assert clip.texts == [b"S:\\" + rest.replace(b"/", b"\\")]

    run(scenario)


def test_a_copy_that_nothing_took_is_shown_in_full_with_what_was_tried(clip: Clip) -> None:
    async def scenario() -> None:
        clip.answer = Copied("", False, ("clipboard: none here", "terminal (OSC 52): too long"))
        deep = b"/samples/" + b"/".join([b"a folder with a long name"] * 30) + b"/kick.wav"
        held = snapshot(1, paths=[deep])
        async with driving(Bench(held), size=(60, 30)) as drive:
            await drive.press("y")
            await drive.until(lambda: isinstance(drive.app.screen, CopiedTextScreen))
            await drive.sees("no clipboard took it")
            rows = [line.strip(" │|╭╮╰╯─") for line in drive.text.splitlines()]
            assert deep.decode().replace(" ", "") in "".join(rows).replace(" ", "")
            await drive.sees("terminal (OSC 52): too long")
            await drive.sees("hold shift")
            await drive.press("escape")
            await drive.until(lambda: not isinstance(drive.app.screen, CopiedTextScreen))

    run(scenario)


def test_capital_y_offers_every_way_with_what_it_would_be(clip: Clip) -> None:
    async def scenario() -> None:
        settings = Settings(motion=False, templates={"mine": "<{stem}|{class}>"})
        async with driving(Bench(settings=settings), size=(120, 30)) as drive:
            path = os.fsdecode(selected_path(drive))
            stem = Path(path).stem
            await drive.press("Y")
            await drive.sees(f"<{stem}|")
            await drive.sees("Buffer.read(s,")
            assert "path here" not in drive.text
            await drive.type("supercol")
            await drive.press("enter")
            await drive.sees("copied (clipboard)")
            assert clip.texts == [f'Buffer.read(s, "{path}");']
            await drive.press("Y")
            await drive.sees("Sonic Pi")
            await drive.press("escape")
            assert len(clip.texts) == 1

    run(scenario)


def test_what_a_search_found_can_be_taken_as_a_table(clip: Clip) -> None:
    async def scenario() -> None:
        async with driving(Bench(), size=(120, 30)) as drive:
            await drive.press("slash")
            await drive.type("snare")
            await drive.press("enter")
            matches = drive.controllers.state.search.matches
            assert matches is not None
            count = len(matches.rows)
            await drive.press("Y")
            await drive.sees("Copy as")
            await drive.type("csv all")
            await drive.sees(f"CSV, all {count} found")
            await drive.press("enter")
            await drive.sees(f"{count + 1} lines")
            assert isinstance(clip.texts[0], str)
            assert len(clip.texts[0].splitlines()) == count + 1

    run(scenario)


def picking(query: str = "", **more: Any) -> Bench:
    bench = Bench(**more)
    bench.app = type(bench.app)(
        library=bench.library, service=bench.service, player=bench.player, settings=Settings(motion=False),
        theme=bench.app.paint.theme, launch_options=LaunchOptions(query=query, pick=True),
    )  # fmt: skip
    return bench


def test_pick_begins_with_the_best_match_and_enter_chooses_it() -> None:
    async def scenario() -> None:
        bench = picking("snare")
        async with driving(bench, size=(100, 30)) as drive:
            await drive.until(lambda: drive.controllers.state.search.active)
            matches = drive.controllers.state.search.matches
            assert matches is not None
            await drive.until(lambda: drive.selected == drive.controllers.state.map_model.id_at(int(matches.rows[0])))
            assert not drive.app.main.searching and "choose" in drive.text
            first = selected_path(drive)
            await drive.press("right")
            second = selected_path(drive)
            assert b"snare" in second and second != first
            await drive.press("enter")
        assert bench.app.main._options.chosen == [second] and bench.app.return_code == 0

    run(scenario)


def test_pick_takes_several_in_the_order_of_choice() -> None:
    async def scenario() -> None:
        bench = picking()
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("x")
            await drive.sees("1 sample selected")
            first = selected_path(drive)
            await drive.press("right")
            second = selected_path(drive)
            await drive.press("x")
            await drive.sees("2 samples selected")
            assert selected_path(drive) != second, "it walks on in the direction of the last arrow"
            drive.app.main.controllers.state.cursor.heading = (
                None  # as after a click: there is no direction to walk on in
            )
            await drive.press("x", "x")
            await drive.press("enter")
        assert bench.app.main._options.chosen == [first, second]

    run(scenario)


@pytest.mark.parametrize("keys", [["q"], ["ctrl+c"], ["escape"]])
def test_leaving_pick_without_a_choice_is_130(keys: list[str]) -> None:
    async def scenario() -> None:
        bench = picking()
        async with driving(bench) as drive:
            await drive.press(*keys)
        assert bench.app.main._options.chosen == [] and bench.app.return_code == 130

    run(scenario)


def test_escape_first_clears_what_there_is_to_clear() -> None:
    async def scenario() -> None:
        bench = picking("kick")
        async with driving(bench) as drive:
            await drive.until(lambda: drive.controllers.state.search.active)
            await drive.press("escape")
            assert not drive.controllers.state.search.active and bench.app.return_code is None
            await drive.press("escape")
        assert bench.app.return_code == 130

    run(scenario)


def test_pick_with_nothing_that_matches_is_1() -> None:
    async def scenario() -> None:
        bench = picking("xyzzyx")
        async with bench.app.run_test(size=(80, 24)) as pilot:
            for _ in range(250):
                if bench.app.return_code is not None:
                    break
                await pilot.pause(0.02)
        assert bench.app.return_code == 1 and bench.app.main._options.chosen == []

    run(scenario)


def test_guests_come_one_after_the_other() -> None:
    async def scenario() -> None:
        held = snapshot(300)
        bench = Bench(library=FakeLibrary(held))
        known = held.names[7]
        bench.app.main._options.guests = (b"/tmp/a.wav", known, b"/tmp/b.wav")
        async with driving(bench, size=(100, 30)) as drive:
            asked = bench.service.asked
            await drive.until(lambda: Locate(b"/tmp/a.wav") in asked)
            await drive.sees("2 more files: esc shows the next")
            bench.service.tell(
                drive.app, Guest(b"/tmp/a.wav", np.zeros(16, np.float32), (0.5, 0.5), None, 0.0, {}, 0.5, -10.0)
            )
            await drive.until(lambda: drive.controllers.state.on_guest)
            await drive.press("escape")
            await drive.sees("is in the library: the cursor is on it")
            assert selected_path(drive) == known
            await drive.press("escape")
            await drive.until(lambda: Locate(b"/tmp/b.wav") in asked)

    run(scenario)
