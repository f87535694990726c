"""The visualiser on a real terminal, with a real player: it moves while a sound plays and sends nothing at rest."""

from __future__ import annotations

from pathlib import Path

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, running

pytestmark = linux_only

LEAVES = "esc leave"


def braille(text: str) -> str:
    return "".join(char for char in text if "\u2800" < char <= "\u28ff")


def test_e3_a_scene_moves_with_the_player_and_sends_nothing_at_rest(tmp_path: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    words = program("--library", stock.copy(tmp_path / "l.db"), "--model", stock.model, "--player", "null")
    with Terminal(words, env=env, columns=100, rows=30) as terminal:
        terminal.wait_for("samples")
        terminal.quiet(1.5)
        terminal.press("v")
        terminal.wait_for(LEAVES)
        terminal.quiet(1.5)  # nothing plays
        still = braille(terminal.text)
        assert len(still) > 20
        terminal.press("\r")  # the list, round and round
        terminal.wait_for(lambda text: "♪" in text and braille(text) != still, "a scene that moves")
        assert any("feature_process" in command for command in running(env).values())
        first = braille(terminal.text)
        terminal.wait_for(lambda text: braille(text) != first, "a scene that goes on")
        terminal.press("v")
        terminal.wait_for("Lights")
        terminal.press(" ")
        terminal.wait_for(lambda text: "♪" not in text, "silence")
        terminal.quiet(1.5)  # at rest again
        terminal.press("\x1b")
        terminal.wait_for(lambda text: LEAVES not in text and "samples" in text, "the map")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.restored
    all_gone(env)
