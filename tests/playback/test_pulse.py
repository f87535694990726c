"""Sound through a PulseAudio server of its own, recorded at its monitor; nothing is ever heard."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks.delay import SlowLine
from tests.support.audio import RATE, linux_only, noise, until
from tests.support.pulse import Pulse
from tui_browser.audio.resampling import to_stereo
from tui_browser.playback.messages import Finished, Position, Ready
from tui_browser.playback.player import Player

pytestmark = pytest.mark.slow


@linux_only
def test_miniaudio_through_pulseaudio_is_the_file(pulse: Pulse, tmp_path: Path) -> None:
    recording = tmp_path / "monitor.raw"
    sounds = [noise(12_000, seed) for seed in range(3)]
    player = Player("auto", log=str(tmp_path / "log"))
    try:
        (ready,) = (event for event in until(player, Ready) if isinstance(event, Ready))
        assert ready == Ready("miniaudio (PulseAudio)", True, "")
        with open(recording, "wb") as file:
            recorder = subprocess.Popen(pulse.record, stdout=file, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while recording.stat().st_size == 0 and time.monotonic() < end:
            time.sleep(0.02)
        plays = 0
        for number, sound in enumerate(sounds):
            path = tmp_path / f"{number}.wav"
            sf.write(path, sound, RATE, subtype="FLOAT")
            for _ in range(4):  # a machine that is very busy may tear a hole into a sound
                player.play(os.fsencode(path), token=plays)
                until(player, Finished(plays))
                plays += 1
                time.sleep(0.3)
                if _places(_monitored(recording), sound):
                    break
    finally:
        player.close()
    recorder.terminate()
    recorder.wait(10)
    heard = _monitored(recording)
    places = [_places(heard, sound) for sound in sounds]
    assert [len(found) for found in places] == [1, 1, 1], "each sound once, sample by sample, without a gap"
    assert places == sorted(places)
    silent = np.ones(len(heard), dtype=bool)
    for (place,) in places:
        silent[place : place + 12_000] = False
    assert plays > len(sounds) or not heard[silent].any(), "nothing else was heard"


@contextmanager
def monitored(recording: Path) -> Iterator[Callable[[], np.ndarray]]:
    """What is heard meanwhile: (n, 2), from before the first sound on."""
    with open(recording, "wb") as file:
        recorder = subprocess.Popen(Pulse.record, stdout=file, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while recording.stat().st_size == 0 and time.monotonic() < end:
        time.sleep(0.02)
    try:
        yield lambda: _monitored(recording)
    finally:
        recorder.terminate()
        recorder.wait(10)


def heard_whole(player: Player, path: Path, sound: np.ndarray, heard: Callable[[], np.ndarray], *, token: int) -> None:
    """Play until every tenth of a second was heard, sample by sample, and none twice in a turn.

    A machine that is very busy may tear a hole into one of the turns.
    """
    pieces = np.array_split(sound, max(1, len(sound) // 4_800))
    for attempt in range(6):
        player.play(os.fsencode(path), token=token + attempt)
        until(player, Finished(token + attempt), seconds=40)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            counts = [len(_places(heard(), piece)) for piece in pieces]
            assert max(counts) <= attempt + 1, "nothing doubled"
            if min(counts) >= 1:
                return
            time.sleep(0.05)
    raise AssertionError(f"{path.name} was not heard whole")


@linux_only
def test_odd_files_are_heard_right_through_pulseaudio(pulse: Pulse, tmp_path: Path) -> None:
    shape = (9_600,)
    eight = (np.random.default_rng(1).integers(-100, 100, shape) / 128).astype(np.float32)
    six = np.random.default_rng(2).uniform(-0.5, 0.5, (9_600, 6)).astype(np.float32)
    long = noise(3 * RATE, 3)
    sf.write(tmp_path / "eight.wav", eight, RATE, subtype="PCM_U8")
    sf.write(tmp_path / "six.wav", six, RATE, subtype="FLOAT")
    sf.write(tmp_path / "seconds.flac", long, RATE, subtype="PCM_24")
    wanted = {
        "eight.wav": np.repeat(eight[:, None], 2, axis=1),
        "six.wav": to_stereo(six),
        "seconds.flac": sf.read(tmp_path / "seconds.flac", dtype="float32")[0],
    }
    for rate in (11_025, 37_800):
        tone = np.sin(2 * np.pi * 440 * np.arange(rate // 5) / rate).astype(np.float32) * 0.5
        sf.write(tmp_path / f"{rate}.wav", tone, rate, subtype="FLOAT")
    player = Player("auto", log=str(tmp_path / "log"))
    try:
        until(player, Ready)
        with monitored(tmp_path / "monitor.raw") as heard:
            for number, (name, sound) in enumerate(wanted.items()):
                heard_whole(player, tmp_path / name, sound, heard, token=10 * number)
            for number, rate in enumerate((11_025, 37_800)):
                before = len(heard())
                player.play(os.fsencode(tmp_path / f"{rate}.wav"), token=100 + number)
                until(player, Finished(100 + number))
                end = time.monotonic() + 10
                while not heard()[before:].any() or heard()[-4_800:].any():
                    assert time.monotonic() < end
                    time.sleep(0.05)
                sounding = np.flatnonzero(heard()[before:, 0])
                assert sounding[-1] - sounding[0] == pytest.approx(0.2 * RATE, abs=0.02 * RATE), "as long as it is"
                part = heard()[before:, 0][sounding[0] : sounding[0] + 4_800]
                assert np.abs(np.fft.rfft(part * np.hanning(4_800))).argmax() == 44, "at its pitch"
                assert np.abs(part).max() == pytest.approx(0.5, abs=0.05), "and its level"
    finally:
        player.close()


@linux_only
def test_a_forwarded_pulseaudio_is_found_and_holds_at_forty_milliseconds(
    pulse: Pulse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            ports.append(probe.getsockname()[1])
    pulse.stop()
    pulse.start(port=ports[0])
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    sound = noise(2 * RATE, 4)
    sf.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    with (
        monitored(tmp_path / "monitor.raw") as heard,
        SlowLine(f"127.0.0.1:{ports[1]}", f"127.0.0.1:{ports[0]}", round_trip_s=0.040) as line,
    ):
        monkeypatch.setenv("PULSE_SERVER", f"tcp:127.0.0.1:{ports[1]}")
        player = Player("auto", log=str(tmp_path / "log"))
        try:
            (ready,) = (event for event in until(player, Ready) if isinstance(event, Ready))
            assert ready == Ready("miniaudio (PulseAudio)", True, "")
            heard_whole(player, tmp_path / "a.wav", sound, heard, token=1)
            assert line.there_bytes > sound.nbytes
        finally:
            player.close()


@linux_only
def test_a_loop_through_pulseaudio_has_no_seam(pulse: Pulse, tmp_path: Path) -> None:
    recording, sound = tmp_path / "monitor.raw", noise(9_600, 5)
    sf.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    player = Player("auto", log=str(tmp_path / "log"))
    try:
        until(player, Ready)
        with open(recording, "wb") as file:
            recorder = subprocess.Popen(pulse.record, stdout=file, stderr=subprocess.DEVNULL)
        player.play(os.fsencode(tmp_path / "a.wav"), token=1, loop=True)
        end = time.monotonic() + 20
        seams = 0
        while not seams and time.monotonic() < end:  # a machine that is very busy may tear a hole into some rounds
            time.sleep(0.2)
            seams = len(_places(_monitored(recording), np.tile(sound, (3, 1))))
        player.tune(1, loop=False)
        until(player, Finished(1))
    finally:
        player.close()
    recorder.terminate()
    recorder.wait(10)
    assert seams, "three rounds in a row, sample by sample"


@linux_only
def test_a_sound_server_that_comes_back_is_taken_up_where_the_sound_was(pulse: Pulse, tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", noise(60 * RATE), RATE)
    player = Player("auto", log=str(tmp_path / "log"))
    try:
        until(player, Ready)
        player.play(os.fsencode(tmp_path / "a.wav"), token=1)
        until(player, Position)
        pulse.stop()
        events = until(player, Ready, seconds=30)
        lost = next(event for event in events if isinstance(event, Ready))
        assert lost.backend == "null"
        assert lost.note.startswith("No sound: ")
        pulse.start()
        events = until(player, Ready("miniaudio (PulseAudio)", True, ""), seconds=30)
        before = [event.at_s for event in events if isinstance(event, Position)]
        (after, *_) = (event for event in until(player, Position) if isinstance(event, Position))
        assert after.token == 1
        assert before[-1] - 0.1 <= after.at_s < before[-1] + 5
        assert not any(isinstance(event, Finished) for event in events)
    finally:
        player.close()


def _monitored(recording: Path) -> np.ndarray:
    samples = np.fromfile(recording, "<f4")
    return samples[: len(samples) // 2 * 2].reshape(-1, 2)


def _places(heard: np.ndarray, sound: np.ndarray) -> list[int]:
    starts = np.flatnonzero((heard[: len(heard) - len(sound) + 1] == sound[0]).all(axis=1))
    return [int(start) for start in starts if np.array_equal(heard[start : start + len(sound)], sound)]
