"""Frames and their power spectra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.dsp.frames import powers, windows


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
    expected = np.square(np.abs(np.fft.rfft(windows(sound, size)[starts] * window.astype(np.float64), axis=1)))
    expected = expected[:, :bins]
    found = powers(sound, starts, window, bins=bins)
    assert found.shape == expected.shape and found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-4 * size)
    assert np.array_equal(sound, kept)


def test_a_sound_that_is_not_contiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        windows(np.zeros(100, dtype=np.float32)[::2], 8)
