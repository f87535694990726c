"""Numbers that a person would agree with."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_browser.dsp.descriptors import QUIETEST_DB, describe, loudness_db
from tui_browser.records import Descriptors

RATE = 44_100


def tone(hz: float, *, seconds: float = 0.5, rate: int = RATE, decay: float = 0.0) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hz * t) * np.exp(-t * decay)).astype(np.float32)


def noise(*, seconds: float = 0.5, decay: float = 0.0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * np.random.default_rng(0).standard_normal(len(t)) * np.exp(-t * decay)).astype(np.float32)


def of(sound: np.ndarray, *, rate: int = RATE, onset: int = 0) -> Descriptors:
    return describe(sound, rate, onset=onset)


@pytest.mark.parametrize("hz", [45.0, 110.0, 440.0, 1000.0, 2500.0])
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 192_000])
def test_a_tone_has_its_pitch_and_brightness_and_no_noise(hz: float, rate: int) -> None:
    hz = min(hz, rate / 8)
    seen = of(tone(hz, rate=rate), rate=rate)
    assert seen.pitch_hz == pytest.approx(hz, rel=0.01)
    assert seen.brightness_hz == pytest.approx(hz, abs=25)
    assert seen.noisiness < 0.05
    assert seen.loudness_db == pytest.approx(-9.03, abs=0.4)


def test_a_decaying_drum_keeps_its_pitch() -> None:
    assert of(tone(60.0, decay=10.0)).pitch_hz == pytest.approx(60.0, rel=0.03)


@pytest.mark.parametrize("decay", [0.0, 20.0])
def test_noise_has_no_pitch(decay: float) -> None:
    seen = of(noise(decay=decay))
    assert math.isnan(seen.pitch_hz)
    assert seen.noisiness > 0.85
    assert seen.brightness_hz == pytest.approx(RATE / 4, rel=0.1)
    assert seen.attack_s < 0.03


def test_the_attack_is_from_a_tenth_to_nine_tenths() -> None:
    t = np.arange(RATE) / RATE
    swell = (np.minimum(t / 0.4, 1.0) * np.sin(2 * np.pi * 500 * t)).astype(np.float32)
    assert of(swell).attack_s == pytest.approx(0.32, abs=0.02)
    assert of(tone(500.0, decay=8.0)).attack_s < 0.005


def test_loudness_is_that_of_the_loudest_fifty_milliseconds() -> None:
    sound = np.zeros(RATE, dtype=np.float32)
    sound[20_000 : 20_000 + 2205] = np.where(np.arange(2205) % 2, 0.5, -0.5)
    assert loudness_db(sound, RATE) == pytest.approx(20 * math.log10(0.5), abs=0.06)
    half = np.where(np.arange(1000) % 2, 0.1, -0.1).astype(np.float32)  # shorter than the window
    assert loudness_db(half, RATE) == pytest.approx(-20.0, abs=0.01)
    at_end = np.concatenate((np.zeros(RATE, dtype=np.float32), sound[20_000 : 20_000 + 2205]))
    assert loudness_db(at_end, RATE) == pytest.approx(20 * math.log10(0.5), abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.floats(-40, 60))
def test_gain_moves_loudness_and_nothing_else(gain_db: float) -> None:
    sound = tone(300.0, decay=6.0) + np.float32(0.05) * noise()
    plain, louder = of(sound), of(sound * np.float32(10 ** (gain_db / 20)))
    assert louder.loudness_db - plain.loudness_db == pytest.approx(gain_db, abs=0.01)
    assert astuple(louder)[:5] == pytest.approx(astuple(plain)[:5], rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 5000))
def test_silence_before_the_onset_moves_nothing_but_the_length(silence: int) -> None:
    sound = tone(300.0, decay=6.0)
    late = np.concatenate((np.zeros(silence, dtype=np.float32), sound))
    plain, seen = of(sound), of(late, onset=silence)
    assert seen.duration_s == pytest.approx(plain.duration_s + silence / RATE)
    assert astuple(seen)[1:5] == pytest.approx(astuple(plain)[1:5], rel=0.02, abs=1e-4)
    assert seen.loudness_db == pytest.approx(plain.loudness_db, abs=0.06)


@pytest.mark.parametrize("value", [0.0, 0.4])
def test_silence_and_offset_have_a_length_and_a_loudness_only(value: float) -> None:
    seen = of(np.full(5000, value, dtype=np.float32), onset=5000)
    assert (seen.duration_s, seen.loudness_db) == (5000 / RATE, QUIETEST_DB)
    assert all(math.isnan(number) for number in astuple(seen)[1:5])


@settings(max_examples=150, deadline=None)
@given(
    arrays(np.float32, st.integers(0, 400), elements=st.floats(-(2.0**100), 2.0**100, width=32)),
    st.sampled_from([8_000, 44_100, 384_000]),
)
def test_any_finite_sound_has_a_length_and_a_loudness(sound: np.ndarray, rate: int) -> None:
    seen = of(sound, rate=rate)
    assert seen.duration_s == len(sound) / rate
    assert seen.loudness_db >= QUIETEST_DB
    assert math.isnan(seen.noisiness) or 0.0 <= seen.noisiness <= 1.0
    assert math.isnan(seen.brightness_hz) or 0.0 <= seen.brightness_hz <= rate / 2
    assert math.isnan(seen.attack_s) or 0.0 <= seen.attack_s <= seen.duration_s + 0.003
