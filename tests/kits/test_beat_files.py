"""Beats for other programs: what readers of MIDI, JavaScript and mini-notation find in them."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from tests.support.beats import ROLES, click_kit, drum_kit, slot
from tests.support.midi import read_midi
from tests.support.sounds import write
from tui_browser.kits.exports.writer import write_folder
from tui_browser.kits.kit import Kit
from tui_browser.kits.live_code import strudel_text, superdirt_names, tidal_text
from tui_browser.kits.midi import write_midi
from tui_browser.kits.pattern import Pattern, pattern_from_text
from tui_browser.kits.patterns import named_pattern, pattern_names
from tui_browser.kits.tracks import parts_of

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

NOTES = {"kick": 36, "snare": 38, "hat_closed": 42, "hat_open": 46}


def midi_of(kit: Kit, pattern: Pattern, **settings: int) -> bytes:
    file = io.BytesIO()
    write_midi(file, kit, parts_of(kit, pattern)[0], pattern, **settings)
    return file.getvalue()


@pytest.mark.parametrize("name", pattern_names())
def test_every_step_is_a_note_for_mido_and_for_another_reader(tmp_path: Path, name: str) -> None:
    kit, pattern = click_kit(tmp_path), named_pattern(name)
    parts = parts_of(kit, pattern)[0]
    data = midi_of(kit, pattern)
    division, tracks = read_midi(data)
    assert (division, len(tracks), tracks[0].tempos) == (480, 1 + len(parts), [round(60e6 / pattern.bpm)])
    for part, track in zip(parts, tracks[1:], strict=True):
        late = round((pattern.swing / 50 - 1) * 120)
        wanted = [
            (120 * step + (step % 2) * late, 9, NOTES[part.slot.role], round(127 * velocity))
            for step, velocity in enumerate(part.track.velocities)
            if velocity
        ]
        assert [(start, channel, note, loud) for start, _, channel, note, loud in track.notes] == wanted
        assert (track.name.decode(), track.length) == (part.slot.role, 120 * pattern.steps)
    file = mido.MidiFile(file=io.BytesIO(data))
    heard = [message for message in file if message.type == "note_on"]
    assert len(heard) == sum(len(track.notes) for track in tracks)
    assert file.length == pytest.approx(pattern.steps * pattern.step_s, rel=1e-5)


def test_bars_mute_and_slots_without_a_drum(tmp_path: Path) -> None:
    kit = click_kit(tmp_path)
    vox = replace(kit.slots[0], role="vox")
    kit = replace(kit, slots=(*kit.slots, vox, replace(vox, role="Vöx 2"), replace(vox, role="kick_2")))
    rows = "\n".join(f"{name} x... .... .... ...." for name in ("kick", "kick_2", "vox", "snare"))
    pattern = pattern_from_text(rows, name="p")
    pattern = replace(pattern, tracks=(*pattern.tracks[:3], replace(pattern.tracks[3], muted=True)))
    tracks = read_midi(midi_of(kit, pattern, bars=3))[1][1:]
    assert [len(track.notes) for track in tracks] == [3, 3, 3]
    notes = [track.notes[0][3] for track in tracks]
    assert notes[:2] == [36, 35] and len({*notes}) == 3
    assert [start for start, *_ in tracks[0].notes] == [0, 1920, 3840]


def test_tidal_steps_names_and_settings(tmp_path: Path) -> None:
    folder = tmp_path / "drums"
    kit = drum_kit(folder, names={"kick": b'A \x1b[31m\n"\\\xff.wav'})
    kit = kit.with_slot(1, replace(kit.slots[1], pan=0.5, pitch_semitones=12.0, level_db=-12.0))
    text = tidal_text(kit, parts_of(kit, named_pattern("boom-bap"))[0], named_pattern("boom-bap"))
    assert text.isprintable() is False and all(line.isprintable() for line in text.splitlines())
    assert "setcps (90/60/4)" in text and f'~dirt.loadSoundFiles("{folder}")' in text
    assert "d1 $ swingBy 0.2 8 $ slow 2 $ stack [" in text
    voices = [line for line in text.splitlines() if line.startswith("  sound")]
    assert [re.search(r"drums:(\d)", voice)[1] for voice in voices] == ["0", "3", "1", "2"]  # type: ignore[index]  # there
    for voice in voices:
        sounds, gains = (part.split() for part in re.findall(r'"([^"]*)"', voice)[:2])
        assert len(sounds) == len(gains) == 32
        assert [step == "~" for step in sounds] == [step == "~" for step in gains]
    assert "# pan 0.75 # speed 2" in voices[1] and "cut" not in voices[1]
    assert voices[2].endswith("# cut 1,") and voices[3].endswith("# cut 1")
    loud = float(re.findall(r'gain "[~ ]*([\d.]+)', voices[1])[0])
    assert loud**4 == pytest.approx(10 ** (-12 / 20), rel=1e-2), "SuperDirt raises gain to the fourth power"
    straight = tidal_text(kit, parts_of(kit, named_pattern("trap"))[0], named_pattern("four-on-the-floor"))
    assert "d1 $ stack [" in straight


def test_tidal_tells_how_to_load_a_file_that_stands_in_no_named_folder(tmp_path: Path) -> None:
    kit = drum_kit(tmp_path / "my drums")
    text = tidal_text(kit, parts_of(kit, named_pattern("trap"))[0], named_pattern("trap"))
    assert f'--   ~dirt.loadSoundFile("{tmp_path}/my drums/kick.wav", \\drums_kick);' in text
    assert 'sound "drums_kick ~' in text


def test_tidal_names_no_two_sounds_alike(tmp_path: Path) -> None:
    paths = []
    for folder in ("a/808", "b/808", "c d", "e f"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "kick.wav").touch()
        paths.append(str(tmp_path / folder / "kick.wav").encode())
    kit = Kit("my kit", tuple(slot(role, path) for role, path in zip(ROLES, paths, strict=True)))
    pattern = named_pattern("four-on-the-floor")
    names = superdirt_names(kit, parts_of(kit, pattern)[0])
    assert names == ["808:0", "my_kit_snare", "my_kit_hat_closed", "my_kit_hat_open"]


def test_sounds_begin_at_their_onsets(tmp_path: Path) -> None:
    path = write(tmp_path / "late.wav", np.append(np.zeros(4_410), np.ones(4_410)).astype(np.float32))
    kit = drum_kit(tmp_path / "drums")
    kit = kit.with_slot(0, slot("kick", path, onset_s=0.1))
    kit = kit.with_slot(1, slot("snare", tmp_path / "missing.wav", onset_s=0.1))
    parts = parts_of(kit, named_pattern("trap"))[0]
    tidal, strudel = tidal_text(kit, parts, named_pattern("trap")), strudel_text(parts, named_pattern("trap"))
    assert tidal.count("# begin 0.5") == strudel.count(".begin(0.5)") == 1
    assert tidal.count("# begin") == strudel.count(".begin(") == 1


NODE = """
const told = {};
globalThis.samples = (map) => { told.samples = map; };
globalThis.setcpm = (cpm) => { told.cpm = cpm; };
class Voice {
  constructor(calls) { this.calls = calls; }
}
for (const name of ["gain", "pan", "speed", "cut", "swingBy", "slow"])
  Voice.prototype[name] = function (...values) { return new Voice({ ...this.calls, [name]: values }); };
