"""demo: the moving picture of the README, made by pressing keys in the app on the demo library."""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import dataclass

from benchmarks.libraries import FOLDER
from benchmarks.pictures import open_app, stored_library
from benchmarks.screen_svg import Screen, moving, screen_of

SIZE = (104, 30)


@dataclass(frozen=True, slots=True)
class Step:
    """A key, what the picture calls it, and how long the screen stays."""

    key: str
    caption: str
    seconds: float = 0.7


STEPS = (
    Step("", "", 1.5),
    *(Step("right", "→  the nearest sample to the right") for _ in range(3)),
    *(Step("down", "↓  the nearest sample below") for _ in range(2)),
    Step("slash", "/  search", 0.5),
    *(Step(letter, "/  search", 0.3) for letter in "kick"),
    Step("enter", "/  search", 1.5),
    Step("escape", "esc  all samples again", 1.0),
    *(Step("n", "n  what sounds most alike", 0.9) for _ in range(4)),
    Step("plus", "+  zoom in"),
    Step("plus", "+  zoom in", 1.8),
    Step("0", "0  the whole map", 1.5),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FILE.svg", help="where the moving picture goes")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where the indexed demo is kept")


def run(args: argparse.Namespace) -> int:
    os.environ["HOME"] = os.path.abspath(args.libraries)  # paths on the picture begin with ~ on any machine
    screens = asyncio.run(record(stored_library(0, folder=args.libraries)))
    svg = moving(
        screens,
        seconds=[step.seconds for step in STEPS],
        titles=[step.caption for step in STEPS],
        title="tui-browser",
    )
    with open(args.out, "w", encoding="utf-8") as file:
        file.write(svg)
    print(args.out)
    return 0


async def record(library: str) -> list[Screen]:
    """The screen after each step."""
    screens = []
    async with open_app(library, size=SIZE) as pilot:
        for step in STEPS:
            if step.key:
                await pilot.press(step.key)
            await pilot.pause(0.5)
            screens.append(screen_of(pilot.app))
    return screens
