"""Loops at the project's tempo and in its key: what the recorder heard from a real player."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tests.playback.test_player import RATE, Watched, written
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.messages import Finished, Ready, TimeStretch
from tui_browser.playback.stretched_voice import StretchedVoice
from tui_browser.playback.stretching import LONGEST_S, Stretchers, can_stretch
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions

pytestmark = pytest.mark.skipif(not can_stretch(), reason="python-stretch has no build for this machine")


def tone(seconds: float, hz: float = 440.0) -> np.ndarray:
    wave = 0.4 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def pitch(samples: np.ndarray) -> float:
    """The strongest frequency."""
    mono = samples[:, 0] * np.hanning(len(samples))
    return float(np.abs(np.fft.rfft(mono)).argmax() * RATE / len(mono))


@pytest.fixture
def stretchers() -> Iterator[Stretchers]:
    made = Stretchers()
    yield made
    made.close()


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Callable[..., np.ndarray]]:
    def play(sound: bytes, **how: Any) -> np.ndarray:
        recording = tmp_path / "heard.wav"
        watched = Watched(f"recorder:{recording}")
        try:
            watched.until(Ready)
            watched.player.play(sound, token=1, **how)
            watched.until(Finished(1))
        finally:
            watched.player.close()
        samples, rate = sf.read(recording, dtype="float32")
        assert rate == RATE
        return np.asarray(samples)

    yield play


def test_a_loop_is_heard_at_another_tempo_and_pitch(tmp_path: Path, heard: Callable[..., np.ndarray]) -> None:
    loop = written(tmp_path / "loop.wav", tone(3.0))
    samples = heard(loop, stretch=TimeStretch(1.25, 2))
    assert len(samples) == round(3.0 / 1.25 * RATE), "no gap, nothing doubled, though its rest came later"
    assert pitch(samples) == pytest.approx(440 * 2 ** (2 / 12), rel=0.005)
    jumps = np.abs(np.diff(samples[2000:-2000, 0])).max()
    assert jumps < 0.06, f"no click where the first part ends; {jumps}"


def test_tempo_alone_keeps_the_pitch(tmp_path: Path, heard: Callable[..., np.ndarray]) -> None:
    samples = heard(written(tmp_path / "loop.wav", tone(1.2)), stretch=TimeStretch(0.8))
    assert len(samples) == round(1.2 / 0.8 * RATE)
    assert pitch(samples) == pytest.approx(440, rel=0.005)


def test_what_is_not_stretched_is_heard_sample_by_sample(tmp_path: Path, heard: Callable[..., np.ndarray]) -> None:
    sound = tone(0.5)
    assert np.array_equal(heard(written(tmp_path / "hit.wav", sound), stretch=TimeStretch()), sound)


def test_a_beat_stays_where_it_belongs(tmp_path: Path, stretchers: Stretchers) -> None:
    beats = np.zeros((2 * RATE, 2), np.float32)
    beats[:: RATE // 2] = 0.9
    voices = VoiceFactory(RATE, LevelCache(), stretchers)
    path = written(tmp_path / "beat.wav", beats)
    voice = voices.open(path, VoiceOptions(stretch=TimeStretch(1.25), loop=True))
    samples = voice.read(round(1.6 * RATE))
    assert len(samples) == round(1.6 * RATE)
    for beat in range(1, 4):
        place = round(beat * 0.4 * RATE)
        around = np.abs(samples[place - 4800 : place + 4800, 0])
        assert abs(int(around.argmax()) - 4800) < 0.004 * RATE


def test_a_stretched_loop_joins_its_beginning(tmp_path: Path, stretchers: Stretchers) -> None:
    voices = VoiceFactory(RATE, LevelCache(), stretchers)
    path = written(tmp_path / "loop.wav", tone(1.0, 400.0))
    voice = voices.open(path, VoiceOptions(stretch=TimeStretch(1.25), loop=True))
    turn = voice.read(round(2.4 * RATE))
    assert len(turn) == round(2.4 * RATE)
    end = round(0.8 * RATE)
    assert np.abs(np.diff(turn[end - 200 : end + 200, 0])).max() < 0.06


def test_what_was_prepared_is_there_whole_and_other_ways_have_their_own_place(
    tmp_path: Path, stretchers: Stretchers
) -> None:
    voices = VoiceFactory(RATE, LevelCache(), stretchers)
    path = written(tmp_path / "loop.wav", tone(6.0))
    faster, higher = VoiceOptions(stretch=TimeStretch(1.2)), VoiceOptions(stretch=TimeStretch(1.2, 3))
    voices.prepare(path, faster)
    known = voices.open(path, faster)
    assert not isinstance(known, StretchedVoice) and len(known.read(RATE * 6)) == 5 * RATE
    assert known.position_s == pytest.approx(6.0)
    fresh = voices.open(path, higher)
    assert isinstance(fresh, StretchedVoice) and not fresh.rings
    end = time.monotonic() + 10
    while not fresh.complete and time.monotonic() < end:
        fresh.feed()
    assert len(fresh.read(RATE * 6)) == 5 * RATE and fresh.ended
    part = voices.open(path, higher, start_s=3.0, end_s=3.6)
    assert len(part.read(RATE)) == RATE // 2
    assert not isinstance(voices.open(path), StretchedVoice)


def test_a_process_that_died_is_started_again(stretchers: Stretchers) -> None:
    sound = tone(0.5)
    before = stretchers.quick.run(sound, RATE, TimeStretch(1.25))
    assert stretchers.quick.pid is not None
    os.kill(stretchers.quick.pid, signal.SIGKILL)
    assert np.array_equal(stretchers.quick.run(sound, RATE, TimeStretch(1.25)), before)


def test_very_long_sounds_play_as_they_are(tmp_path: Path, stretchers: Stretchers) -> None:
    voices = VoiceFactory(RATE, LevelCache(), stretchers)
    path = os.fsencode(tmp_path / "song.wav")
    sf.write(path, np.zeros((round(LONGEST_S + 1) * 8000, 1), np.float32), 8000)
    voice = voices.open(path, VoiceOptions(stretch=TimeStretch(1.2)))
    assert voice.duration_s == pytest.approx(LONGEST_S + 1)
    voice.close()


def test_without_the_library_sounds_play_as_they_are(tmp_path: Path, stretchers: Stretchers) -> None:
    stretchers.available = False
    voices = VoiceFactory(RATE, LevelCache(), stretchers)
    sound = tone(1.0)
    voice = voices.open(written(tmp_path / "loop.wav", sound), VoiceOptions(stretch=TimeStretch(1.2, 3)))
    assert np.array_equal(voice.read(2 * RATE), sound)
