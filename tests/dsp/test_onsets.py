"""Hits are found where they are, and one sound stays one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.loops import recording
from tests.support.sounds import RATE, one_shot
from tui_browser.dsp.onsets import Onsets, OnsetTracker, refine_onset
from tui_browser.records import FloatArray

KINDS = ("kick", "snare", "clap", "rim", "hat_closed", "tom", "cowbell")


def hits_of(sound: FloatArray, *, rate: int = RATE, block: int = 1 << 18) -> Onsets:
    tracker = OnsetTracker(rate)
    for first in range(0, len(sound), block):
        tracker.add(sound[first : first + block])
    return tracker.onsets()


def spread(seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(time) for time in np.cumsum(rng.uniform(1.0, 4.5, 6)) + rng.uniform(0, 0.5)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("noise_db", [-120.0, -50.0])
def test_six_hits_in_half_a_minute(seed: int, noise_db: float) -> None:
    times = spread(seed)
    sounds = [one_shot(KINDS[(seed + i) % len(KINDS)], 10 * seed + i) for i in range(6)]
    whole = recording(list(zip(times, sounds, strict=True)), seconds=30, noise_db=noise_db)
    found = hits_of(whole)
    assert len(found) == 6
    starts = [refine_onset(whole, RATE, guess=round(time * RATE)) / RATE for time in found.times_s]
    assert np.allclose(starts, times, atol=0.02)


def ring(seconds: float) -> FloatArray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (np.random.default_rng(3).standard_normal(len(t)) * np.exp(-1.2 * t)).astype(np.float32)


def one_sounds() -> dict[str, FloatArray]:
    """Long sounds that are one sound each."""
    t = np.arange(4 * RATE) / RATE
    noise = np.random.default_rng(1).standard_normal(len(t))
    chord = ((220, 0.0), (221.5, 1.0), (277, 2.0), (330, 3.0), (331, 4.0))
    pad = sum(np.sin(2 * np.pi * f * t + p) * (1 + 0.3 * np.sin(4.4 * t + p)) for f, p in chord)
    made = {
        "noise": 0.2 * noise,
        "brown noise": np.cumsum(noise) / 300,
        "pad": pad * np.minimum(1, t / 0.8),
        "riser": noise * 10 ** ((t / 4 * 50 - 50) / 20),
        "reverb tail": noise * np.exp(-1.5 * t),
        "shimmering cymbal": noise * np.exp(-1.2 * t) * (1 + 0.4 * np.sin(2 * np.pi * 3 * t)),
        "sweep": np.sin(2 * np.pi * 100 * np.exp(1.2 * t) / 1.2),
        "detuned squares": sum(np.sign(np.sin(2 * np.pi * f * t)) for f in (110, 110.7, 111.3, 55)),
        "hum": np.sin(2 * np.pi * 50 * t) + 0.001 * noise,
    }
    return {name: (sound / np.abs(sound).max()).astype(np.float32) for name, sound in made.items()}


@pytest.mark.parametrize("name", one_sounds())
def test_one_long_sound_is_one_hit(name: str) -> None:
    assert len(hits_of(one_sounds()[name])) <= 1


@pytest.mark.parametrize("seed", range(6))
def test_a_crash_is_one_hit(seed: int) -> None:
    assert len(hits_of(one_shot("cymbal", seed))) == 1


@settings(max_examples=10, deadline=None)
@given(gain_db=st.floats(-50, 20), block=st.integers(700, 200_000), lead=st.integers(0, 4000))
def test_gain_blocks_and_leading_silence_change_nothing(gain_db: float, block: int, lead: int) -> None:
    times = [0.2, 0.9, 1.3, 2.4]
    plain = recording([(time, one_shot("snare", i)) for i, time in enumerate(times)], seconds=3)
    other = np.concatenate((np.zeros(lead, np.float32), plain * np.float32(10 ** (gain_db / 20))))
    found = hits_of(other, block=block)
    assert np.allclose(found.times_s - lead / RATE, hits_of(plain).times_s, atol=0.011)


def test_a_long_file_is_judged_in_stretches_without_seams() -> None:
    rate = 8_000
    blip = np.random.default_rng(0).standard_normal(rate // 10).astype(np.float32) * np.linspace(1, 0, rate // 10) ** 3
    period = 1.7
    sound = np.zeros(700 * rate, dtype=np.float32)
    times = np.arange(0.5, 699, period)
    for time in times:
        at = round(time * rate)
        sound[at : at + len(blip)] += blip.astype(np.float32)
    found = hits_of(sound, rate=rate)
    assert len(found) == len(times) and np.allclose(found.times_s, times, atol=0.03)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000])
def test_other_rates_find_the_same_hits(rate: int) -> None:
    rng = np.random.default_rng(2)
    sound = np.zeros(3 * rate, dtype=np.float32)
    for time in (0.4, 1.1, 1.9):
        n = rate // 5
        sound[int(time * rate) :][:n] += (rng.standard_normal(n) * np.exp(-np.arange(n) / n * 8)).astype(np.float32)
    assert np.allclose(hits_of(sound, rate=rate).times_s, (0.4, 1.1, 1.9), atol=0.03)


def test_nothing_comes_of_nothing() -> None:
    assert len(hits_of(np.zeros(0, np.float32))) == 0
    assert len(hits_of(np.zeros(RATE, np.float32))) == 0


def test_the_strongest_stay_in_order() -> None:
    hits = Onsets(
        np.arange(4.0), np.array([[1, 1, 1], [9, 9, 9], [2, 2, 2], [5, 5, 5]], np.float32), np.zeros(4, np.float32)
    )
    assert hits.strongest(2).times_s.tolist() == [1.0, 3.0]
    assert hits.strongest(9) is hits
