import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr

from tui_browser.audio.resampling import to_stereo
from tui_browser.errors import AudioError
from tui_browser.playback.levels import LevelCache
from tui_browser.playback.memory_voice import GrowingVoice, MemoryVoice
from tui_browser.playback.stream_voice import StreamVoice
from tui_browser.playback.voice_factory import VoiceFactory, VoiceOptions

RATE = 48_000


def noise(frames: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


def written(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> bytes:
    sf.write(path, samples, rate, subtype=subtype)
    return os.fsencode(path)


def drained(voice: MemoryVoice | StreamVoice, block: int = 1000) -> np.ndarray:
    parts = []
    while not voice.ended:
        if isinstance(voice, StreamVoice | GrowingVoice):
            voice.feed()
        parts.append(voice.read(block).copy())
    voice.close()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.parametrize("seconds", [0.5, 4.0, 4.5])
def test_a_file_at_the_devices_rate_comes_out_as_it_is(tmp_path: Path, seconds: float) -> None:
    sound = noise(round(seconds * RATE))
    voice = VoiceFactory(RATE, LevelCache()).open(written(tmp_path / "a.wav", sound))
    assert isinstance(voice, StreamVoice if seconds > 4 else MemoryVoice)
    assert np.array_equal(drained(voice, 777), sound)


@pytest.mark.parametrize("seconds", [1.0, 3.0, 6.0])
def test_another_rate_is_resampled_in_one_piece(tmp_path: Path, seconds: float) -> None:
    sound = noise(round(seconds * 44_100))
    out = drained(VoiceFactory(RATE, LevelCache()).open(written(tmp_path / "a.wav", sound, 44_100)))
    whole = soxr.resample(sound, 44_100, RATE)
    assert abs(len(out) - len(whole)) <= 1
    length = min(len(out), len(whole))
    assert np.abs(out[:length] - whole[:length]).max() < 1e-3


@pytest.mark.parametrize("seconds", [1.0, 6.0])
def test_start_and_gain(tmp_path: Path, seconds: float) -> None:
    sound = noise(round(seconds * RATE))
    path = written(tmp_path / "a.wav", sound)
    voice = VoiceFactory(RATE, LevelCache()).open(path, VoiceOptions(gain_db=-6.0), start_s=0.5)
    assert voice.rises
    np.testing.assert_allclose(drained(voice), sound[RATE // 2 :] * 10 ** (-6 / 20), rtol=1e-5)
    assert len(drained(VoiceFactory(RATE, LevelCache()).open(path, start_s=99.0))) == 0
    assert not VoiceFactory(RATE, LevelCache()).open(written(tmp_path / "b.wav", sound[:100]), start_s=-1.0).rises


@pytest.mark.parametrize("seconds", [3.0, 6.0])
@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_a_part_ends_with_a_short_fade_where_it_is_to_end(tmp_path: Path, seconds: float, speed: float) -> None:
    sound = noise(round(seconds * RATE))
    path, voices = written(tmp_path / "a.wav", sound), VoiceFactory(RATE, LevelCache())
    for start_s in (0.5, 0.0):
        first = round(start_s * RATE)
        out = drained(voices.open(path, VoiceOptions(speed=speed), start_s=start_s, end_s=start_s + 0.8), 333)
        assert abs(len(out) - 0.8 * RATE / speed) <= 1
        assert np.abs(out[-4:]).max() < 0.05 < np.abs(out[-400:-300]).max()
        if speed == 1:
            assert np.array_equal(out[: -RATE // 200], sound[first : first + round(0.8 * RATE)][: -RATE // 200])
    assert len(drained(voices.open(path, start_s=seconds - 0.5, end_s=99.0))) == RATE // 2, "the file ends before"
    assert len(drained(voices.open(path, start_s=1.0, end_s=1.0))) == 0
    loop = voices.open(path, VoiceOptions(loop=True), start_s=0.1, end_s=0.2)
    for _ in range(4):
        if isinstance(loop, StreamVoice):
            loop.feed()
        loop.read(RATE // 4)
    assert not loop.ended, "over and over it is the whole"
    loop.close()


def test_channels_become_two(tmp_path: Path) -> None:
    for channels in (1, 2, 3, 6, 64):
        sound = noise(2000, channels)
        out = drained(VoiceFactory(RATE, LevelCache()).open(written(tmp_path / f"{channels}.wav", sound)))
        assert out.shape == (2000, 2)
        if channels != 2:
            assert np.array_equal(out[:, 0], out[:, 1])
            np.testing.assert_allclose(out[:, 0], sound.mean(axis=1), atol=1e-6)


def test_what_is_not_finite_is_made_so() -> None:
    out = to_stereo(np.array([[np.nan], [np.inf], [-np.inf], [0.5]], dtype=np.float32))
    assert out.tolist() == [[0, 0], [1, 1], [-1, -1], [0.5, 0.5]]


def test_two_hours_begin_at_once_and_are_not_held(tmp_path: Path) -> None:
    path = written(tmp_path / "long.wav", noise(8000, 1), 8000, "PCM_16")
    frames = 2 * 3600 * 8000
    with open(path, "r+b") as file:  # a sparse file: the header says two hours
        header = bytearray(file.read(44))
        header[4:8] = (36 + frames * 2).to_bytes(4, "little")
        header[40:44] = (frames * 2).to_bytes(4, "little")
        file.seek(0)
        file.write(header)
        file.truncate(44 + frames * 2)
    voices = VoiceFactory(RATE, LevelCache())
    voice = voices.open(path, start_s=3600.0)
    assert isinstance(voice, StreamVoice)
    voice.feed()
    assert voice._written <= 2 * RATE
    assert voices.cached_bytes == 0
    voice.close()


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "empty", "text", "no frames", "below a file"])
def test_what_cannot_be_heard_is_told_and_closed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.wav"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_bytes(b"no sound at all, only text" * 100)
    elif kind == "no frames":
        written(path, noise(0))
    elif kind == "below a file":
        path.write_bytes(b"")
        path = path / "b.wav"
    voices = VoiceFactory(RATE, LevelCache())
    before = open_files()
    for _ in range(5):
        with pytest.raises(AudioError) as caught:
            voices.open(os.fsencode(path))
        assert caught.value.what
    assert open_files() == before


def test_files_are_closed_when_they_were_heard(tmp_path: Path) -> None:
    short, long = written(tmp_path / "a.wav", noise(2000)), written(tmp_path / "b.wav", noise(5 * RATE))
    voices = VoiceFactory(RATE, LevelCache())
    before = open_files()
    for path in (short, short, long, long):
        voices.open(path).close()
    assert open_files() == before


@pytest.mark.parametrize(("rate", "kind"), [(RATE, "flac"), (44_100, "flac"), (44_100, "ogg")])
def test_a_sound_of_some_seconds_begins_before_all_of_it_is_ready(tmp_path: Path, rate: int, kind: str) -> None:
    fall = np.exp(-np.arange(3 * rate) / rate)[:, None].astype(np.float32)
    path = os.fsencode(tmp_path / f"a.{kind}")
    sf.write(path, noise(3 * rate) * fall, rate)
    before, voices, options = open_files(), VoiceFactory(RATE, LevelCache()), VoiceOptions(level=True)
    voice = voices.open(path, options)
    assert isinstance(voice, GrowingVoice) and voices.cached_bytes == 0
    assert voice.duration_s == pytest.approx(3.0)
    first = voice.read(4800).copy()
    assert len(first) == 4800 and not voice.ended
    voice.feed()
    assert open_files() == before
    rest = drained(voice)
    again = voices.open(path, options)
    assert not isinstance(again, GrowingVoice), "from now on it is in memory"
    whole = drained(again)
    assert len(first) + len(rest) == len(whole)
    assert np.allclose(rest[4800:], whole[9600:], atol=1e-6), "at its right level once it is known"
    ratio = np.abs(first).max() / np.abs(whole[:4800]).max()
    assert abs(20 * np.log10(ratio)) < 2, "and near it before"


def test_a_sound_that_gives_way_before_it_is_whole_is_closed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", noise(3 * RATE))
    before, voices = open_files(), VoiceFactory(RATE, LevelCache())
    voice = voices.open(path)
    voice.close()
    assert open_files() == before and voice.read(10).shape == (10, 2)
    voice.feed()  # too late: nothing happens


def test_a_sound_is_decoded_once_until_it_changes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", noise(2000, seed=1))
    voices = VoiceFactory(RATE, LevelCache())
    first = voices.open(path)
    assert isinstance(first, MemoryVoice)
    again = voices.open(path)
    assert isinstance(again, MemoryVoice)
    assert again._samples is first._samples
    written(tmp_path / "a.wav", noise(2400, seed=2))
    assert len(drained(voices.open(path))) == 2400


def test_the_cache_keeps_within_its_size_and_drops_the_oldest(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{n}.wav", noise(2000, seed=n)) for n in range(6)]
    voices = VoiceFactory(RATE, LevelCache(), cache_bytes=3 * 16000)
    held = [voices.open(path) for path in paths]
    assert voices.cached_bytes == 3 * 16000
    last, first = voices.open(paths[-1]), voices.open(paths[0])
    oldest, newest = held[0], held[-1]
    assert isinstance(last, MemoryVoice) and isinstance(newest, MemoryVoice) and last._samples is newest._samples
    assert isinstance(first, MemoryVoice) and isinstance(oldest, MemoryVoice) and first._samples is not oldest._samples


# --- ways of hearing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_speed_changes_length_and_pitch_and_the_place_is_told_in_the_file(tmp_path: Path, seconds: float) -> None:
    time_s = np.arange(round(seconds * RATE)) / RATE
    tone = np.repeat(np.sin(2 * np.pi * 1000 * time_s)[:, None] * 0.5, 2, axis=1).astype(np.float32)
    path = written(tmp_path / "a.wav", tone)
    for speed in (0.5, 1.5, 2.0):
        voice = VoiceFactory(RATE, LevelCache()).open(path, VoiceOptions(speed=speed), start_s=0.1)
        assert voice.position_s == pytest.approx(0.1, abs=1e-3)
        assert voice.duration_s == pytest.approx(seconds, abs=1e-3)
        out = drained(voice)
        assert len(out) / RATE == pytest.approx((seconds - 0.1) / speed, abs=0.01)
        assert voice.position_s == pytest.approx(seconds, abs=0.02)
        middle = out[len(out) // 4 : len(out) // 4 + 4800, 0]
        peak = np.abs(np.fft.rfft(middle * np.hanning(4800))).argmax() * 10
        assert peak == pytest.approx(1000 * speed, abs=15)


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_a_loop_comes_round_without_a_seam_until_it_is_ended(tmp_path: Path, seconds: float) -> None:
    sound = noise(round(seconds * RATE))
    voice = VoiceFactory(RATE, LevelCache()).open(
        written(tmp_path / "a.wav", sound), VoiceOptions(loop=True), start_s=0.2
    )
    parts, heard = [], 0
    while heard < 2 * len(sound):
        if isinstance(voice, StreamVoice):
            voice.feed()
        parts.append(voice.read(999).copy())
        heard += len(parts[-1])
        assert not voice.ended
        assert voice.position_s <= seconds + 1e-6
    out, at = np.concatenate(parts), round(0.2 * RATE)
    assert np.array_equal(out, np.tile(sound, (4, 1))[at : at + len(out)])
    voice.loop = False
    rest = drained(voice)
    assert len(rest) <= len(sound) + 2 * RATE
    assert np.array_equal(rest[-100:], sound[-100:])


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("loop", [False, True])
def test_a_single_cycle_is_heard_as_a_tone(tmp_path: Path, rate: int, loop: bool) -> None:
    cycle = np.sin(2 * np.pi * np.arange(337) / 337)[:, None].astype(np.float32) * 0.5
    voice = VoiceFactory(RATE, LevelCache()).open(written(tmp_path / "a.wav", cycle, rate), VoiceOptions(loop=loop))
    out = np.concatenate([voice.read(700) for _ in range(RATE * 2 // 700)])[:, 0]
    assert voice.ended is False
    expected = np.sin(2 * np.pi * np.arange(len(out)) / RATE * rate / 337) * 0.5
    away = np.abs(out - expected)[: RATE // 2]
    assert away.max() < 0.01, "in tune, and no seam"
    assert np.abs(np.diff(out[:-400])).max() < 0.04
    rest = drained(voice) if not loop else np.zeros((1, 2))
    assert len(rest) < RATE
    assert abs(rest[-1, 0]) < 0.01, "it ends without a click"


def test_what_was_prepared_is_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_browser.playback import voice_factory as module

    short = written(tmp_path / "a.wav", noise(RATE, seed=1))
    long = written(tmp_path / "b.wav", noise(6 * RATE, seed=2))
    voices, options = VoiceFactory(RATE, LevelCache()), VoiceOptions(level=True)
    for path in (short, long):
        voices.prepare(path, options)
        voices.prepare(path, options)
    monkeypatch.setattr(module, "measure_loudness", None)
    monkeypatch.setattr(module, "quick_level", None)
    monkeypatch.setattr(VoiceFactory, "_decode", None)
    for path in (short, long):
        voices.open(path, options).close()
    with pytest.raises(AudioError):
        voices.prepare(b"/nothing", options)


@pytest.mark.parametrize("frames", [1, 3, 50])
def test_a_loop_of_a_few_frames_at_an_awkward_rate_is_opened_at_once(tmp_path: Path, frames: int) -> None:
    path = written(tmp_path / "a.wav", np.full((frames, 2), 0.1, np.float32), 192_000)
    began = time.process_time()
    voice = VoiceFactory(RATE, LevelCache()).open(path, VoiceOptions(speed=1.9451, loop=True))
    assert time.process_time() - began < 1.0, "a loop of one frame took 12 s"
    assert np.allclose(voice.read(4_800), 0.1, atol=1e-3)
