"""Where and how high a sound peaks is measured, and given to another sound by turning parts of it down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui_browser.model.decoder_shape import RATE
from tui_browser.model.peaks import Peak, give_peak, measure_peak

TIME = np.arange(RATE // 2) / RATE


def burst(*, rise_s: float, fall_s: float, spike: float = 0.0) -> NDArray[np.float64]:
    """Noise that rises and falls, with a spike at the first sample."""
    noise = np.random.default_rng(0).standard_normal(len(TIME))
    envelope = np.where(rise_s > TIME, TIME / max(rise_s, 1e-9), np.exp(-(TIME - rise_s) / fall_s))
    sound = np.asarray(noise * envelope)
    sound[0] += spike
    return sound


def test_a_spike_is_crest() -> None:
    plain, spiky = (measure_peak(burst(rise_s=0.0, fall_s=0.1, spike=s).astype(np.float32)) for s in (0.0, 30.0))
    assert 9.0 < plain.crest_db < 16.0
    assert spiky.crest_db > plain.crest_db + 10.0


def test_the_rise_is_found() -> None:
    assert measure_peak(burst(rise_s=0.08, fall_s=0.05).astype(np.float32)).rise_s == pytest.approx(0.08, abs=0.03)
    assert measure_peak(burst(rise_s=0.0, fall_s=0.01).astype(np.float32)).rise_s < 0.01


def test_a_spike_is_taken_down_to_what_is_asked() -> None:
    spiky = burst(rise_s=0.0, fall_s=0.1, spike=30.0)
    lowered = give_peak(spiky, Peak(crest_db=12.0, rise_s=0.004))
    assert measure_peak(lowered.astype(np.float32)).crest_db == pytest.approx(12.7, abs=1.0)


def test_a_sound_that_peaks_early_peaks_when_asked() -> None:
    early = burst(rise_s=0.0, fall_s=1.0)
    moved = give_peak(early, Peak(crest_db=30.0, rise_s=0.06))
    assert measure_peak(moved.astype(np.float32)).rise_s == pytest.approx(0.06, abs=0.005)
    assert np.abs(moved).max() <= np.abs(early).max() + 1e-9


def test_a_sound_keeps_its_own_peak() -> None:
    sound = burst(rise_s=0.02, fall_s=0.1)
    kept = give_peak(sound, measure_peak(sound.astype(np.float32)))
    assert np.sqrt(np.square(kept - sound).mean()) < 0.2 * np.sqrt(np.square(sound).mean())


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(3000), np.full(10, np.inf), np.full(10, np.nan)])
def test_nothing_has_no_peak(sound: NDArray[np.float64]) -> None:
    peak = measure_peak(sound.astype(np.float32))
    assert (peak.crest_db, peak.rise_s) == (0.0, 0.0)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 3000), crest_db=st.floats(-50, 60), rise=st.floats(-1, 3), seed=st.integers(0, 9))
def test_any_peak_leaves_a_sound(count: int, crest_db: float, rise: float, seed: int) -> None:
    sound = np.random.default_rng(seed).standard_normal(count)
    given_peak = give_peak(sound, Peak(crest_db, rise))
    assert len(given_peak) == count and np.isfinite(given_peak).all()
    assert np.abs(given_peak).max() <= np.abs(sound).max() + 1e-9
