"""Pastes into the search line and onto the map: answered at once, however long, in a few megabytes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, ui_process, until

pytestmark = linux_only

KINDS = {
    "plain": ("", "lorem ipsum ", ""),
    "plain-esc": ("", "lorem \x1b[31mipsum ", ""),
    "bracketed": ("\x1b[200~", "lorem ipsum ", "\x1b[201~"),
    "bracketed-esc": ("\x1b[200~", "lorem \x1b[31mipsum \x1bq", "\x1b[201~"),
}


def memory_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def type_in(terminal: Terminal, text: str) -> None:
    """Write it all as fast as it is taken, reading meanwhile as a terminal does."""
    data = text.encode()
    os.set_blocking(terminal._pty, False)
    while data:
        try:
            data = data[os.write(terminal._pty, data[:4096]) :]
        except BlockingIOError:
            terminal.read(0.005)
    os.set_blocking(terminal._pty, True)


@pytest.mark.parametrize("kind", KINDS)
def test_pastes_into_the_search_line(tmp_path: Path, stock: Stock, kind: str) -> None:
    begin, piece, end = KINDS[kind]
    env = environment(tmp_path)
    with Terminal(program("--library", stock.copy(tmp_path / "l.db"), "--player", "null"), env=env) as terminal:
        terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        app = until(lambda: ui_process(env), "the app")
        for letters in (2_000, 20_000, 1_000_000):
            before = memory_mb(app)
            terminal.press("/")
            terminal.wait_for(lambda text: text.startswith("/"), "the search line")
            began = time.monotonic()
            type_in(terminal, begin + (piece * (letters // len(piece) + 1))[:letters] + end)
            terminal.wait_for("this line takes 500 characters: the rest was left out")
            assert terminal.lines[0].startswith("/") and "0 of 44" in terminal.lines[0]
            assert "\x1b" not in terminal.text and "31m" not in terminal.lines[0]
            terminal.press("\x1b")
            terminal.wait_for(lambda text: "44 samples" in text and "left out" not in text, "the map without a note")
            assert time.monotonic() - began < 10.0  # a second on a machine that does nothing else
            assert memory_mb(app) - before < 40
        terminal.kill(signal.SIGHUP)
        assert terminal.wait(timeout_s=5.0) == 129
        assert terminal.restored
    all_gone(env)


@pytest.mark.parametrize("kind", KINDS)
def test_a_paste_onto_the_map_is_no_commands(tmp_path: Path, stock: Stock, kind: str) -> None:
    begin, piece, end = KINDS[kind]
    env = environment(tmp_path)
    with Terminal(program("--library", stock.copy(tmp_path / "l.db"), "--player", "null"), env=env) as terminal:
        terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        type_in(terminal, begin + "q f " * 10 + piece * 2_000 + end)
        terminal.wait_for("the pasted text")
        assert "★" not in terminal.text
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)


def test_a_key_right_after_escape_is_escape_and_that_key(tmp_path: Path, stock: Stock) -> None:
    """A slow line brings both in one read, which is also what a terminal sends for alt with the key."""
    env = environment(tmp_path)
    with Terminal(program("--library", stock.copy(tmp_path / "l.db")), env=env, columns=100, rows=30) as terminal:
        terminal.wait_for(lambda text: "all samples" in text and "❲" in text, "the map")
        terminal.press("/kick")
        terminal.wait_for("/ kick")
        terminal.press("\x1bn")
        terminal.wait_for("neighbours of")
        terminal.press("?")
        terminal.wait_for("esc closes")
        terminal.press("\x1bR")
        terminal.wait_for("Folders of the")
        terminal.press("\x1bq")
        assert terminal.wait() == 0
    all_gone(env)
