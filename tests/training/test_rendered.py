"""Rendered training sounds: breaks on their grid, notes at their pitch, speech, and the table of a pool."""

from __future__ import annotations

import glob
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.sounds import one_shot
from tui_browser.records import DRUM_CLASSES, DRUMS, KINDS
from tui_browser.synth.nearby import NearbyDraws
from tui_browser.synth.render import render
from tui_browser.training.pool import read_pool
from tui_browser.training.rendered.loops import drum_loop
from tui_browser.training.rendered.make import main
from tui_browser.training.rendered.notes import RATE, PlayedNote, play_apart
from tui_browser.training.rendered.programmes import PROGRAMMES
from tui_browser.training.rendered.speech import speak

FONTS = glob.glob("/usr/share/sounds/sf2/FluidR3_GM.sf2")
with_font = pytest.mark.skipif(
    not FONTS or shutil.which("fluidsynth") is None, reason="fluidsynth or FluidR3_GM.sf2 is not installed"
)
with_speech = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def test_every_programme_has_a_kind_and_a_range() -> None:
    numbers = [each.number for each in PROGRAMMES]
    assert len(set(numbers)) == len(numbers) and set(numbers) <= set(range(128))
    assert {each.kind for each in PROGRAMMES} <= set(KINDS)
    assert all(0 <= each.lowest < each.highest <= 127 for each in PROGRAMMES)


@pytest.mark.parametrize("seed", range(6))
def test_hits_of_a_break_lie_on_its_steps(seed: int) -> None:
    click = np.zeros(400, dtype=np.float32)
    click[0] = 1.0
    sound = drum_loop(np.random.default_rng(seed), {"kick": [click], "snare": [click], "hat_closed": [click]})
    hits = np.flatnonzero(np.abs(sound) > 0.05)
    assert len(hits) >= 6
    steps = np.diff(np.unique(hits // 441))  # hundredths of a second
    assert steps.max(initial=0) < 220, "no gap of more than a bar at the slowest tempo"
    assert 60 / 178 * 4 * RATE * 0.99 < len(sound) < 2 * 60 / 75 * 4 * RATE * 1.01
    assert np.abs(sound).max() == pytest.approx(1.0, abs=1e-3)


def test_sounds_near_a_patch_are_alike_and_not_the_same() -> None:
    def sound(view: int, distance: float) -> np.ndarray:
        near = np.random.default_rng([9, view])
        return render("tom", NearbyDraws([5], near=near, distance=distance), rate=RATE)

    assert np.array_equal(sound(1, 0.0)[:100], sound(1, 0.0)[:100])
    one, two = sound(1, 0.25), sound(2, 0.25)
    far = render("tom", NearbyDraws([77], near=np.random.default_rng(0), distance=0.0), rate=RATE)
    assert len(one) != len(two) or not np.allclose(one, two, atol=1e-3)
    assert abs(_brightness(one) - _brightness(two)) < abs(_brightness(one) - _brightness(far)) + 400


def _brightness(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float((power * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / power.sum())


@with_speech
def test_speech_is_heard_and_differs() -> None:
    rng = np.random.default_rng(0)
    sounds = [speak(rng) for _ in range(3)]
    assert all(np.abs(sound).max() > 0.05 and len(sound) > 0.1 * rate for sound, rate in sounds)
    assert len({len(sound) for sound, _ in sounds}) > 1


@with_font
def test_notes_sound_at_their_pitch_and_apart() -> None:
    sounds = play_apart(FONTS[0], [PlayedNote((key,), 100, 0.6, programme=73) for key in (69, 81)])
    for sound, wanted in zip(sounds, (440.0, 880.0), strict=True):
        part = sound[RATE // 10 : RATE // 2]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        assert abs(np.argmax(spectrum) * RATE / len(part) / wanted - 1) < 0.02
        assert np.abs(sound[-RATE // 20 :]).max() < 0.05 * np.abs(sound).max(), "it has faded before the next begins"


@with_font
@with_speech
def test_the_command_fills_a_pool_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, out = tmp_path / "data", tmp_path / "rendered"
    (pool / "pool").mkdir(parents=True)
    rows = ["path\tclass\tkit\tsource\tlicence\tauthor"]
    for index, name in enumerate(DRUM_CLASSES):
        soundfile.write(pool / "pool" / f"{name}.flac", one_shot(name, index)[:8000], RATE)
        rows.append(f"{name}.flac\t{name}\tkit\tmade\tCC0\tnobody")
    (pool / "pool.tsv").write_text("\n".join(rows) + "\n")
    few = tuple(each for each in PROGRAMMES if each.number in (0, 33))
    monkeypatch.setattr("tui_browser.training.rendered.make.PROGRAMMES", few)
    sizes = ["--notes", "2", "--speech", "2", "--loops", "2"]
    command = ["--pool", str(pool), "--font", FONTS[0], "--out", str(out), *sizes]
    assert main(command) == 0
    clips = read_pool(str(out)).clips
    kinds = sorted(clip.kind for clip in clips)
    assert kinds == sorted(["keys"] * 2 + ["bass"] * 2 + ["voice"] * 2 + ["loop_drum"] * 2 + ["loop_tonal"] * 2)
    assert {clip.kit for clip in clips if clip.kind == "loop_drum"} == {"kit"}, "a break goes with its kit"
    written = (out / "pool.tsv").read_bytes()
    first = (out / "pool" / clips[0].path).stat().st_mtime_ns
    assert main(command) == 0
    assert (out / "pool.tsv").read_bytes() == written
    assert (out / "pool" / clips[0].path).stat().st_mtime_ns == first
    assert set(DRUMS).isdisjoint(kinds)