globalThis.s = (steps) => new Voice({ s: steps });
globalThis.stack = (...voices) => new Voice({ voices: voices.map((voice) => voice.calls) });
const text = require("fs").readFileSync(0, "utf8");
told.played = (0, eval)(text).calls;
console.log(JSON.stringify(told));
"""


@needs_node
def test_strudel_text_is_javascript_that_names_files_exactly(tmp_path: Path) -> None:
    raw = b"A \x1b[31m\n\"'\\`${x}*\xff.wav"
    kit = drum_kit(tmp_path / "drums", names={"kick": raw})
    kit = kit.with_slot(1, replace(kit.slots[1], pan=-1.0, pitch_semitones=-12.0, level_db=-6.0, role="Schnärre */"))
    pattern = replace(named_pattern("boom-bap"), name="p\n*/ alert(1) //")
    text = strudel_text(parts_of(kit, pattern)[0], pattern)
    node = subprocess.run(["node", "-e", NODE], input=text.encode(), capture_output=True, check=True)
    told = json.loads(node.stdout)
    assert told["cpm"] == 90 / 4
    assert told["samples"]["kick"] == "http://localhost:5432/A%20%1B%5B31m%0A%22%27%5C%60%24%7Bx%7D%2A%FF.wav"
    voices = told["played"]["voices"]
    assert [set(voice["s"].split()) - {"~"} for voice in voices] == [{name} for name in told["samples"]]
    assert [voice.get("cut") for voice in voices if voice["s"].count("hat")] == [[1], [1]]
    assert (told["played"]["swingBy"], told["played"]["slow"]) == ([0.2, 16], [2])
    for voice in voices:
        assert len(voice["s"].split()) == len(voice["gain"][0].split()) == 32
    assert {role for role in ROLES if role != "snare"} <= set(told["samples"])


def test_the_notes_play_the_exported_kit_in_a_sampler(tmp_path: Path) -> None:
    pysfizz = pytest.importorskip("pysfizz", reason="sfizz has a package for Linux only")
    kit = drum_kit(tmp_path / "drums")
    kit = replace(kit, slots=(*kit.slots, replace(kit.slots[0], role="vox")))
    (tmp_path / "sfz").mkdir()
    write_folder(kit, "sfz", str(tmp_path / "sfz"), {})
    (instrument,) = (tmp_path / "sfz").glob("*.sfz")
    synth = pysfizz.Synth(sample_rate=44_100, block_size=64)
    assert synth.load_sfz_file(instrument)
    rows = "\n".join(f"{role} x... x... x... x..." for role in (*ROLES, "vox"))
    tracks = read_midi(midi_of(kit, pattern_from_text(rows, name="p")))[1][1:]
    notes = [track.notes[0][3] for track in tracks]
    assert sorted(notes) == sorted(synth.playable_keys)
    heard = synth.render_note(notes[0], 127, 0.01, 0.3)[0]
    own = soundfile.read(kit.slots[0].path)[0][:8_000]
    parts = (heard[shift : shift + len(own)] for shift in range(300))
    likeness = [np.dot(part, own) / max(1e-9, np.linalg.norm(part) * np.linalg.norm(own)) for part in parts]
    assert max(likeness) > 0.98, "and the note of the kick plays the kick"
