"""The mouse on a real terminal: what is written there as a terminal reports it, and what the screen shows then."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import snapshot
from tests.support.pty import Terminal, all_gone, environment, linux_only, until
from tests.support.slow_terminal import app
from tui_browser.map.stretch import stretch_of
from tui_browser.map.viewport import Viewport
from tui_browser.ui.widgets.map_mouse import DOUBLE_CLICK
from tui_browser.ui.widgets.map_mouse import WHEEL as WHEEL_FACTOR

pytestmark = linux_only
COLUMNS, ROWS = 100, 30
TOP = 1
"""The row of the screen where the map begins."""
SHIFT, MOTION, WHEEL = 4, 32, 64
APART_S = 0.8
"""Between two clicks that are not to be a double one."""
Cell = tuple[int, int]


class Mouse:
    """A terminal with a mouse; cells (x, y) are of the screen, from 0."""

    def __init__(self, terminal: Terminal, played: Path) -> None:
        self.terminal = terminal
        self.held = snapshot(400)
        self.xy = stretch_of(self.held.xy).draw(self.held.xy)  # where the map draws them
        self._played = played
        lines = terminal.lines
        edge = lines[TOP].index("│")
        foot = next(y for y, line in enumerate(lines) if line.startswith("K"))
        self.view = Viewport(1, 1).resize(edge, foot - TOP)

    def report(self, button: int, cell: Cell, *, up: bool = False) -> str:
        return f"\x1b[<{button};{cell[0] + 1};{cell[1] + 1}{'m' if up else 'M'}"

    def click(self, cell: Cell, *, times: int = 1, more: int = 0) -> None:
        self.terminal.press((self.report(more, cell) + self.report(more, cell, up=True)) * times)

    def move(self, cell: Cell) -> None:
        self.terminal.press(self.report(MOTION + 3, cell))

    def drag(self, *cells: Cell) -> None:
        moves = "".join(self.report(MOTION, cell) for cell in cells[1:])
        self.terminal.press(self.report(0, cells[0]) + moves + self.report(0, cells[-1], up=True))

    def wheel(self, cell: Cell, times: int, *, down: bool = False) -> None:
        self.terminal.press(self.report(WHEEL + down, cell) * times)

    def name(self, row: int) -> str:
        return self.held.names[row].rpartition(b"/")[2].decode()

    @property
    def cursor(self) -> Cell | None:
        """Where the cursor is."""
        for y, line in enumerate(self.terminal.lines):
            if "❲◆❳" in line:
                return line.index("◆"), y
        return None

    @property
    def details(self) -> str:
        """The name of the selected sample."""
        side = [line[self.view.columns + 1 :] for line in self.terminal.lines]
        rule = next((y for y, line in enumerate(side) if line.startswith("──")), None)
        return side[rule + 1].strip() if rule is not None else ""

    @property
    def status(self) -> str:
        return self.terminal.lines[-2]

    @property
    def played(self) -> list[str]:
        text = self._played.read_text() if self._played.exists() else ""
        return [line.rpartition("/")[2] for line in text.splitlines()]

    def lonely(self) -> list[tuple[int, Cell]]:
        """Samples away from all others, and from the edges and the middle, with their cells on the screen."""
        found = []
        xy = self.xy
        for row in range(len(xy)):
            cell = self.view.cell_at((float(xy[row, 0]), float(xy[row, 1])))
            near = (np.abs(xy - xy[row]).max(axis=1) < 0.03).sum()
            if cell is not None and near == 1 and 3 < cell[0] < self.view.columns - 4 and 2 < cell[1] < 22:
                found.append((row, (cell[0], cell[1] + TOP)))
        assert len(found) >= 2
        return found

    def enlarged(self, row: int, cell: Cell, *factors: float) -> Cell:
        """Where a sample is once the map was enlarged with this cell's centre in place."""
        view, (x, y) = self.view, (cell[0], cell[1] - TOP)
        for factor in factors:
            view = view.zoom(factor, about=view.cell_centre(x, y))
        at = view.cell_at((float(self.xy[row, 0]), float(self.xy[row, 1])))
        assert at is not None and max(abs(at[0] - x), abs(at[1] - y)) <= view.zoom_level
        return at[0], at[1] + TOP

    def until(self, holds: object, what: str) -> None:
        assert callable(holds)
        self.terminal.wait_for(lambda _: bool(holds()), what)


@pytest.fixture
def mouse(tmp_path: Path) -> Iterator[Mouse]:
    env = environment(tmp_path)
    with Terminal(app(tmp_path / "played"), env=env, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for(lambda text: "❲◆❳" in text and "K32" in text and ".wav" in text, "the map")
        terminal.quiet(0.5)
        yield Mouse(terminal, tmp_path / "played")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)


