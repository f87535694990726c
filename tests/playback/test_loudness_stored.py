"""The level that the index keeps: what playing would measure, and taken for the file that was indexed only."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tui_browser.audio.decode import decode
from tui_browser.audio.loudness import LoudnessMeter
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.playback import levels as levels_module
from tui_browser.playback import voice_factory
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.messages import KnownLevel
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions
from tui_browser.records import FileStat

RATE = 44_100
OPTIONS = VoiceOptions(level=True)


def sound(seconds: float, width: str, seed: int = 5) -> np.ndarray:
    """Bursts of noise that fade, quieter in the second half."""
    rng, count = np.random.default_rng(seed), round(seconds * RATE)
    shape = np.exp(-6 * (np.arange(count) / RATE % 0.7)) * np.where(np.arange(count) < count / 2, 0.4, 0.1)
    left, right = rng.standard_normal((2, count)) * shape * 0.3
    match width:
        case "mono":
            return np.asarray(left[:, None])
        case "wide":
            return np.stack([left, right], axis=1)
        case "opposite":
            return np.stack([left, -left], axis=1)
        case _:
            return np.stack([left, right, left * 0.5], axis=1)


def indexed(path: Path) -> KnownLevel:
    facts = path.stat()
    stat = FileStat(os.fsencode(path), facts.st_size, facts.st_mtime_ns, facts.st_dev, facts.st_ino)
    clip = decode(stat, front_end=MelFrontEnd())
    assert clip.level is not None
    return KnownLevel(*clip.level, stat.size, stat.mtime_ns)


def measured_db(path: Path) -> float:
    levels = LevelCache()
    VoiceFactory(RATE, levels).prepare(os.fsencode(path), OPTIONS)
    return levels.gain_db(os.fsencode(path))


@pytest.fixture
def nobody_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    def measuring(*_: object) -> None:
        raise AssertionError("it was measured again")

    for name in ("measure_loudness", "first_minute_level", "quick_level", "four_piece_level", "four_piece_level_of"):
        monkeypatch.setattr(voice_factory, name, measuring)
    for name in ("measure_loudness", "quick_level"):
        monkeypatch.setattr(levels_module, name, measuring)


@pytest.mark.parametrize("width", ["mono", "wide", "opposite", "three"])
@pytest.mark.parametrize("seconds", [0.004, 0.5, 2.0, 3.0, 4.5, 13.0, 70.0])
def test_the_stored_level_is_that_of_playing(tmp_path: Path, seconds: float, width: str) -> None:
    if seconds > 60 and width not in ("mono", "wide"):
        pytest.skip("one of each is enough of the longest")
    path = tmp_path / "a.wav"
    sf.write(path, sound(seconds, width), RATE, subtype="FLOAT")
    known = indexed(path)
    stored_db = LevelCache().gain_db(os.fsencode(path), known)
    assert stored_db == pytest.approx(measured_db(path), abs=0.01)


@pytest.mark.parametrize("seconds", [0.5, 3.0, 13.0])
def test_what_is_known_is_not_measured(tmp_path: Path, seconds: float, nobody_measures: None) -> None:
    path = tmp_path / "a.flac"
    sf.write(path, sound(seconds, "wide"), RATE)
    known = indexed(path)
    levels = LevelCache()
    voices = VoiceFactory(RATE, levels)
    voice = voices.open(os.fsencode(path), OPTIONS, known=known)
    if isinstance(voice, StreamVoice):
        voices.refine(voice, os.fsencode(path), OPTIONS)
    voice.close()
    assert levels.gain_db(os.fsencode(path)) != 0


def test_a_file_edited_since_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, sound(0.5, "wide"), RATE, subtype="FLOAT")
    known = indexed(path)
    before = LevelCache().gain_db(os.fsencode(path), known)
    sf.write(path, sound(0.5, "wide") * 0.25, RATE, subtype="FLOAT")  # as long, another time
    os.utime(path, ns=(known.mtime_ns + 10**9, known.mtime_ns + 10**9))
    after = LevelCache().gain_db(os.fsencode(path), known)
    assert after == pytest.approx(measured_db(path), abs=0.01)
    assert after - before == pytest.approx(20 * np.log10(4), abs=0.05)
    other_size = replace(known, size=known.size + 1, mtime_ns=path.stat().st_mtime_ns)
    assert LevelCache().gain_db(os.fsencode(path), other_size) == pytest.approx(after)


def test_silence_is_stored_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, np.zeros((RATE, 2)), RATE)
    known = indexed(path)
    assert np.isfinite([known.level_db, known.peak_db]).all()
    assert LevelCache().gain_db(os.fsencode(path), known) == 0


def test_how_it_comes_in_blocks_changes_nothing() -> None:
    samples = sound(7.0, "wide").astype(np.float32)
    levels = []
    for size in (1000, 77_777, len(samples)):
        meter = LoudnessMeter(RATE)
        for start in range(0, len(samples), size):
            meter.add(samples[start : start + size])
        levels.append(meter.level(is_loop=True).stored)
    assert levels[1] == pytest.approx(levels[0]) and levels[2] == pytest.approx(levels[0])
