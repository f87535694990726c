"""Tempo and pattern belong to the rhythm, not to the sounds, the tempo or the number of bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dsp.test_onsets import hits_of
from tests.support.loops import RHYTHMS, drum_kit, drum_loop
from tests.support.sounds import RATE
from tui_browser.dsp.rhythm import SIZE, Rhythm, estimate_rhythm
from tui_browser.records import FloatArray


def heard(sound: FloatArray) -> Rhythm | None:
    found = hits_of(sound)
    return estimate_rhythm(found.times_s, found.rises, length_s=len(sound) / RATE)


@pytest.mark.parametrize("name", RHYTHMS)
@pytest.mark.parametrize(("bpm", "bars"), [(85.0, 2), (93.0, 4), (120.0, 1), (128.0, 4), (140.0, 2)])
def test_the_tempo_of_a_loop(name: str, bpm: float, bars: int) -> None:
    found = heard(drum_loop(name, drum_kit(round(bpm)), bpm=bpm, bars=bars))
    assert found is not None
    assert found.bpm == pytest.approx(bpm, rel=0.01)
    assert found.pattern.shape == (SIZE,) and np.linalg.norm(found.pattern) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("bpm", [66.0, 70.0, 74.0, 78.0, 82.0, 166.0, 170.0, 174.0, 178.0])
def test_slow_and_fast_loops_are_not_taken_for_twice_or_half(bpm: float) -> None:
    loops = [
        drum_loop(name, drum_kit(seed), bpm=bpm, bars=bars)
        for name, seed, bars in (("four", 1, 1), ("four", 2, 4), ("break", 1, 2), ("break", 1, 4), ("break", 3, 2))
    ]
    found = [heard(loop) for loop in loops]
    right = [one is not None and abs(one.bpm / bpm - 1.0) < 0.01 for one in found]
    assert sum(right) >= 3


def test_a_rhythm_is_known_again_at_another_tempo_and_on_other_sounds() -> None:
    made = {
        (name, seed): heard(drum_loop(name, drum_kit(seed), bpm=bpm))
        for name in RHYTHMS
        for seed, bpm in ((1, 100.0), (2, 126.0), (3, 90.0), (4, 140.0))
    }
    patterns = {which: found.pattern for which, found in made.items() if found is not None}
    assert len(patterns) == len(made)
    right = 0
    for which, pattern in patterns.items():
        others = {other: float(pattern @ patterns[other]) for other in patterns if other != which}
        right += max(others, key=others.__getitem__)[0] == which[0]
    assert right >= 0.8 * len(patterns)


@pytest.mark.parametrize("seed", range(5))
def test_hits_at_random_have_no_tempo(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0, 30, 6))
    assert estimate_rhythm(times, np.full((6, 3), 10, np.float32), length_s=30) is None


def test_a_recording_of_a_beat_need_be_no_loop() -> None:
    times = np.asarray(0.731 + np.arange(40) * 0.5, dtype=np.float64)
    found = estimate_rhythm(times, np.full((40, 3), 12, np.float32), length_s=21.9)
    assert found is not None and found.bpm == pytest.approx(120, rel=0.005)


@settings(max_examples=60, deadline=None)
@given(
    times=st.lists(st.floats(0, 90), max_size=40, unique=True),
    seed=st.integers(0, 9),
    tail=st.floats(0.01, 5),
)
def test_whatever_the_hits_are_the_numbers_are_sane(times: list[float], seed: int, tail: float) -> None:
    at = np.sort(np.array(times, dtype=np.float64))
    rises = np.random.default_rng(seed).uniform(0, 24, (len(at), 3)).astype(np.float32)
    found = estimate_rhythm(at, rises, length_s=float(at[-1]) + tail if len(at) else tail)
    if found is not None:
        assert 55 <= found.bpm <= 201 and np.isfinite(found.pattern).all()
        assert np.linalg.norm(found.pattern) == pytest.approx(1.0, abs=1e-4)
