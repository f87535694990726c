"""Another theme while the app runs: everything that is on the screen is painted in it."""

from __future__ import annotations

import pytest

from tests.support.fakes import Bench, snapshot, whole_screen
from tests.support.pilot import Drive, driving, present, run
from tui_browser.config.themes import load_theme
from tui_browser.records import Progress

MARKS = ("bold", "dim", "reverse", "underline", "strike")
THEMES = ("dark", "light", "mono", "16-colours", "colour-blind")


def seen(drive: Drive) -> list[list[tuple[str, object, object, str]]]:
    """Every character of the screen with its colours and attributes."""
    lines: list[list[tuple[str, object, object, str]]] = []
    for strip in whole_screen(drive.app):
        line: list[tuple[str, object, object, str]] = []
        for text, style, _ in strip:
            assert style is not None
            marks = " ".join(name for name in MARKS if getattr(style, name))
            line += [(char, None if char == " " else style.color, style.bgcolor, marks) for char in text]
        lines.append(line)
    return lines


async def set_up(drive: Drive) -> None:
    """A sample with neighbours, a selection, a job under way, an offer."""
    await drive.press("x", "n", "n", "plus", "plus")
    drive.controllers.map.take_progress(Progress("encode", 3, 10, rate=2.0))
    drive.controllers.state.layout_offer = "a better map is ready"
    drive.controllers.presenter.show_status()
    await drive.pilot.pause(0.2)


def differences(one: Drive, other: Drive) -> list[str]:
    first, second = seen(one), seen(other)
    assert len(first) == len(second)
    return [
        f"line {y}, cell {x}: {a} and not {b}"
        for y, (old, new) in enumerate(zip(first, second, strict=True))
        for x, (a, b) in enumerate(zip(old, new, strict=True))
        if a != b
    ]


@pytest.mark.parametrize("size", [(80, 24), (130, 40)])
@pytest.mark.parametrize("name", THEMES)
def test_a_theme_that_is_put_on_looks_as_if_it_had_been_on_from_the_start(name: str, size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with driving(Bench(snapshot(200), theme=name), size=size) as fresh:
            await set_up(fresh)
            for before in ("dark", "mono"):
                async with driving(Bench(snapshot(200), theme=before), size=size) as drive:
                    await set_up(drive)
                    drive.app.apply_theme(load_theme(name))
                    await drive.pilot.pause(0.2)
                    assert not differences(drive, fresh)[:5], before

    run(scenario)


def test_the_map_shows_each_theme_that_one_moves_to_and_escape_takes_it_back() -> None:
    async def scenario() -> None:
        async with driving(Bench(snapshot(200)), size=(110, 30)) as drive:
            names = sorted(present(drive.app._theme_names)())
            assert names == ["dark", "light"]
            before = seen(drive)
            drive.app.choose_theme()
            await drive.sees("Theme")
            await drive.press("down")
            assert drive.app.paint.theme.name == "light" and drive.bench.state.theme == ""
            async with driving(Bench(snapshot(200), theme="light"), size=(110, 30)) as fresh:
                fresh.app.choose_theme()
                await fresh.sees("Theme")
                assert "before this list" in fresh.text
                marks = {drive.app.paint.role("text", on="selection").bgcolor}
                for y, (line, same) in enumerate(zip(seen(drive), seen(fresh), strict=True)):
                    assert line[:80] == same[:80], f"line {y} beside the list"
                    assert {cell[2] for cell in line[80:]} <= {cell[2] for cell in same[80:]} | marks, f"line {y}"
            await drive.press("escape")
            assert drive.app.paint.theme.name == "dark" and seen(drive) == before
            assert drive.bench.state.theme == ""

    run(scenario)
