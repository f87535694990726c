"""Frames and their power spectra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.dsp.frames import band_powers, power_spectra, sliding_windows, spectra


@given(
    size=st.sampled_from([64, 256, 1024]),
    count=st.integers(0, 300),
    bins=st.one_of(st.none(), st.integers(1, 600)),
    seed=st.integers(0, 99),
)
def test_powers_are_those_of_a_plain_transform(size: int, count: int, bins: int | None, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(5000).astype(np.float32)
    kept = sound.copy()
    window = np.hanning(size).astype(np.float32)
    starts = np.sort(rng.integers(0, len(sound) - size + 1, count))
    expected = np.square(np.abs(np.fft.rfft(sliding_windows(sound, size)[starts] * window.astype(np.float64), axis=1)))
    expected = expected[:, :bins]
    found = power_spectra(sound, starts, window, bins=bins)
    assert found.shape == expected.shape and found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-4 * size)
    assert np.array_equal(sound, kept)


@given(count=st.integers(0, 60), seed=st.integers(0, 99))
def test_bands_are_sums_of_powers(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound, window = rng.standard_normal(5000).astype(np.float32), np.hanning(512).astype(np.float32)
    starts, edges = np.sort(rng.integers(0, len(sound) - 512 + 1, count)), np.array([1, 2, 9, 100])
    power = power_spectra(sound, starts, window)
    expected = np.stack([part.sum(axis=1) for part in np.split(power, edges, axis=1)[1:]], axis=1)
    assert np.allclose(band_powers(sound, starts, window, edges), expected, rtol=1e-4)


@pytest.mark.parametrize("size", [512, 1024, 4096, 4410, 1920])
def test_single_precision_is_enough_for_what_lies_80_db_below_the_rest(size: int) -> None:
    loud = np.sin(2 * np.pi * 37.0 * np.arange(size) / size)
    quiet = 1e-4 * np.cos(2 * np.pi * 101.0 * np.arange(size) / size)
    lines = spectra((loud + quiet).astype(np.float32)[None])
    assert lines.dtype == np.complex64
    assert abs(lines[0, 101]) == pytest.approx(0.5e-4, rel=5e-3)


def test_a_sound_that_is_not_contiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        sliding_windows(np.zeros(100, dtype=np.float32)[::2], 8)
