"""All kinds of sounds come out equally loud, and none is clipped."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.audio.loudness import CEILING_DB, TARGET_DB, Loudness, loudest_rms_db, measure_loudness
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.limiter import Limiter
from tui_browser.playback.memory_voice import GrowingVoice
from tui_browser.playback.mixer import Voice
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions
from tui_browser.records import DRUM_CLASSES
from tui_browser.synth.render import render

RATE = 48_000


def drained(voice: Voice) -> np.ndarray:
    parts = []
    while not voice.ended:
        if isinstance(voice, StreamVoice | GrowingVoice):
            voice.feed()
        parts.append(voice.read(4800).copy())
    voice.close()
    return np.concatenate(parts)


def bs1770(samples: np.ndarray) -> float:
    """LUFS of (n,) at 48 kHz, heard from both sides, by the recommendation's own filters, sample by sample: slow."""
    for b, a in (
        ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
        ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
    ):
        out, x, y = [], [0.0, 0.0], [0.0, 0.0]
        for now in samples.tolist():
            new = b[0] * now + b[1] * x[0] + b[2] * x[1] - a[1] * y[0] - a[2] * y[1]
            x, y = [now, x[0]], [new, y[0]]
            out.append(new)
        samples = np.array(out)
    hop, block = 4800, 19_200
    power = np.array([2 * (samples[at : at + block] ** 2).mean() for at in range(0, len(samples) - block + 1, hop)])
    power = power[-0.691 + 10 * np.log10(power + 1e-20) > -70]
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))


