"""The ways out for sound, on real components where they are installed; nothing is ever heard."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks.delay import SlowLine
from tui_browser.audio.backends.choose import open_output
from tui_browser.audio.backends.device import MixedOutput
from tui_browser.audio.backends.paced import Paced, Recorder
from tui_browser.audio.backends.simpleaudio_output import installed, refusal
from tui_browser.audio.memory_voice import MemoryVoice
from tui_browser.audio.player import Player
from tui_browser.audio.player_messages import Finished, PlayerEvent, Position, Ready, Started
from tui_browser.audio.shaping import stereo
from tui_browser.errors import PlayerError

RATE = 48_000

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="ALSA and PulseAudio are Linux's")


def noise(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2)).astype(np.float32)


def until(player: Player, *wanted: type | PlayerEvent, seconds: float = 20.0) -> list[PlayerEvent]:
    """All events up to the one with which every wanted one has come."""
    events: list[PlayerEvent] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        events += player.poll()
        if all(any(isinstance(e, w) if isinstance(w, type) else e == w for e in events) for w in wanted):
            return events
        time.sleep(0.005)
    raise AssertionError(f"{wanted} did not come; there were {events}")


@pytest.fixture
def alsa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ALSA whose default device writes 16-bit stereo to this file and sounds nowhere; no PulseAudio."""
    recording, config = tmp_path / "alsa.wav", tmp_path / "asound.conf"
    config.write_text(
        'pcm.!default { type plug slave { format S16_LE rate 48000 channels 2 pcm { type file format "wav" '
        f'file "{recording}" slave.pcm {{ type null }} }} }} }}\n'
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nothing")
    return recording


@pytest.fixture
def no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "asound.conf"
    config.write_text("pcm.!default { type plug slave.pcm nothing }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nothing")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nothing")


# --- which one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "there", "says"),
    [
        ((3, 11), ["simpleaudio"], ""),
        ((3, 11), ["simpleaudio-patched"], ""),
        ((3, 12), ["simpleaudio-patched"], ""),
        ((3, 12), ["simpleaudio"], "pip install simpleaudio-patched"),
        ((3, 13), ["simpleaudio"], "crashes on Python 3.13"),
        ((3, 11), [], "not installed"),
    ],
)
def test_simpleaudio_is_refused_where_it_would_crash(version: tuple[int, int], there: list[str], says: str) -> None:
    reason = refusal(version=version, installed=there)
    assert bool(reason) == bool(says)
    assert says in reason


@linux_only
@pytest.mark.parametrize("choice", ["auto", "miniaudio", "simpleaudio"])
def test_without_a_device_it_runs_in_silence_and_says_why(no_device: None, tmp_path: Path, choice: str) -> None:
    log = tmp_path / "log"
    player = Player(choice, log=str(log))
    try:
        (ready,) = (event for event in until(player, Ready) if isinstance(event, Ready))
        assert (ready.backend, ready.sounds) == ("null", False)
        assert ready.note.startswith("No sound: ")
        sf.write(tmp_path / "a.wav", noise(500), RATE)
        player.play(os.fsencode(tmp_path / "a.wav"), token=1)
        until(player, Finished(1))
    finally:
        player.close()
    if choice != "simpleaudio" or installed():
        assert b"ALSA" in log.read_bytes(), "what the C libraries say is in the log, not on the terminal"


# --- those without a device ------------------------------------------------------------------------------------------


def test_the_silent_one_rests_in_silence_and_ends_its_thread() -> None:
    import threading

    before = threading.active_count()
    output = MixedOutput(Paced(), lambda: None)
    time.sleep(0.05)
    assert output.alive()
    output.play(MemoryVoice(noise(200)), 1, asked=time.monotonic())
    assert output.alive(), "one that has rested is not taken for dead"
    end = time.monotonic() + 5
    heard = []
    while len(heard) < 2 and time.monotonic() < end:
        heard += output.events()
        time.sleep(0.005)
    assert [event.ended for event in heard] == [False, True]
    output.play(MemoryVoice(noise(48_000)), 2, asked=time.monotonic())
    output.close()
    assert threading.active_count() == before


def test_a_recording_is_gone_on_with_and_no_other_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    for turn in (1, 2):
        recorder = Recorder(str(path))
        recorder.take(noise(100, turn))
        assert sf.info(path).frames == 100 * turn, "it can be read at any time"
        recorder.close()
    heard, _ = sf.read(path, dtype="float32")
    assert np.array_equal(heard, np.concatenate((noise(100, 1), noise(100, 2))))
    for content in (b"x", b"RIFF" + bytes(100)):
        (tmp_path / "mine.wav").write_bytes(content)
        with pytest.raises(PlayerError, match="over another file"):
            Recorder(str(tmp_path / "mine.wav"))
        assert (tmp_path / "mine.wav").read_bytes() == content
    output, note = open_output(f"recorder:{tmp_path}/no/folder.wav", lambda: None)
    assert (output.name, output.sounds) == ("null", False)
    assert "No such file" in note
    output.close()


