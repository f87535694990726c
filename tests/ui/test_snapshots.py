"""Snapshots of the main screens: text and styles are compared, and a browser shows the files.

`make snapshots` writes them anew.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.screen_svg import Screen, screen_of, still
from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.records import DRUM_CLASSES, DRUMS, KINDS

FOLDER = Path(__file__).parent / "snapshots"
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))


@dataclass(frozen=True, slots=True)
class View:
    """A screen of the app on 120 made samples, after some keys."""

    name: str
    size: tuple[int, int] = (80, 24)
    theme: str = "dark"
    ascii: bool = False
    keys: tuple[str, ...] = ()
    class_names: tuple[str, ...] = DRUM_CLASSES


VIEWS = (
    View("map-80x24"),
    View("map-160x45", size=(160, 45)),
    View("map-light", theme="light"),
    View("map-mono", theme="mono"),
    View("map-ascii", theme="mono", ascii=True),
    View("kinds-80x24", class_names=(*DRUMS, *KINDS), keys=("s", "right", "down")),
    View("kinds-160x45", size=(160, 45), class_names=(*DRUMS, *KINDS)),
    View("zoomed", keys=("right", "n", "plus", "plus")),
    View("search", keys=("slash", *"kick")),
    View("kit-120x40", size=(120, 40), keys=("Q", "ctrl+k", "down", "f", "J", "right")),
    View("kit-80x24", keys=("Q", "ctrl+k")),
    View("beat-80x24", keys=("Q", "ctrl+x", "down", "m", "right")),
    View("kit-ascii", theme="mono", ascii=True, size=(120, 40), keys=("Q", "ctrl+k")),
    View("help", keys=("question_mark",)),
)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_screen_looks_as_it_did(view: View, tmp_path: Path) -> None:
    svg = still(_shown(view))
    path = FOLDER / f"{view.name}.svg"
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8")
    if svg != expected:
        actual = tmp_path / path.name
        actual.write_text(svg, encoding="utf-8")
        changes = "\n".join(difflib.unified_diff(_lines(expected), _lines(svg), "expected", "now", lineterm="", n=1))
        pytest.fail(
            f"{path} and {actual} differ; `make snapshots` accepts the new one\n{changes or 'in styles alone'}",
            pytrace=False,
        )


def test_every_file_is_a_snapshot_of_a_view() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.svg")) == sorted(view.name for view in VIEWS)


def _shown(view: View) -> Screen:
    screens: list[Screen] = []

    async def scenario() -> None:
        bench = Bench(snapshot(120, class_names=view.class_names), theme=view.theme, ascii=view.ascii)
        async with driving(bench, size=view.size) as drive:
            await _is_still(drive)
            for key in ("n", "b", *view.keys):  # there and back: the list scrolls to the cursor at its final height
                await drive.press(key)
                if key == "Q":  # a kit comes from a thread
                    await drive.until(lambda: drive.controllers.state.beat.at_hand is not None)
            screens.append(await _is_still(drive))

    run(scenario)
    return screens[0]


async def _is_still(drive: Drive) -> Screen:
    """The screen once it stays as it is for a third of a second."""
    last, same = screen_of(drive.app), 0
    for _ in range(200):
        await drive.pilot.pause(0.05)
        now = screen_of(drive.app)
        last, same = now, same + 1 if now == last else 0
        if same == 6:
            return now
    raise AssertionError(f"the screen never came to rest:\n{drive.text}")


def _lines(svg: str) -> list[str]:
    """The rows of a snapshot as text."""
    return ["".join(re.sub(r"<[^>]*>", " ", row)) for row in svg.splitlines() if row.startswith(("<text", "<rect x"))]