def test_the_pointer_shows_a_sample_and_a_click_selects_and_plays_it(mouse: Mouse) -> None:
    (row, cell), (other, there) = mouse.lonely()[:2]
    selected = mouse.details
    assert selected not in (mouse.name(row), mouse.name(other)) and selected.endswith(".wav")
    mouse.move(cell)
    mouse.until(lambda: mouse.name(row) in mouse.status, "what the pointer rests on")
    assert mouse.details == selected and not mouse.played
    mouse.click(there)
    mouse.until(lambda: mouse.details == mouse.name(other) and mouse.cursor == there, "what was clicked")
    until(lambda: mouse.played == [mouse.name(other)], "its sound")
    mouse.click(cell, more=SHIFT)
    mouse.terminal.wait_for("1 sample selected")
    assert mouse.details == mouse.name(other) and len(mouse.played) == 1


def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves_the_map(mouse: Mouse) -> None:
    row, cell = mouse.lonely()[0]
    mouse.click(cell)
    mouse.until(lambda: mouse.cursor == cell, "the cursor where the click was")
    mouse.wheel(cell, 10)
    mouse.terminal.wait_for("9.3x")
    there = mouse.enlarged(row, cell, *[WHEEL_FACTOR] * 10)
    mouse.until(lambda: mouse.cursor == there, "the point under the pointer where it was")
    mouse.until(lambda: mouse.details == mouse.name(row), "its details")
    x, y = there
    to = x + (6 if x < 30 else -6), y + (3 if y < 12 else -3)
    mouse.drag(there, (x + (to[0] - x) // 2, y), to)
    mouse.until(lambda: mouse.cursor == to, "the map where it was dragged")
    assert mouse.played == [mouse.name(row)], "a drag is no click"
    mouse.wheel(to, 10, down=True)
    mouse.until(lambda: not re.search(r"\dx", mouse.terminal.lines[0]), "the whole map")
    mouse.until(lambda: mouse.details == mouse.name(row), "its details")


def test_a_double_click_enlarges_what_is_there(mouse: Mouse) -> None:
    row, cell = mouse.lonely()[1]
    mouse.click(cell, times=2)
    mouse.terminal.wait_for("3.0x")
    there = mouse.enlarged(row, cell, DOUBLE_CLICK)
    mouse.until(lambda: mouse.cursor == there and mouse.details == mouse.name(row), "the place where it was")


def test_a_click_in_the_legend_hides_a_kind_and_another_brings_it_back(mouse: Mouse) -> None:
    foot = next(y for y, line in enumerate(mouse.terminal.lines) if line.startswith("K32"))
    snares = mouse.terminal.lines[foot].index("S31")
    mouse.click((snares, foot))
    mouse.terminal.wait_for("1 kind off")
    mouse.until(lambda: "/369" in mouse.terminal.text, "the others in the list")
    time.sleep(APART_S)
    mouse.click((mouse.terminal.lines[foot].index("S"), foot))
    mouse.until(lambda: "/400" in mouse.terminal.text and "off" not in mouse.terminal.lines[0], "all kinds")
    time.sleep(APART_S)
    mouse.click((snares, foot), times=2)
    mouse.terminal.wait_for("10 kinds off")


def test_a_region_around_a_click_is_selected_and_copied(mouse: Mouse) -> None:
    row, cell = mouse.lonely()[0]
    mouse.click(cell)
    mouse.until(lambda: mouse.cursor == cell, "the cursor")
    mouse.terminal.press("XX")
    mouse.terminal.wait_for(lambda text: re.search(r"\d+ samples selected", text.splitlines()[0]), "a selection")
    mouse.terminal.quiet(0.5)
    count = int(re.findall(r"(\d+) samples selected", mouse.terminal.lines[0])[0])
    assert count > 1
    mouse.terminal.press("y")
    mouse.terminal.wait_for("copied (terminal (OSC 52))")
    mouse.terminal.press("\x1b")
    mouse.terminal.wait_for(f"{count} lines")
    (sent,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)", mouse.terminal.raw)
    lines = base64.b64decode(sent).splitlines()
    assert len(lines) == count and mouse.held.names[row] in lines
    xy = mouse.held.xy
    rows = [next(at for at in range(len(xy)) if mouse.held.names[at] == line) for line in lines]
    far = (np.abs(xy[rows] - xy[row]) * mouse.view.scale).max()
    assert far < 60, "dots: what lies around, not what lies far"