def a_loop(seed: int, seconds: float, gain: float) -> np.ndarray:
    """Hits of several kinds in a bar that comes again."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE) + RATE, dtype=np.float32)
    for beat in np.arange(0, seconds, 0.25):
        hit = np.asarray(render(str(rng.choice(list(DRUM_CLASSES)[:6])), rng, rate=RATE)).reshape(-1)[:RATE]
        at = round(beat * RATE)
        out[at : at + len(hit)] += hit * 0.5
    out = out[: round(seconds * RATE)]
    return np.asarray(out / np.abs(out).max() * gain)


def test_the_measure_is_that_of_the_recommendation() -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(3 * RATE) / RATE).astype(np.float32)
    heard = np.stack((tone, np.zeros_like(tone)), axis=1)
    assert measure_loudness(heard, RATE).loudness_db == pytest.approx(-3.01, abs=0.05), (
        "the tone that calibrates meters"
    )
    loop = a_loop(1, 2.5, 0.5)
    heard = np.repeat(loop[:, None], 2, axis=1)
    assert measure_loudness(heard, RATE).loudness_db == pytest.approx(bs1770(loop), abs=0.2)


def test_one_shots_of_all_kinds_come_out_equally_loud(tmp_path: Path) -> None:
    voices, rng = VoiceFactory(RATE, LevelCache()), np.random.default_rng(3)
    for number, kind in enumerate(kind for kind in DRUM_CLASSES for _ in range(3)):
        sound = np.asarray(render(kind, rng)).reshape(-1) * 10 ** (rng.uniform(-30, 0) / 20)
        path = tmp_path / f"{number}.wav"
        sf.write(path, sound[: 44_100 * 2 - 1], 44_100, subtype="FLOAT")
        out = drained(voices.open(os.fsencode(path), VoiceOptions(level=True)))
        power = np.convolve((out.astype(np.float64) ** 2).mean(axis=1), np.ones(2400) / 2400, "valid")
        assert 10 * np.log10(power.max()) == pytest.approx(TARGET_DB, abs=1), kind
        assert np.abs(out).max() <= 1


@pytest.mark.parametrize("seconds", [2.5, 8.0])
def test_loops_come_out_as_loud(tmp_path: Path, seconds: float) -> None:
    for seed, gain in ((1, 0.9), (2, 0.05)):
        path = tmp_path / f"{seed}.wav"
        sf.write(path, a_loop(seed, seconds, gain), RATE, subtype="FLOAT")
        voices, options = VoiceFactory(RATE, LevelCache()), VoiceOptions(level=True)
        first = voices.open(os.fsencode(path), options)
        if isinstance(first, StreamVoice):  # opened before anybody had time to hear it all
            start = first.read(100)
            voices.refine(first, os.fsencode(path), options)
            assert np.abs(start).max() < 1
        for voice in (first, voices.open(os.fsencode(path), options)):
            level = measure_loudness(drained(voice), RATE)
            assert level.loudness_db == pytest.approx(TARGET_DB, abs=1)
            assert level.peak <= 1


def test_switched_off_nothing_is_changed(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).uniform(-0.2, 0.2, (6000, 2)).astype(np.float32)
    sf.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    voices, path = VoiceFactory(RATE, LevelCache()), os.fsencode(tmp_path / "a.wav")
    levelled = drained(voices.open(path, VoiceOptions(level=True)))
    assert not np.array_equal(levelled, sound)
    assert np.array_equal(drained(voices.open(path)), sound)


@given(st.floats(-200, 60), st.floats(0, 1000))
def test_a_gain_never_lifts_a_peak_over_the_ceiling(loudness_db: float, peak: float) -> None:
    gain_db = Loudness(loudness_db, peak).gain_db
    assert np.isfinite(gain_db)
    if gain_db:
        assert peak * 10 ** (gain_db / 20) <= 10 ** (CEILING_DB / 20) * 1.0001


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.5, 3.0])
def test_silence_and_an_offset_are_left_alone(seconds: float) -> None:
    frames = round(seconds * RATE)
    for value in (0.0, 0.7):
        still = np.full((frames, 2), value, dtype=np.float32)
        assert measure_loudness(still, RATE).gain_db == 0
    assert loudest_rms_db(np.zeros((0, 2), np.float32), RATE) == -np.inf


@given(st.integers(0, 1000), st.sampled_from([1, 2]), st.floats(0.001, 0.6), st.sampled_from([0.0, 0.001, 0.3]))
def test_the_loudest_moment_is_found_wherever_it_is(seed: int, channels: int, seconds: float, offset: float) -> None:
    rng = np.random.default_rng(seed)
    frames, width = max(1, round(seconds * RATE)), RATE // 20
    swell = np.interp(np.arange(frames), np.linspace(0, frames, 12), rng.uniform(0, 0.5, 12) ** 2)
    sound = (rng.standard_normal((frames, channels)) * swell[:, None] + offset).astype(np.float32)
    power = np.square(sound - sound.mean(axis=0, dtype=np.float64)).mean(axis=1)
    sums = np.concatenate(([0.0], np.cumsum(power)))
    width = min(frames, width)
    true_db = 10 * np.log10(max((sums[width:] - sums[:-width]).max() / width, 1e-30))
    if true_db > -100:
        assert loudest_rms_db(sound, RATE) == pytest.approx(true_db, abs=0.1)


@given(st.integers(0, 1000), st.floats(0.1, 8), st.lists(st.integers(1, 900), min_size=1, max_size=8))
def test_the_limiter_keeps_all_in_range_and_touches_nothing_else(seed: int, loud: float, blocks: list[int]) -> None:
    rng, limiter = np.random.default_rng(seed), Limiter()
    for frames in blocks:
        block = rng.uniform(-loud, loud, (frames, 2)).astype(np.float32)
        out = limiter.limit(block.copy())
        assert np.abs(out).max() <= 1
        if loud <= 1:
            assert np.array_equal(out, block)


def test_the_limiter_bends_no_wave() -> None:
    limiter = Limiter()
    time_s = np.arange(RATE) / RATE
    tone = np.repeat((2.5 * np.sin(2 * np.pi * 440 * time_s))[:, None], 2, axis=1).astype(np.float32)
    out = np.concatenate([limiter.limit(block.copy()) for block in np.split(tone, 100)])[RATE // 2 :, 0]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    main = spectrum[210:231].max()
    spectrum[200:241] = 0
    assert 20 * np.log10(spectrum.max() / main) < -30, "clipped, its harmonics would be at -12 dB"
