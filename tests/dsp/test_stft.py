"""The spectrogram of imported models, against one computed apart, sample by sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tui_browser.dsp.front_end import read_front_end
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.dsp.stft import StftFrontEnd

FRONT_END = StftFrontEnd()
RATE = FRONT_END.sample_rate


def hit(seconds: float = 0.5) -> np.ndarray:
    t = np.arange(int(RATE * seconds)) / RATE
    noise = np.random.default_rng(0).standard_normal(len(t)) * np.exp(-t / 0.02)
    return (np.sin(2 * np.pi * 180 * t) * np.exp(-t / 0.1) + 0.5 * noise).astype(np.float32)


def slow_cells(sound: np.ndarray, *, hop: int, frames: int) -> np.ndarray:
    """(256, frames) complex cells by the definition of the Fourier transform, in double precision."""
    sound = np.asarray(sound, dtype=np.float64)[: min(16361, (frames - 1) * hop + 256)]
    padded = np.concatenate([np.zeros(256), sound / np.abs(sound).max(), np.zeros(64 * 512)])
    n = np.arange(512)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 512)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(256), n) / 512)
    return np.stack([waves @ (window * padded[t * hop : t * hop + 512]) for t in range(frames)], axis=1)


def assert_near(picture: np.ndarray, expected: np.ndarray) -> None:
    """Single precision has 140 dB: what lies far below the loudest cell is uncertain, and quiet in both."""
    loud = expected > expected.max() - 0.7
    assert picture[loud] == pytest.approx(expected[loud], abs=1e-3)
    assert picture[~loud].max(initial=0.0) < expected.max() - 0.65


@pytest.mark.parametrize("hop", [128, 256])
@pytest.mark.parametrize("reference", ["loudest", "one"])
def test_it_equals_the_definition(hop: int, reference: str) -> None:
    front_end = replace(FRONT_END, hop=hop, reference=reference)
    magnitude = np.abs(slow_cells(hit(), hop=hop, frames=64))
    if reference == "loudest":
        magnitude /= magnitude.max()
    expected = (20 * np.log10(np.maximum(magnitude, 1e-5)) + 100) / 100
    assert front_end.compute(hit()).shape == front_end.size == (256, 64)
    assert_near(front_end.compute(hit()), expected)


def test_phases_lie_below_the_magnitudes() -> None:
    front_end = replace(FRONT_END, phase=1)
    picture, cells = front_end.compute(hit()), slow_cells(hit(), hop=128, frames=64)
    loud = np.abs(cells) > 0.01
    assert picture.shape == (512, 64)
    assert picture[256:][loud] == pytest.approx((np.angle(cells) + 100)[loud] / 200, abs=1e-3)
    phases = front_end.phases(picture)
    assert phases is not None and np.exp(1j * phases[loud]) == pytest.approx(
        np.exp(1j * np.angle(cells[loud])), abs=5e-3
    )


def test_gain_changes_nothing_and_silence_is_zero() -> None:
    assert_near(FRONT_END.compute(hit() * np.float32(1e-4)), FRONT_END.compute(hit()))
    for silence in (np.zeros(1000, np.float32), np.zeros(0, np.float32)):
        assert not FRONT_END.compute(silence).any()


def test_short_and_long_sounds_have_one_size() -> None:
    for samples in (1, 100, 16361, 100_000):
        sound = np.random.default_rng(1).standard_normal(samples).astype(np.float32)
        picture = FRONT_END.compute(sound)
        assert (
            picture.shape == FRONT_END.size and np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 1
        )


def test_magnitudes_lead_back() -> None:
    expected = np.abs(slow_cells(hit(), hop=128, frames=64))
    assert FRONT_END.magnitudes(FRONT_END.compute(hit())) == pytest.approx(expected / expected.max(), abs=1e-5)


def test_numbers_survive_the_config() -> None:
    for front_end in (FRONT_END, replace(FRONT_END, hop=256, phase=1, reference="one"), DEFAULT_FRONT_END):
        assert read_front_end(dict(front_end.to_config())) == front_end


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"hop": 0}, "hop"),
        ({"hop": 12.5}, "hop"),
        ({"n_fft": 1 << 40}, "n_fft"),
        ({"frames": True}, "frames"),
        ({"samples": 10**12}, "samples"),
        ({"floor_db": float("nan")}, "floor_db"),
        ({"phase": 2}, "phase"),
        ({"reference": "loud"}, "reference"),
        ({"kind": "wavelet"}, "wavelet"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_absurd_numbers_are_refused(change: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_front_end({**FRONT_END.to_config(), **change})
