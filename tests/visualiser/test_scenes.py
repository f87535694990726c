"""Scenes: a golden frame of each, how smoothly they move, and what they cost on the line."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support.moving import played, waves
from tui_browser.visualiser.canvas import HUES, SHADES, Canvas, Picture, blank, changed_cells
from tui_browser.visualiser.pace import ByteBudget, paint_cost
from tui_browser.visualiser.parameter_files import SCENES, shipped_scene
from tui_browser.visualiser.stage import Stage

GOLDEN = Path(__file__).parent / "golden"
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def written(picture: Picture) -> str:
    """Lines of braille, then lines with a letter for the style of each lit cell."""
    lines = [picture.line(y).rstrip() for y in range(len(picture.bits))]
    lines += [
        "".join(_LETTERS[style] if bits else " " for bits, style in zip(*row, strict=True)).rstrip()
        for row in zip(picture.bits.tolist(), picture.style.tolist(), strict=True)
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("scene", SCENES)
def test_e6_a_golden_frame_of_each_scene(scene: str) -> None:
    """UPDATE_GOLDEN=1 writes the files anew. A hundredth of the cells may differ: sines do in the last digit."""
    drawn, path = written(played(scene, rows=24, columns=80)[-1]), GOLDEN / f"{scene}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(drawn, encoding="utf-8")
    golden = path.read_text(encoding="utf-8").splitlines()
    lines = drawn.splitlines()
    assert len(lines) == len(golden) == 48
    differ = sum(
        a != b
        for one, two in zip(lines, golden, strict=True)
        for a, b in zip(one.ljust(80), two.ljust(80), strict=True)
    )
    assert differ <= 80 * 48 // 100, drawn


@pytest.mark.parametrize("scene", SCENES)
def test_thirty_frames_a_second_of_a_large_terminal_are_within_the_bytes(scene: str) -> None:
    runs = [played(scene, seconds=5, seed=seed) for seed in (1, 2, 3)]
    costs = [paint_cost(new, changed_cells(old, new)) for run in runs for old, new in pairwise(run)]
    assert np.mean(costs) * 30 < 200_000, f"{np.mean(costs):.0f} bytes a frame"
    assert np.mean(costs) > 300, "it moves"


@pytest.mark.parametrize("scene", SCENES)
def test_it_moves_smoothly(scene: str) -> None:
    """From one frame to the next most of what is lit stays within a cell of where it was."""
    stays = []
    for old, new in pairwise(played(scene, seconds=3)):
        near = np.zeros_like(new.bits, dtype=bool)
        lit = np.pad(old.bits > 0, 1)
        for dy in range(3):
            for dx in range(3):
                near |= lit[dy : dy + near.shape[0], dx : dx + near.shape[1]]
        stays.append(near[new.bits > 0].mean())
    assert np.percentile(stays, 2) > 0.85


@pytest.mark.parametrize("scene", SCENES)
def test_less_motion_moves_less_and_does_not_pulse(scene: str) -> None:
    changes = []
    for calm in (False, True):
        pictures = played(scene, seconds=4, calm=calm)
        changes.append(np.mean([changed_cells(*pair).sum() for pair in pairwise(pictures)]))
    assert changes[1] < 0.6 * changes[0]


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 30), (24, 80), (120, 400)])
def test_every_size_is_drawn(scene: str, size: tuple[int, int]) -> None:
    picture = played(scene, seconds=0.3, rows=size[0], columns=size[1])[-1]
    assert picture.bits.shape == picture.style.shape == size
    assert picture.style.max(initial=0) < HUES * SHADES
    if size[0] >= 10:
        assert (picture.bits > 0).sum() > 20
    assert all(len(picture.line(y)) == size[1] for y in range(size[0]))


@pytest.mark.parametrize("scene", SCENES)
def test_it_goes_on_where_it_was_after_another_mapping(scene: str) -> None:
    stage, features = Stage(shipped_scene(scene), seed=1), waves()
    for frame in range(60):
        stage.step(features, 2 * frame, now_s=frame / 30, dt_s=1 / 30)
    before = stage.picture(24, 80)
    stage.remap(2)
    assert not changed_cells(before, stage.picture(24, 80)).any()


def test_the_brightest_dot_gives_a_cell_its_colour() -> None:
    canvas = Canvas(1, 3)
    one = np.ones(1)
    canvas.plot(one * 0, one * 0, one * 0.5, one * 0.9)
    canvas.plot(one * 1, one * 3, one * 0.25, one * 0.3)
    canvas.plot(one * 99, one * -3, one, one)
    canvas.plot(one * 4, one, one, one * 0.0)
    picture = canvas.picture()
    assert picture.line(0) == "⢁  " and picture.line(0, ascii=True) == ":  "
    assert picture.style[0, 0] == 6 * SHADES + 3
    assert picture.style_runs(0) == [(27, 0, 3)], "blanks take the style before them"


def test_what_changed_is_what_is_seen() -> None:
    old, new = blank(2, 4), blank(2, 4)
    new.style[0, 1] = 5
    assert not changed_cells(old, new).any(), "nobody sees the colour of nothing"
    new.bits[1, 2] = 1
    assert np.argwhere(changed_cells(old, new)).tolist() == [[1, 2]]
    assert changed_cells(None, new).all() and changed_cells(blank(3, 4), new).all()
    assert paint_cost(new, changed_cells(old, new)) > 0 == paint_cost(new, changed_cells(new, new))


def test_a_budget_holds_its_bytes_a_second() -> None:
    budget, sent = ByteBudget(100_000), 0
    for frame in range(300):
        if budget.allows(frame / 30):
            budget.spend(9_000)
            sent += 9_000
    assert 900_000 <= sent <= 1_030_000
