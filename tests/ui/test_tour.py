"""The tour: seven lines that each wait for their key, offered once, left by escape, found again in the palette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState, load_state, save_state
from tui_browser.service.messages import Changed
from tui_browser.ui.dialogs.help import HelpScreen
from tui_browser.ui.terminal.clipboard import Copied


def guide(drive: Drive) -> str:
    """The line of the tour as it stands on the screen; empty without one."""
    return next((line for line in drive.text.splitlines() if line.startswith("Tour ")), "")


def play(scenario: Callable[[Drive], Awaitable[None]], bench: Bench, size: tuple[int, int] = (80, 24)) -> None:
    async def go() -> None:
        async with driving(bench, size=size) as drive:
            await scenario(drive)

    run(go)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 45)])
def test_seven_lines_each_wait_for_the_key_that_they_teach(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_browser.ui.terminal.clipboard.copy", lambda *_, **__: Copied("clipboard", True, ()))
    bench = Bench(offer_tour=True)

    async def scenario(drive: Drive) -> None:
        for number, wrong, right, word in (
            (1, ["space"], ["right"], "arrow keys"),
            (2, ["right"], ["space"], "space plays"),
            (3, ["left"], ["a"], "a plays"),
            (4, ["plus"], ["slash", "k", "i"], "/ searches"),
            (5, ["enter", "space"], ["n"], "n goes"),
            (6, ["n"], ["y"], "y copies"),
            (7, ["down"], ["question_mark"], "? shows"),
        ):
            await drive.until(partial(lambda number: f"Tour {number}/7" in guide(drive), number), what=f"line {number}")
            assert word in " ".join(drive.text.split())
            await drive.press(*wrong)
            assert f"Tour {number}/7" in guide(drive), "another key does not go on"
            await drive.press(*right)
        assert isinstance(drive.app.screen, HelpScreen) and not drive.controllers.tour.running
        await drive.press("escape")
        assert not guide(drive) and "end of the tour" in drive.text
        await drive.press("right")
        assert "tour" not in drive.text

    play(scenario, bench, size)


def test_it_is_offered_once_left_by_escape_and_reachable_from_the_palette() -> None:
    bench = Bench(offer_tour=True)

    async def scenario(drive: Drive) -> None:
        await drive.until(lambda: "Tour 1/7" in guide(drive), what="the tour")
        assert bench.state.tour, "it will not be offered again, however this session ends"
        rows = drive.controllers.presenter.widgets.map.size.height
        await drive.press("right", "escape")
        assert not guide(drive) and drive.controllers.presenter.widgets.map.size.height == rows + 1
        bench.library.held = replace(snapshot(310), revision=2)
        bench.service.tell(drive.app, Changed(2))
        await drive.press("right", "space")
        assert not guide(drive)
        await drive.press("ctrl+p")
        await drive.type("tour")
        await drive.press("enter")
        assert "Tour 1/7" in guide(drive)

    play(scenario, bench)


def test_it_waits_for_the_first_map_and_keeps_the_search_and_what_is_said() -> None:
    library = FakeLibrary(snapshot(0), roots=[])
    bench = Bench(library=library, offer_tour=True)

    async def scenario(drive: Drive) -> None:
        await drive.sees("No samples yet")
        assert not guide(drive) and not bench.state.tour
        library.held = replace(snapshot(50), revision=2)
        bench.service.tell(drive.app, Changed(2))
        await drive.until(lambda: "Tour 1/7" in guide(drive), what="the tour, with the first map")
        drive.controllers.presenter.warn("something is wrong")
        assert "something is wrong" in drive.text and "Tour 1/7" in guide(drive)
        await drive.press("right", "space", "a", "slash")
        await drive.type("kick")
        await drive.press("escape")
        assert "Tour 5/7" in guide(drive), "escape ended the search and not the tour"

    play(scenario, bench)


def test_it_teaches_a_persons_own_keys_and_leaves_out_what_has_none() -> None:
    settings = Settings(motion=False, keys={"play": ("f7",), "auto_play": ()})
    bench = Bench(settings=settings, offer_tour=True)

    async def scenario(drive: Drive) -> None:
        await drive.until(lambda: "Tour 1/7" in guide(drive), what="the tour")
        await drive.press("right")
        assert "f7 plays" in guide(drive)
        await drive.press("f7")
        assert "Tour 4/7" in guide(drive)

    play(scenario, bench)


def test_whether_it_was_offered_is_remembered(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    assert not load_state(path).tour
    save_state(SavedState(tour=True), path)
    assert load_state(path).tour