# --- real ones -------------------------------------------------------------------------------------------------------


@linux_only
def test_simpleaudio_through_alsa_is_the_file(alsa: Path, tmp_path: Path) -> None:
    reason = refusal(version=sys.version_info[:2], installed=installed())
    if reason:
        pytest.skip(reason)
    sounds = {"a.wav": noise(12_000, 1), "b.wav": noise(9_600, 2)[:, :1]}
    player = Player("simpleaudio", log=str(tmp_path / "log"))
    try:
        (ready,) = (event for event in until(player, Ready) if isinstance(event, Ready))
        if not ready.sounds:
            pytest.skip(f"ALSA's file plugin does not open here: {ready.note}")
        assert ready.backend == "simpleaudio"
        for token, (name, sound) in enumerate(sounds.items()):
            sf.write(tmp_path / name, sound, RATE, subtype="PCM_16")
            player.play(os.fsencode(tmp_path / name), token=token)
            until(player, Started, Finished(token))
            heard, rate = sf.read(alsa, dtype="int16")  # each sound opens the device, and the file, anew
            wanted, _ = sf.read(tmp_path / name, dtype="int16", always_2d=True)
            assert rate == RATE
            assert np.array_equal(heard, np.broadcast_to(wanted, heard.shape))
            assert len(heard) == len(wanted)
        long = tmp_path / "long.wav"
        sf.write(long, noise(5 * RATE), RATE)
        player.play(os.fsencode(long), token=8)
        player.play(os.fsencode(tmp_path / "a.wav"), token=9)
        until(player, Finished(9))
    finally:
        player.close()


class Pulse:
    """A PulseAudio of its own with nothing but a null sink."""

    record = (
        "parec", "-d", "out.monitor", "--format=float32le", "--rate=48000", "--channels=2", "--raw",
        "--latency-msec=20",
    )  # fmt: skip
    """The command that writes what is heard."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "socket"
        self._log = home / "log"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, *, port: int = 0) -> None:
        """With `port` over TCP as well."""
        command = [
            "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--disable-shm=yes",
            "-L", "module-null-sink sink_name=out rate=48000 format=float32le channels=2",
            "-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            *(("-L", f"module-native-protocol-tcp port={port} listen=127.0.0.1 auth-anonymous=1") if port else ()),
        ]  # fmt: skip
        with open(self._log, "ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not self._socket.exists() and self._server.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if self._server.poll() is not None:
            pytest.skip("PulseAudio does not start here: " + self._log.read_text()[-200:])

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    for program in ("pulseaudio", "parec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{home}/socket")
    server = Pulse(home)
    server.start()
    yield server
    server.stop()


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
        "six.wav": stereo(six),
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


class Weary(MixedOutput):
    """An output whose device cannot keep up with a small buffer."""

    def __init__(self, period_ms: int) -> None:
        super().__init__(Paced(), lambda: None)
        self.period_ms = period_ms

    def strained(self) -> bool:
        return self.period_ms < 100


def test_a_device_that_runs_dry_gets_a_larger_buffer_between_two_sounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_browser.audio import desk as module
    from tui_browser.audio.player_messages import Play, PlayerEvent

    opened: list[int] = []

    def open_weary(choice: str, notify: object, *, period_ms: int) -> tuple[Weary, str]:
        opened.append(period_ms)
        return Weary(period_ms), ""

    monkeypatch.setattr(module, "open_output", open_weary)
    told: list[PlayerEvent] = []
    desk = module.Desk(told.append, "miniaudio", lambda: None)
    try:
        sf.write(tmp_path / "a.wav", noise(12_000), RATE)
        desk.take(Play(os.fsencode(tmp_path / "a.wav"), 1, 0.0, 0.0, time.monotonic()))
        end = time.monotonic() + 10
        while Finished(1) not in told and time.monotonic() < end:
            assert opened == [20], "not while it sounds"
            desk.tend()
            time.sleep(0.005)
        for _ in range(5):
            desk.tend()
        assert opened == [20, 50, 100]
    finally:
        desk.close()


def _monitored(recording: Path) -> np.ndarray:
    samples = np.fromfile(recording, "<f4")
    return samples[: len(samples) // 2 * 2].reshape(-1, 2)


def _places(heard: np.ndarray, sound: np.ndarray) -> list[int]:
    starts = np.flatnonzero((heard[: len(heard) - len(sound) + 1] == sound[0]).all(axis=1))
    return [int(start) for start in starts if np.array_equal(heard[start : start + len(sound)], sound)]
