"""Beats as sound: each one in time to the sample, with level, pan, pitch, choke groups, and never clipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.beats import ROLES, click, click_kit, drum_kit, slot
from tests.support.sounds import write
from tui_browser.errors import AudioError
from tui_browser.kits.kit import Kit, KitError
from tui_browser.kits.pattern import Pattern, PatternError, Track, pattern_from_text
from tui_browser.kits.patterns import named_pattern, pattern_names
from tui_browser.kits.render import Beat, BeatOptions, part_names
from tui_browser.kits.slot_sound import slot_sound
from tui_browser.kits.tracks import parts_of
from tui_browser.playback.limiter import peak_gains

REST = (0.0,) * 16


def pattern(**steps: str) -> Pattern:
    """Four tracks; `steps` of some in the letters of the text form."""
    lines = [f"{role} {steps.get(role, '.' * 16)}" for role in ROLES]
    return pattern_from_text("\n".join(lines), name="test")


def onsets(mix: np.ndarray) -> list[int]:
    return np.flatnonzero(np.abs(mix).max(axis=1) > 1e-4).tolist()


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_d10_step_k_sounds_at_k_times_125_ms(tmp_path: Path, rate: int) -> None:
    kit = Kit("k", tuple(slot(role, click(tmp_path / f"{role}.wav", rate=rate)) for role in ROLES))
    played = Pattern(
        "p", tuple(Track(role, tuple(float(at % 4 == row) for at in range(16))) for row, role in enumerate(ROLES))
    )
    beat = Beat(kit, played, BeatOptions(bars=8, rate=rate))
    mix, _ = beat.mix()
    found = onsets(mix)
    assert len(found) == 128
    assert max(abs(frame - step * 0.125 * rate) for step, frame in enumerate(found)) <= 1
    assert len(mix) == beat.frames == 8 * 2 * rate


def test_late_steps_do_not_drift_and_swing_delays_every_second(tmp_path: Path) -> None:
    every = pattern(kick="x" * 16)
    beat = Beat(click_kit(tmp_path), every.played(bpm=133.0, swing=62.0), BeatOptions(bars=64))
    found = onsets(beat.mix()[0])
    step = 60 / 133 / 4 * 44_100
    wanted = [(at + (at % 2) * (62 / 50 - 1)) * step for at in range(64 * 16)]
    assert np.abs(np.array(found) - wanted).max() <= 1


def test_velocity_level_and_pan_are_factors(tmp_path: Path) -> None:
    kit = click_kit(tmp_path, snare={"level_db": -6.0}, hat_closed={"pan": -1.0}, hat_open={"pan": 0.5})
    mix, gains = Beat(kit, pattern(kick="X5" + "." * 14, snare="..X" + "." * 13, hat_closed="...X" + "." * 12,
                                   hat_open="....X" + "." * 11)).mix()  # fmt: skip
    assert (gains == 1.0).all()
    values = mix[onsets(mix)]
    wanted = [[0.1, 0.1], [0.05, 0.05], [0.2 * 10**-0.3] * 2, [0.3, 0.0], [0.2, 0.4]]
    assert np.allclose(values, wanted, atol=1e-6)


def test_pitch_resamples(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(22_050) / 44_100).astype(np.float32)
    path = write(tmp_path / "tone.wav", tone, subtype="FLOAT")
    for semitones in (-12.0, 0.0, 7.0):
        sound = slot_sound(slot("kick", path, pitch_semitones=semitones), rate=44_100)
        hz = np.fft.rfft(sound[:, 0], 1 << 18)
        assert np.argmax(np.abs(hz)) * 44_100 / (1 << 18) == pytest.approx(440 * 2 ** (semitones / 12), rel=2e-3)
        assert len(sound) == pytest.approx(22_050 / 2 ** (semitones / 12), abs=2)


def test_a_sound_begins_at_its_onset(tmp_path: Path) -> None:
    path = write(tmp_path / "late.wav", np.append(np.zeros(4_410), 0.5).astype(np.float32), subtype="FLOAT")
    kit = Kit("k", (slot("kick", path, onset_s=0.1), *click_kit(tmp_path).slots[1:]))
    assert onsets(Beat(kit, pattern(kick="X" + "." * 15)).mix()[0]) == [0]


def test_a_closed_hat_stops_the_open_one_and_nothing_else(tmp_path: Path) -> None:
    long = click(tmp_path / "long.wav", frames=44_100, height=0.1)
    slots = [slot(role, long, choke=1 if role.startswith("hat") else 0) for role in ROLES]
    kit = Kit("k", tuple(slots))
    open_alone = Beat(kit, pattern(hat_open="X" + "." * 15)).mix()[0]
    choked = Beat(kit, pattern(hat_open="X" + "." * 15, hat_closed="....X" + "." * 11)).mix()[0]
    step_4 = 4 * 5512 + 2
    assert open_alone[step_4 - 1, 0] == pytest.approx(choked[step_4 - 1, 0]) == pytest.approx(0.1)
    assert choked[step_4 + 200, 0] == pytest.approx(0.1), "only the closed one sounds on"
    free = Beat(kit, pattern(kick="X" + "." * 15, snare="....X" + "." * 11)).mix()[0]
    assert free[step_4 + 200, 0] == pytest.approx(0.2)
    together = Beat(kit, pattern(hat_open="X" + "." * 15, hat_closed="X" + "." * 15)).mix()[0]
    assert together[1000, 0] == pytest.approx(0.2), "on one step both sound"


def test_the_tail_sounds_on_or_goes_to_the_beginning(tmp_path: Path) -> None:
    long = click(tmp_path / "long.wav", frames=30_000, height=0.1)
    kit = Kit("k", (slot("kick", long), *click_kit(tmp_path).slots[1:]))
    last = pattern(kick="." * 15 + "X")
    whole, loop = Beat(kit, last), Beat(kit, last, BeatOptions(loop=True))
    start = round(15 * 0.125 * 44_100)
    assert len(whole.mix()[0]) == start + 30_000
    mix = loop.mix()[0]
    assert len(mix) == 88_200
    assert onsets(mix) == [*range(start + 30_000 - 88_200), *range(start, 88_200)]


def test_a_tail_at_the_beginning_of_a_loop_is_cut_off_as_anywhere(tmp_path: Path) -> None:
    long = click(tmp_path / "long.wav", frames=30_000, height=0.1)
    slots = [slot(role, long, choke=1 if role.startswith("hat") else 0) for role in ROLES]
    steps = {"hat_open": "." * 15 + "X", "hat_closed": ".X" + "." * 14}
    mix = Beat(Kit("k", tuple(slots)), pattern(**steps), BeatOptions(loop=True)).mix()[0][:, 0]
    step, fade = round(0.125 * 44_100), round(0.003 * 44_100)
    assert np.allclose(mix[:step], 0.1), "the open hat of the round before"
    assert np.allclose(
        mix[step + fade : 14 * step], np.where(np.arange(step + fade, 14 * step) < step + 30_000, 0.1, 0)
    )
    short = Pattern("p", tuple(Track(role, (1.0,) + (0.0,) * 15) for role in ROLES), bpm=400.0)
    free = Kit("k", tuple(slot(role, long) for role in ROLES))
    ringing = Beat(free, short, BeatOptions(loop=True)).mix()[0][:, 0]
    rounds = 30_000 / round(16 * 0.0375 * 44_100)
    assert rounds > 1
    assert np.isclose(ringing[0], 0.8) and np.isclose(ringing[-1], 0.4), "two rounds ring at its beginning"


@pytest.mark.parametrize("name", pattern_names())
def test_the_mix_is_never_clipped_and_is_the_sum_of_its_stems(tmp_path: Path, name: str) -> None:
    kit = drum_kit(tmp_path)
    loud = Kit("loud", tuple(replace(each, level_db=6.0) for each in kit.slots))
    beat = Beat(loud, named_pattern(name))
    mix, gains = beat.mix()
    assert 0.9 < np.abs(mix).max() <= 1.0
    stems = [samples for _, samples in beat.stems(gains)]
    assert all(np.abs(stem).max() <= 1.0 for stem in stems)
    assert np.abs(sum(stems) - mix).max() < 1e-5
    assert (np.abs(mix) >= 1.0).sum() < len(mix) / 100, "limited, not cut off"


@pytest.mark.parametrize("seed", range(5))
def test_the_gains_alone_hold_every_peak_within_full_scale(seed: int) -> None:
    peaks = np.random.default_rng(seed).exponential(0.4, 50_000).astype(np.float32)
    gains = peak_gains(peaks)
    assert (peaks * gains).max() <= 1.0 + 1e-6 and gains.max() <= 1.0
    assert (peak_gains(np.minimum(peaks, 1.0)) == 1.0).all(), "what is within full scale stays as it is"


def test_two_renders_are_equal(tmp_path: Path) -> None:
    kit = drum_kit(tmp_path)
    first, second = (Beat(kit, named_pattern("trap")).mix()[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_tracks_find_slots_by_name_then_class_then_likeness(tmp_path: Path) -> None:
    path = click(tmp_path / "a.wav")
    kit = Kit("k", tuple(slot(role, path) for role in ("Closed hat", "kick_2", "clap", "bd", "vox")))
    tracks = tuple(Track(name, (1.0,) * 16) for name in ("kick", "snare", "hat_closed", "cowbell", "vox"))
    parts, without = parts_of(kit, Pattern("p", tracks))
    assert {part.track.name: part.slot.role for part in parts} == {
        "kick": "kick_2", "snare": "clap", "hat_closed": "Closed hat", "vox": "vox"
    }  # fmt: skip
    assert without == ["cowbell"]
    both = tuple(Track(name, (1.0,) * 16) for name in ("snare", "clap", "rim", "kick"))
    parts, without = parts_of(kit, Pattern("p", both))
    assert [part.track.name for part in parts] == ["clap", "kick"], "a slot has one track"
    assert without == ["snare", "rim"]
    assert part_names(parts) == ["01-clap", "02-kick_2"]


def test_what_cannot_be_rendered_says_why(tmp_path: Path) -> None:
    kit = click_kit(tmp_path)
    other = Kit("k", tuple(replace(each, role=f"vox{at}") for at, each in enumerate(kit.slots)))
    with pytest.raises(KitError, match="plays no track"):
        Beat(other, named_pattern("trap"))
    with pytest.raises(PatternError, match="minutes long"):
        Beat(kit, named_pattern("trap").played(bpm=20.0), BeatOptions(bars=999))
    (tmp_path / "kick.wav").unlink()
    with pytest.raises(AudioError, match=r"kick\.wav"):
        Beat(kit, named_pattern("trap"))
