"""The onset is where a person hears the sound begin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_browser.dsp.trim import dc_offset, leading_silence

RATE = 44_100


def kick(*, seconds: float = 0.4) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.9 * np.cos(2 * np.pi * 55 * t) * np.exp(-t * 9)).astype(np.float32)


def after(silence: int, sound: np.ndarray) -> np.ndarray:
    return np.concatenate((np.zeros(silence, dtype=np.float32), sound))


@pytest.mark.parametrize("silence", [0, 1, 882, 44_100])
@pytest.mark.parametrize("gain", [1.0, 0.25, 0.01, 30.0])
def test_silence_before_a_hit_is_counted_to_the_sample(silence: int, gain: float) -> None:
    assert leading_silence(after(silence, kick()) * np.float32(gain), RATE) == silence


@pytest.mark.parametrize("offset", [0.3, -0.05, 0.004])
def test_a_constant_offset_is_no_sound(offset: float) -> None:
    assert leading_silence(after(2000, kick()) + np.float32(offset), RATE) == pytest.approx(2000, abs=2)
    assert leading_silence(np.full(5000, offset, dtype=np.float32), RATE) == 5000


def test_hiss_before_the_hit_is_no_sound() -> None:
    hiss = np.random.default_rng(3).standard_normal(RATE).astype(np.float32) * np.float32(0.0045)
    sound = hiss + after(RATE // 2, kick(seconds=0.5))
    assert leading_silence(sound, RATE) == pytest.approx(RATE // 2, abs=5)
    assert leading_silence(after(882, sound), RATE) == pytest.approx(882 + RATE // 2, abs=5)


def test_a_soft_hit_before_a_loud_one_is_kept() -> None:
    loud = after(RATE // 4, kick())
    loud[1000:3000] += 0.05 * np.random.default_rng(1).standard_normal(2000).astype(np.float32)
    assert leading_silence(loud, RATE) == pytest.approx(1000, abs=20)


def test_a_slow_swell_is_not_cut_off() -> None:
    t = np.arange(RATE) / RATE
    assert leading_silence((t * np.sin(2 * np.pi * 220 * t)).astype(np.float32), RATE) < 0.02 * RATE


def test_a_square_wave_begins_at_once_and_has_no_offset() -> None:
    square = np.sign(np.sin(2 * np.pi * 110 * (np.arange(8000) + 0.5) / RATE)).astype(np.float32)
    assert leading_silence(square, RATE) == 0
    assert abs(dc_offset(square)) < 0.05


def test_nothing_at_all() -> None:
    assert leading_silence(np.zeros(0, dtype=np.float32), RATE) == 0
    assert leading_silence(np.zeros(100, dtype=np.float32), RATE) == 100
    assert dc_offset(np.zeros(0, dtype=np.float32)) == 0.0


@settings(max_examples=150, deadline=None)
@given(
    arrays(np.float32, st.integers(0, 300), elements=st.floats(-2, 2, width=32)),
    st.sampled_from([8_000, 44_100, 384_000]),
)
def test_the_onset_lies_within_the_sound_and_gain_leaves_it(sound: np.ndarray, rate: int) -> None:
    onset = leading_silence(sound, rate)
    assert 0 <= onset <= len(sound)
    if len(sound) and np.abs(sound).max() > 0.1 and onset < len(sound):
        assert leading_silence(sound * np.float32(2.0), rate) <= onset + 1
