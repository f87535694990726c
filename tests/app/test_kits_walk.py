"""docs/kits.md leads from the demo's map to a beat as WAV, MIDI and Tidal: key by key as it is written there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from tests.support.midi import read_midi
from tests.support.pty import Terminal, all_gone, environment, installed, linux_only, program

PAGE = (Path(__file__).parents[2] / "docs" / "kits.md").read_text(encoding="utf-8")
WALK = PAGE.split("### From the map to a beat\n")[1].split("\n## ")[0]
KEYS = {"enter": "\r", "esc": "\x1b", "↓": "\x1b[B", "→": "\x1b[C", "ctrl+k": "\x0b", "ctrl+u": "\x15"}
_WORDS = re.compile(r"(type )?`([^`]+)`|“([^”]+)”")


@linux_only
def test_the_walk_of_the_page_ends_with_a_wav_a_midi_file_and_a_tidal_pattern(tmp_path: Path) -> None:
    env, folder = environment(tmp_path / "home"), tmp_path / "work"
    folder.mkdir()
    first, *items = re.findall(r"^\d+\. (.*(?:\n   .*)*)", WALK, re.M)
    assert len(items) == 12 and "`tui-browser --demo`" in first
    with Terminal(program("--demo", "--player", "null"), env=env, columns=120, rows=40, cwd=folder) as terminal:
        for seen in re.findall("“([^”]+)”", first):
            terminal.wait_for(seen)
        for item in items:
            for typed, keys, seen in _WORDS.findall(item):
                if seen:
                    terminal.wait_for(seen)
                elif typed:
                    terminal.press(keys)
                    terminal.wait_for(keys)
                else:
                    terminal.press(KEYS.get(keys, keys))
        assert terminal.wait() == 0
    all_gone(env)

    sound, rate = soundfile.read(folder / "first.wav")
    assert len(sound) >= 16 * 60 / 126 / 4 * rate and np.abs(sound).max() > 0.05
    _, tracks = read_midi((folder / "first.mid").read_bytes())
    assert sum(len(track.notes) for track in tracks) > 16
    assert "d1" in (folder / "first.tidal").read_text()

    tools = installed(tmp_path / "bin")
    block = re.findall(r"```sh\n(.*?)```", WALK, re.S)[0]
    done = subprocess.run(
        ["sh", "-ec", block], cwd=folder, env=env | {"PATH": f"{tools}:{env['PATH']}"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "snare" in done.stdout and (folder / "first.tidal").read_text() in done.stdout
    assert (folder / "first-4.wav").exists() and (folder / "first.strudel").exists()
    assert "locked" in next(line for line in done.stdout.splitlines() if "\tsnare\t" in line)
