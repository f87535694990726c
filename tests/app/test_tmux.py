"""A walk through the app inside tmux: what a person sees and does, at several sizes, and every way to leave."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.programs import need
from tests.support.pty import Tmux, all_gone, environment, linux_only, program, running, ui_process, until

pytestmark = linux_only


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    need("tmux")
    tmux = Tmux(tmp_path, env=environment(tmp_path))
    yield tmux
    tmux.close()
    all_gone(tmux.env)


def start(tmux: Tmux, tmp_path: Path, *words: str | Path) -> None:
    """Type a command that starts the app into the shell."""
    script = tmp_path / "app"
    command = " ".join(f"'{word}'" for word in program())
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    script.chmod(0o755)
    tmux.type(" ".join([str(script), *(f"'{word}'" for word in words)]) + "; echo left with $?\n")


def open_stock(tmux: Tmux, tmp_path: Path, stock: Stock) -> None:
    """The app on a copy of the stock's library, ready."""
    start(tmux, tmp_path, "--library", stock.copy(tmp_path / "l.db"))
    tmux.wait_for(lambda text: "44 samples" in text and braille_or_letters(text), "the map")


def braille_or_letters(text: str) -> bool:
    """Whether there are dots, or the letters of single samples, and the cursor between them."""
    return bool(re.search(r"[\u2801-\u28ff]| [A-Z] ", text)) and "❲" in text


def selected(tmux: Tmux) -> str:
    """The path that `y` copies into tmux's buffer."""
    tmux.set_buffer("nothing yet")
    tmux.press("y")
    path: str = until(lambda: (now := tmux.buffer) != "nothing yet" and now, "a path in tmux's buffer")
    tmux.wait_for("copied")  # the note comes when all ways were tried, and goes with the next key
    return path


def walks_from(tmux: Tmux, first: str) -> None:
    """Walk to another sample; while the map is being made ready the arrows wait."""

    def elsewhere() -> bool:
        tmux.press("Right")
        return selected(tmux) != first

    until(elsewhere, "another sample under the cursor")


def test_a_folder_is_opened_walked_searched_and_left(tmux: Tmux, tmp_path: Path, stock: Stock) -> None:
    paths = {str(stock.folder / name) for name in stock.names}
    start(tmux, tmp_path, stock.folder, "--library", tmp_path / "l.db", "--model", stock.model)
    tmux.wait_for("Indexing ")
    tmux.wait_for(braille_or_letters, "the first dots")
    tmux.wait_for(lambda text: "44 samples" in text and "indexing" not in text, "the end of indexing")

    first = selected(tmux)
    tmux.wait_for(lambda text: "copied" in text and os.path.basename(first) in text, "the path on the screen")
    came_by = [first]
    for keys in (("Left", "Left", "h"), ("Up", "k"), ("Right", "Right", "l"), ("Down", "j")):
        tmux.press(*keys)
        came_by.append(selected(tmux))
    assert set(came_by) <= paths
    assert len(set(came_by)) >= 3, "arrows and letters walk"

    here = came_by[-1]
    tmux.type("/kick")
    tmux.wait_for(lambda text: re.search(r"/ kick .* of 44", text), "the count of what matches")
    tmux.press("Enter")
    assert "kick" in selected(tmux)
    tmux.press("Escape")
    tmux.wait_for(lambda text: text.startswith("44 samples"), "the end of the search")
    assert selected(tmux) == here

    tmux.press("n")
    tmux.wait_for("1/43")
    nearest = selected(tmux)
    tmux.press("n")
    tmux.wait_for("2/43")
    assert len({here, nearest, selected(tmux)}) == 3
    tmux.press("N")
    tmux.wait_for("1/43")
    assert selected(tmux) == nearest
    tmux.press("b", "b")
    tmux.press("b")
    until(lambda: selected(tmux) == here, "the way back")

    tmux.type("?")
    tmux.wait_for(lambda text: "Keys" in text and "walk to the nearest sample" in text)
    tmux.press("Escape")
    tmux.wait_for(lambda text: "44 samples" in text and "esc closes" not in text, "the map without the help")
    tmux.type("q")
    tmux.wait_for("left with 0")
    assert tmux.in_shell


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (200, 50)])
def test_every_size_shows_what_counts(tmux: Tmux, tmp_path: Path, stock: Stock, columns: int, rows: int) -> None:
    tmux.resize(columns, rows)
    open_stock(tmux, tmp_path, stock)
    first = selected(tmux)
    walks_from(tmux, first)
    if columns > 40:  # where there is room, list and details stand beside the map
        tmux.wait_for(lambda text: "all samples" in text and "kHz" in text)
    else:
        tmux.press("Tab")
        tmux.wait_for(lambda text: re.search(r"all samples +\d+/44", text), "the list in place of the map")
        tmux.press("Down", "Tab")
        tmux.wait_for(braille_or_letters)
    for other in ((80, 24), (30, 8), (columns, rows)):
        tmux.resize(*other)
        if other == (30, 8):
            tmux.wait_for(lambda text: "too small" in text or "40x12" in text)
        else:
            tmux.wait_for(braille_or_letters, f"the map at {other}")
    lines = tmux.text.splitlines()
    assert all(len(line) <= columns for line in lines)
    tmux.type("q")
    tmux.wait_for("left with 0")
    assert tmux.in_shell


def test_ctrl_z_gives_the_shell_back_and_fg_the_map(tmux: Tmux, tmp_path: Path, stock: Stock) -> None:
    open_stock(tmux, tmp_path, stock)
    here = selected(tmux)
    for _ in range(2):
        tmux.press("C-z")
        tmux.wait_for("Stopped")
        until(lambda: tmux.in_shell, "the shell's own screen")
        tmux.type("clear; stty -a | grep -o ' icanon\\| echo ' | tr -d '\\n'; echo\n")
        tmux.wait_for("icanon echo")
        tmux.type("fg; echo left with $?\n")
        tmux.wait_for(braille_or_letters, "the map again")
        assert selected(tmux) == here
    walks_from(tmux, here)
    tmux.type("q")
    tmux.wait_for("left with 0")
    assert tmux.in_shell


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_killed_app_leaves_no_process_and_no_mess(
    tmux: Tmux, tmp_path: Path, stock: Stock, number: signal.Signals
) -> None:
    open_stock(tmux, tmp_path, stock)
    shell = set(running(tmux.env)) - {pid for pid, line in running(tmux.env).items() if "tui_browser" in line}
    tmux.type("lll")
    pid = until(lambda: ui_process(tmux.env), "the process of the app")
    os.kill(pid, number)
    tmux.wait_for(re.compile(r"left with 1\d\d").search)
    until(lambda: not any("tui_browser" in line for line in running(tmux.env).values()), "the end of its workers")
    assert shell <= set(running(tmux.env))
    if number != signal.SIGKILL:
        assert tmux.in_shell
        tmux.type("clear; stty -a | grep -o ' icanon\\| echo ' | tr -d '\\n'; echo\n")
        tmux.wait_for("icanon echo")
