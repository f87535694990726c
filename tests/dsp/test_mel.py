"""The front end: level plays no part, time and pitch stand where they should, nothing is ever NaN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.dsp.mel import DEFAULT_FRONT_END, MelFrontEnd, log_mel

RATE = DEFAULT_FRONT_END.sample_rate


def picture(sound: np.ndarray) -> np.ndarray:
    return log_mel(np.asarray(sound, dtype=np.float32), front_end=DEFAULT_FRONT_END)


def hit(seed: int = 0, seconds: float = 0.4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(int(RATE * seconds)) / RATE
    noise = rng.standard_normal(len(t)) * np.exp(-t / 0.02)
    return (np.sin(2 * np.pi * 180 * t) * np.exp(-t / 0.1) + 0.5 * noise).astype(np.float32)


def tone(hz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32)


def test_shape_and_range() -> None:
    found = picture(hit())
    assert found.shape == (DEFAULT_FRONT_END.n_mels, DEFAULT_FRONT_END.frames)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert found.min() >= 0.0
    assert found.max() == pytest.approx(1.0)


@pytest.mark.parametrize("gain_db", [-60.0, -12.0, 12.0, 40.0])
def test_gain_moves_nothing(gain_db: float) -> None:
    sound = hit()
    assert np.abs(picture(sound * np.float32(10 ** (gain_db / 20))) - picture(sound)).max() < 1e-5


def test_same_sound_same_picture() -> None:
    assert np.array_equal(picture(hit(3)), picture(hit(3)))


def test_silence_is_a_picture_of_zeros() -> None:
    for sound in (np.zeros(0), np.zeros(10), np.zeros(RATE)):
        assert not picture(sound).any()


def test_what_lies_beyond_the_window_does_not_count() -> None:
    sound = np.concatenate([hit(1), np.zeros(2 * RATE, dtype=np.float32)])
    loud_end = sound.copy()
    loud_end[int(RATE * DEFAULT_FRONT_END.window_s) + 64 :] = 1.0
    assert np.array_equal(picture(sound), picture(loud_end))
    assert np.array_equal(picture(hit(1)), picture(sound)) or np.abs(picture(hit(1)) - picture(sound)).max() < 0.02


@pytest.mark.parametrize("hz", [45.0, 60.0, 90.0, 200.0, 440.0, 790.0, 810.0, 2000.0, 9000.0])
def test_a_tone_lies_in_its_band(hz: float) -> None:
    low, high = (
        np.log1p(DEFAULT_FRONT_END.f_min / DEFAULT_FRONT_END.corner_hz),
        np.log1p(DEFAULT_FRONT_END.f_max / DEFAULT_FRONT_END.corner_hz),
    )
    wanted = (np.log1p(hz / DEFAULT_FRONT_END.corner_hz) - low) / (high - low) * (DEFAULT_FRONT_END.n_mels + 1) - 1
    loudest = int(picture(tone(hz))[:, 30].argmax())
    assert abs(loudest - wanted) <= 1.5


def test_bands_agree_where_the_windows_change() -> None:
    noise = np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    levels = np.mean([picture(noise[i:])[:, 5:55] for i in range(0, RATE // 2, 1000)], axis=0)
    by_band, by_frame = levels.mean(axis=1), levels.mean(axis=0)
    assert np.abs(np.diff(by_band)).max() < 0.05  # under 4 dB from band to band of white noise
    assert np.ptp(by_frame) < 0.03


def test_a_clap_shows_its_bursts() -> None:
    rng = np.random.default_rng(0)
    sound = np.zeros(RATE // 2, dtype=np.float32)
    for burst in range(3):
        start = int(RATE * 0.02 * burst)
        length = int(RATE * 0.004)
        sound[start : start + length] += rng.standard_normal(length).astype(np.float32)
    envelope = picture(sound)[60:90].mean(axis=0)
    times = DEFAULT_FRONT_END.positions / RATE
    at = [envelope[np.argmin(np.abs(times - t))] for t in (0.002, 0.013, 0.022, 0.033, 0.042)]
    assert at[1] < at[0] - 0.1 and at[1] < at[2] - 0.1 and at[3] < at[2] - 0.1 and at[3] < at[4] - 0.1


@given(st.lists(st.floats(-1e6, 1e6, width=32), max_size=3000), st.sampled_from([1e-30, 1e-6, 1.0]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_never_nan(values: list[float], scale: float) -> None:
    found = picture(np.array(values, dtype=np.float32) * np.float32(scale))
    assert np.isfinite(found).all()
    assert found.min() >= 0.0 and found.max() <= 1.0 + 1e-6


def test_numbers_survive_the_config() -> None:
    assert MelFrontEnd.from_config(DEFAULT_FRONT_END.to_config()) == DEFAULT_FRONT_END


@pytest.mark.parametrize(
    "change",
    [
        {"hop": 0},
        {"hop": 12.5},
        {"n_fft": 1 << 20},
        {"n_mels": True},
        {"n_mels": 10**9},
        {"frames": "64"},
        {"f_max": float("nan")},
        {"f_max": 20000.0},
        {"floor_db": 3.0},
        {"unknown": 1},
    ],
)
def test_absurd_numbers_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        MelFrontEnd.from_config({**DEFAULT_FRONT_END.to_config(), **change})


def test_a_missing_number_is_named() -> None:
    numbers = DEFAULT_FRONT_END.to_config()
    del numbers["hop"]
    with pytest.raises(ValueError, match="hop"):
        MelFrontEnd.from_config(numbers)


def test_other_sizes_work() -> None:
    small = replace(DEFAULT_FRONT_END, n_mels=40, frames=20, stretch=0.0, attack_frames=0)
    assert log_mel(hit(), front_end=small).shape == (40, 20)
    all_early = replace(DEFAULT_FRONT_END, attack_frames=DEFAULT_FRONT_END.frames)
    assert np.isfinite(log_mel(hit(), front_end=all_early)).all()
