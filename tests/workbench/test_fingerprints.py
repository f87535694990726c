"""D2: fingerprints are what plain numpy gives, written from the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.support.sounds import one_shot
from tui_browser.dsp.trim import SILENCE
from tui_browser.records import FloatArray
from tui_browser.workbench.fingerprints import CQT_LOWEST_HZ, fingerprints

RATE, LENGTH = 48_000, 12_000


def clips(*kinds: str) -> FloatArray:
    """Clips of 250 ms with a peak of 1."""
    rows = []
    for seed, kind in enumerate(kinds):
        sound = one_shot(kind, seed)[:LENGTH]
        assert np.abs(sound).max() > SILENCE
        rows.append(np.pad(sound, (0, LENGTH - len(sound))) / np.abs(sound).max())
    return np.array(rows, dtype=np.float32)


def plain_stft(clip: FloatArray) -> np.ndarray:
    """The STFT fingerprint of one clip, in double precision, frame by frame."""
    padded = np.pad(clip.astype(np.float64), 512, mode="reflect")
    window = np.hanning(1024)
    columns = [np.abs(np.fft.rfft(padded[at : at + 1024] * window)) for at in range(0, len(clip) + 1, 256)]
    amplitude = np.array(columns).T  # (513, 47)
    rows = [amplitude[10 * row : 10 * row + 10].sum(axis=0) / 10 for row in range(52)]
    picture = np.array(rows)[:32, :32]
    picture -= picture.min()
    picture /= picture.max()
    return np.flipud(picture)


def plain_cqt(clip: FloatArray) -> np.ndarray:
    """The constant-Q fingerprint of one clip: a sum over a windowed tone for each band and frame."""
    quality = 1 / (2**0.25 - 1)
    picture = np.zeros((32, 32))
    for band in range(32):
        hz = CQT_LOWEST_HZ * 2 ** (band / 4)
        size = round(quality * RATE / hz)
        n = np.arange(size)
        kernel = np.hanning(size) * np.exp(-2j * np.pi * hz * n / RATE) / size
        padded = np.concatenate((np.zeros(size // 2), clip.astype(np.float64), np.zeros(size)))
        for frame in range(32):
            start = frame * LENGTH // 32
            picture[band, frame] = abs((padded[start : start + size] * kernel).sum())
    picture -= picture.min()
    picture /= picture.max()
    return np.flipud(picture)


def test_d2_stft_equals_the_plain_reference() -> None:
    sounds = clips("kick", "snare", "hat_closed", "cymbal", "tom")
    pictures = fingerprints(sounds, RATE)
    assert pictures.shape == (5, 32, 32) and pictures.dtype == np.float32
    for sound, picture in zip(sounds, pictures, strict=True):
        assert np.abs(picture - plain_stft(sound)).max() < 1e-5


def test_d2_cqt_equals_the_plain_reference() -> None:
    sounds = clips("kick", "snare", "hat_closed", "cowbell")
    pictures = fingerprints(sounds, RATE, kind="cqt")
    for sound, picture in zip(sounds, pictures, strict=True):
        assert np.abs(picture - plain_cqt(sound)).max() < 1e-5


def test_d2_low_sounds_are_at_the_bottom_and_time_runs_to_the_right() -> None:
    t = np.arange(LENGTH) / RATE
    late_low = (np.sin(2 * np.pi * 200 * t) * (t > 0.12)).astype(np.float32)[np.newaxis]
    high = np.sin(2 * np.pi * 6000 * t).astype(np.float32)[np.newaxis]
    for kind in ("stft", "cqt"):
        low_picture, high_picture = fingerprints(late_low, RATE, kind=kind)[0], fingerprints(high, RATE, kind=kind)[0]
        assert low_picture.sum(axis=1).argmax() > high_picture.sum(axis=1).argmax()
        assert low_picture[:, 20:].sum() > 5 * low_picture[:, :10].sum()


@pytest.mark.parametrize("kind", ["stft", "cqt"])
@pytest.mark.parametrize("length", [100, 480, 12_000, 30_000])
def test_d2_every_length_and_constant_sounds_give_finite_pictures(kind: str, length: int) -> None:
    rng = np.random.default_rng(1)
    rows = np.stack([np.zeros(length), np.ones(length), rng.uniform(-1, 1, length)]).astype(np.float32)
    pictures = fingerprints(rows, RATE, kind=kind)
    assert np.isfinite(pictures).all() and pictures.min() >= 0 and pictures.max() <= 1


@given(arrays(np.float32, (2, 3000), elements=st.floats(-1, 1, width=32)))
def test_d2_pictures_lie_between_0_and_1(rows: FloatArray) -> None:
    pictures = fingerprints(rows, 22_050)
    assert np.isfinite(pictures).all() and pictures.min() >= 0 and pictures.max() <= 1
