"""Features as other programs read them: seven blurs, exact times, ranges from 0 to 1, and odd sounds."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sounds import one_shot
from tui_browser.records import FloatArray
from tui_browser.training.visualiser.songs import make_song
from tui_browser.visualiser.features import BLURS, blurred, features_of, frame_at, to_unit_range
from tui_browser.visualiser.motion_model import FEATURES, MotionModel, load_motion_model
from tui_browser.visualiser.spectra import BINS, RATE, WINDOW, centres, frame_count, levels, padded, spectra


@pytest.fixture(scope="module")
def model() -> MotionModel:
    return load_motion_model()


@pytest.fixture(scope="module")
def song() -> FloatArray:
    return make_song(7, seconds=12)


def test_e1_every_blur_has_ten_features_a_frame_in_four_digits(model: MotionModel, song: FloatArray) -> None:
    features = features_of(song, model)
    assert tuple(features.tracks) == BLURS == (1, 10, 50, 100, 300, 1000, 3000)
    for track in features.tracks.values():
        assert track.shape == (frame_count(len(song)), FEATURES)
    for blur in (1, 10, 50, 100, 300):
        track = features.tracks[blur]
        assert (track.min(0) == 0).all() and (track.max(0) == 10_000).all(), "each reaches both ends of its range"
    assert (features.tracks[3000] == 5_000).all(), "a mean over more than the sound is constant"
    assert len(features.level) == features.frames
    assert features.at(10, 1) == pytest.approx(features.tracks[1][10] / 10_000)


def test_e1_half_a_second_becomes_the_unique_bins_of_its_magnitudes() -> None:
    tone = np.sin(2 * np.pi * 441 * np.arange(RATE) / RATE).astype(np.float32)
    sound = padded(tone)
    row = spectra(sound, np.array([RATE // 2]))[0]
    assert (WINDOW, BINS, row.shape) == (11_025, 5_513, (5_513,))
    expected = np.log1p(4 * np.abs(np.fft.rfft(sound[RATE // 2 : RATE // 2 + WINDOW])))
    assert row == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert abs(int(row.argmax()) * RATE / WINDOW - 441) <= 2


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(3 * RATE), np.zeros(1), np.full(RATE, 0.3), np.full(RATE, np.nan), np.full(500, np.inf),
        np.eye(1, RATE)[0], np.zeros(0),
    ],
    ids=["silence", "one sample", "direct current", "not numbers", "infinite", "a click", "nothing"],
)  # fmt: skip
def test_e1_odd_sounds_give_numbers_within_the_range(model: MotionModel, sound: FloatArray) -> None:
    features = features_of(sound.astype(np.float32), model)
    assert features.frames == frame_count(len(sound))
    for track in features.tracks.values():
        assert len(track) == features.frames and track.max(initial=0) <= 10_000
    assert np.isfinite(features.level).all()


def test_e1_the_tail_is_the_sound_followed_by_silence(model: MotionModel, song: FloatArray) -> None:
    cut = song[: 5 * RATE]
    longer = np.concatenate([cut, np.zeros(RATE, dtype=np.float32)])
    rows = [model.encode(spectra(padded(sound), centres(0, frame_count(len(cut))))) for sound in (cut, longer)]
    assert rows[0] == pytest.approx(rows[1], abs=1e-3)


def test_e1_the_level_on_disk_does_not_matter(model: MotionModel, song: FloatArray) -> None:
    loud, quiet = features_of(song, model), features_of(song * np.float32(0.02), model)
    assert np.abs(loud.tracks[1].astype(int) - quiet.tracks[1].astype(int)).max() <= 20
    assert loud.level == pytest.approx(quiet.level, abs=1e-3)


def test_e1_threads_change_nothing(model: MotionModel, song: FloatArray) -> None:
    one, two = features_of(song, model), features_of(song, model, threads=2)
    assert all(np.abs(one.tracks[blur].astype(int) - two.tracks[blur].astype(int)).max() <= 1 for blur in BLURS)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3_000))
def test_e1_every_length_has_its_frames(model: MotionModel, length: int) -> None:
    features = features_of(np.ones(length, dtype=np.float32), model)
    assert features.frames == frame_count(length) == len(features.tracks[1])


@pytest.mark.parametrize("blur", BLURS)
def test_e2_a_blur_is_the_centred_mean(blur: int) -> None:
    values = np.random.default_rng(1).normal(size=(700, 3)).astype(np.float32)
    smooth = blurred(values, blur)
    for row in (0, 1, 250, 350, 698, 699):
        window = values[max(0, row - blur // 2) : row + (blur + 1) // 2]
        assert smooth[row] == pytest.approx(window.mean(axis=0), abs=1e-4)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 400), st.sampled_from(BLURS), st.integers(0, 9))
def test_e2_a_mean_stays_within_what_it_is_of(length: int, blur: int, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(-3, 5, (length, 2)).astype(np.float32)
    smooth = blurred(values, blur)
    assert smooth.shape == values.shape
    assert (smooth.min(0) >= values.min(0) - 1e-3).all() and (smooth.max(0) <= values.max(0) + 1e-3).all()
    unit = to_unit_range(smooth)
    assert np.isfinite(unit).all() and unit.min() >= 0 and unit.max() <= 1


def test_e3_frames_keep_time_for_hours() -> None:
    frames = np.array([0, 1, 59, 60, 10_800, 36_000, 432_000])
    middles = np.array([centres(frame, frame + 1)[0] for frame in frames])
    assert np.abs(middles / RATE - frames / 60).max() <= 0.5 / RATE + 1e-9
    assert (frame_at(600.0), frame_at(0.0), frame_at(0.009)) == (36_000, 0, 1)
    assert frame_count(RATE) == 60 and frame_count(RATE + 1) == 61 and frame_count(1) == 1 and frame_count(0) == 0


def test_e3_a_hit_moves_the_frames_around_it(model: MotionModel) -> None:
    sound = np.zeros(3 * RATE, dtype=np.float32)
    hit = one_shot("snare", 3)[:2000]
    sound[2 * RATE : 2 * RATE + len(hit)] = hit
    level = levels(sound)
    assert abs(int(level.argmax()) - 120) <= 2
    moved = np.abs(np.diff(features_of(sound, model).tracks[1].astype(int), axis=0)).sum(axis=1)
    assert moved[:104].max() < moved[104:140].max(), "nothing moves more than a quarter of a second before the hit"


def test_e7_three_minutes_take_less_than_a_minute(model: MotionModel, song: FloatArray) -> None:
    began = time.process_time()
    features_of(song, model)
    seconds = time.process_time() - began
    assert seconds * 180 / (len(song) / RATE) < 60
