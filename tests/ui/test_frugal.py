"""What is sent to the terminal bit by bit adds up to the whole: after anything, the screen is as if painted anew."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pyte
import pytest
from rich.color import ColorSystem
from rich.console import Console
from textual.screen import Screen

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.records import Progress
from tui_browser.service.messages import Changed
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.terminal.compositor import SparseLayout

pytestmark = pytest.mark.slow

KEYS = [
    *"hjklhjklhjkl+-0HLnNbcsxXuwf",
    "tab",
    "escape",
    "enter",
    "C",
    "?",
    "pagedown",
    "end",
    "home",
    "space",
    "]",
    "ctrl+r",
]


class Terminal:
    """Takes what the app would send."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.console = Console(color_system="truecolor")
        assert self.console._color_system is ColorSystem.TRUECOLOR

    def show(self, app: BrowserApp, screen: Screen[object], update: Any) -> None:
        if screen is app.screen and update is not None and hasattr(update, "render_segments"):
            self._stream.feed(update.render_segments(self.console))

    def cells(self) -> list[list[tuple[str, str, str, bool]]]:
        """Character, foreground, background and reverse of each cell."""
        screen = self.screen
        return [
            [
                (char.data, char.fg if char.data.strip() else "", char.bg, char.reverse)
                for char in (screen.buffer[y][x] for x in range(screen.columns))
            ]
            for y in range(screen.lines)
        ]


def painted_anew(app: BrowserApp, size: tuple[int, int]) -> Terminal:
    fresh = Terminal(*size)
    update = app.screen._compositor.render_full_update()
    assert isinstance(update, SparseLayout)
    fresh.show(app, app.screen, update)
    return fresh


async def something(drive: Drive, chance: random.Random) -> str:
    """One thing that a person, the library or the terminal does."""
    held, library = drive.bench.library.held, drive.bench.library
    kind = chance.choice(["key"] * 8 + ["type", "places", "grow", "work", "say"])
    if kind == "key":
        kind = chance.choice(KEYS)
        await drive.pilot.press(kind)
    elif kind == "type":
        await drive.pilot.press(
            "slash", *chance.choice(["kick", "zz", "snare", "1"]), chance.choice(["enter", "escape"])
        )
    elif kind == "places":  # a model that has heard nothing yet, and then something
        xy = held.xy.copy()
        xy[:] = np.nan if chance.random() < 0.5 else np.random.default_rng(chance.randrange(9)).random(xy.shape)
        library.held = replace(held, revision=held.revision + 1, xy=xy)
        drive.bench.service.tell(drive.app, Changed(library.held.revision))
    elif kind == "grow":
        features = held.features.copy()
        features[:, chance.randrange(1, 6)] = np.nan if chance.random() < 0.5 else 0.123456
        library.held = replace(held, revision=held.revision + 1, features=features)
        drive.bench.service.tell(drive.app, Changed(library.held.revision))
    elif kind == "work":
        done = chance.randrange(3)
        drive.bench.service.tell(
            drive.app, Progress("encode", done, 300, 35.0, 4.0) if done else Progress("idle", 0, 0)
        )
    else:
        drive.controllers.presenter.say(chance.choice(["short", "a long sentence " * 12, ""]))
    return kind


@pytest.mark.parametrize(("seed", "size"), [(1, (80, 24)), (2, (200, 50)), (3, (120, 30)), (4, (60, 18))])
def test_what_was_sent_adds_up_to_the_whole_screen(
    seed: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, terminal = Bench(snapshot(120)), Terminal(*size)
    monkeypatch.setattr(bench.app, "_display", lambda screen, update: terminal.show(bench.app, screen, update))
    chance = random.Random(seed)

    def differences() -> list[tuple[Any, ...]]:
        sent, whole = terminal.cells(), painted_anew(bench.app, size).cells()
        return [
            (y, x, sent[y][x], whole[y][x]) for y in range(size[1]) for x in range(size[0]) if sent[y][x] != whole[y][x]
        ]

    async def scenario() -> None:
        async with driving(bench, size=size) as drive:
            done: list[str] = []
            for _ in range(30):
                done += [await something(drive, chance) for _ in range(chance.randrange(1, 4))]
                await drive.pilot.pause(0.12)
                await drive.pilot.pause()
                wrong = differences()
                for _ in range(50):  # what is still to be painted comes; what was lost does not
                    if wrong:
                        await drive.pilot.pause(0.1)
                        wrong = differences()
                assert not wrong, (done[-6:], wrong[:3], terminal.screen.display[wrong[0][0]])

    run(scenario)
