"""The kit and the beat in the real app, played by the real player on a device without sound."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until

DOWN, RIGHT, LEFT, CTRL_K = "\x1b[B", "\x1b[C", "\x1b[D", "\x0b"
_MOST_BYTES_A_STEP = 400


def _kit(library: Path, env: dict[str, str], name: str) -> dict[str, object]:
    said = subprocess.run(
        program("kit", "show", name, "--library", library, "--json"), env=env, capture_output=True, check=True
    )
    record: dict[str, object] = json.loads(said.stdout)
    return record


def _played_step(terminal: Terminal) -> int:
    """The column of the mark over the step that is heard; -1 without one."""
    return max(line.find("▼") for line in terminal.lines)


@linux_only
def test_a_kit_is_made_heard_walked_saved_and_rendered(stock: Stock, tmp_path: Path) -> None:
    env, library, out = environment(tmp_path), stock.copy(tmp_path / "l.db"), tmp_path / "beat.wav"
    words = program("--library", library, "--player", "null")
    with Terminal(words, env=env, columns=120, rows=40) as terminal:
        terminal.wait_for("44 samples")
        terminal.press("Q")
        terminal.wait_for(lambda text: "plays" in text and "new kit*" in text, "a kit that plays")
        terminal.wait_for("▼", "the step that is heard")
        _few_bytes_a_step(terminal)
        terminal.press(CTRL_K)
        terminal.wait_for("w walk", "the keys of the kit")
        terminal.press("w")
        terminal.wait_for("walking: ")
        before = terminal.text
        terminal.press(RIGHT + DOWN)
        terminal.wait_for(lambda text: text != before and "walking: " in text, "the walk")
        terminal.press("\r")
        terminal.wait_for(lambda text: "the sound is" in text and "walking" not in text, "the sound that is kept")
        terminal.press("W")
        terminal.wait_for("Save the kit as")
        terminal.press("\x15")  # ctrl+u: what is suggested goes
        terminal.wait_for(lambda text: "new kit*" in text and "new kit " not in text, "an empty line")
        terminal.press("mine\r")
        terminal.wait_for("kit mine saved")
        terminal.press("e")
        terminal.wait_for("write to")
        terminal.press("\x15")
        terminal.wait_for(lambda text: "mine.wav" not in text, "an empty line")
        terminal.press(str(out))
        terminal.wait_for("beat.wav")
        terminal.press("\r")
        terminal.wait_for("written: ")
        terminal.press(" ")
        terminal.wait_for(lambda text: "plays" not in text and "▼" not in text, "the beat to end")
        terminal.quiet(1.0)
        until(lambda: _kit(library, env, "mine")["name"] == "mine", "the kit in the library")
        terminal.press("\x1b")
        terminal.wait_for("? help")
        terminal.press("q")
        assert terminal.wait() == 0
    assert out.read_bytes()[:4] == b"RIFF"
    all_gone(env)


def _few_bytes_a_step(terminal: Terminal) -> None:
    """While a beat plays only the changed cells of the strip are sent."""
    terminal.read()
    begun, steps, last, size = time.monotonic(), 0, _played_step(terminal), len(terminal.raw)
    while steps < 12 and time.monotonic() < begun + 60:
        terminal.read()
        now = _played_step(terminal)
        steps, last = steps + (now != last), now
    sent = len(terminal.raw) - size
    assert 0 < sent / steps < _MOST_BYTES_A_STEP
