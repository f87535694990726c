"""The ways out for sound, on real components where they are installed; nothing is ever heard."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.support.audio import RATE, linux_only, noise, until
from tui_browser.errors import PlayerError
from tui_browser.playback.backends.backend import MixerBackend
from tui_browser.playback.backends.open_backend import open_backend
from tui_browser.playback.backends.paced_devices import NullDevice, RecorderDevice
from tui_browser.playback.backends.simpleaudio_backend import installed_distributions, unusable_reason
from tui_browser.playback.memory_voice import MemoryVoice
from tui_browser.playback.messages import Finished, Ready, Started
from tui_browser.playback.mixer import Mixer
from tui_browser.playback.output import SoundEvent
from tui_browser.playback.player import Player


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
    reason = unusable_reason(version=version, installed_distributions=there)
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
    if choice != "simpleaudio" or installed_distributions():
        assert b"ALSA" in log.read_bytes(), "what the C libraries say is in the log, not on the terminal"


# --- those without a device ------------------------------------------------------------------------------------------


def test_the_silent_one_rests_in_silence_and_ends_its_thread() -> None:
    import threading

    before = threading.active_count()
    output = MixerBackend(NullDevice(), lambda: None)
    time.sleep(0.05)
    assert output.alive()
    output.play(MemoryVoice(noise(200)), 1, requested_at=time.monotonic())
    assert output.alive(), "one that has rested is not taken for dead"
    end = time.monotonic() + 5
    heard: list[SoundEvent] = []
    while len(heard) < 2 and time.monotonic() < end:
        heard += output.events()
        time.sleep(0.005)
    assert [event.ended for event in heard] == [False, True]
    output.play(MemoryVoice(noise(48_000)), 2, requested_at=time.monotonic())
    output.close()
    assert threading.active_count() == before


def test_a_recording_is_gone_on_with_and_no_other_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    for turn in (1, 2):
        recorder = RecorderDevice(str(path))
        recorder.write(noise(100, turn))
        assert sf.info(path).frames == 100 * turn, "it can be read at any time"
        recorder.close()
    heard, _ = sf.read(path, dtype="float32")
    assert np.array_equal(heard, np.concatenate((noise(100, 1), noise(100, 2))))
    for content in (b"x", b"RIFF" + bytes(100)):
        (tmp_path / "mine.wav").write_bytes(content)
        with pytest.raises(PlayerError, match="overwrite another file"):
            RecorderDevice(str(tmp_path / "mine.wav"))
        assert (tmp_path / "mine.wav").read_bytes() == content
    output, note = open_backend(f"recorder:{tmp_path}/no/folder.wav", lambda: None)
    assert (output.name, output.sounds) == ("null", False)
    assert "No such file" in note
    output.close()


# --- real ones -------------------------------------------------------------------------------------------------------


@linux_only
def test_simpleaudio_through_alsa_is_the_file(alsa: Path, tmp_path: Path) -> None:
    reason = unusable_reason(version=sys.version_info[:2], installed_distributions=installed_distributions())
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


class Weary(MixerBackend):
    """A back end whose device cannot keep up with a small buffer."""

    def __init__(self, period_ms: int) -> None:
        super().__init__(NullDevice(), lambda: None)
        self.period_ms = period_ms

    def strained(self) -> bool:
        return self.period_ms < 100


def test_a_device_that_runs_dry_gets_a_larger_buffer_between_two_sounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_browser.playback import engine as module
    from tui_browser.playback.messages import Play, PlayerEvent

    opened: list[int] = []

    def open_weary(choice: str, notify: object, *, period_ms: int) -> tuple[Weary, str]:
        opened.append(period_ms)
        return Weary(period_ms), ""

    monkeypatch.setattr(module, "open_backend", open_weary)
    told: list[PlayerEvent] = []
    engine = module.PlaybackEngine(told.append, "miniaudio", lambda: None)
    try:
        sf.write(tmp_path / "a.wav", noise(12_000), RATE)
        engine.handle(Play(os.fsencode(tmp_path / "a.wav"), 1, 0.0, 0.0, time.monotonic()))
        end = time.monotonic() + 10
        while Finished(1) not in told and time.monotonic() < end:
            assert opened == [20], "not while it sounds"
            engine.tend()
            time.sleep(0.005)
        for _ in range(5):
            engine.tend()
        assert opened == [20, 50, 100]
    finally:
        engine.close()


class _ByHand:
    """A device whose frames are asked for by the test."""

    name, sounds, rate, runs_always = "by hand", True, RATE, True
    buffer_s: float | None = None

    def start(self, mixer: Mixer) -> None:
        self.mixer = mixer

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("gap_s", "dead_after_s"), [(0.02, 0.5), (0.1, 0.8), (1.9, 2.0)])
def test_a_device_is_taken_for_dead_by_what_is_usual_for_it(
    monkeypatch: pytest.MonkeyPatch, gap_s: float, dead_after_s: float
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    device = _ByHand()
    backend = MixerBackend(device, lambda: None)
    for _ in range(200):
        now[0] += gap_s
        device.mixer.mix(480)
    now[0] += 0.9 * dead_after_s
    assert backend.alive()
    now[0] += 0.2 * dead_after_s
    assert not backend.alive()


def test_a_device_that_says_it_is_gone_is_dead_at_once() -> None:
    told: list[bool] = []
    device = _ByHand()
    backend = MixerBackend(device, lambda: told.append(True))
    assert backend.alive()
    device.mixer.lose_device()
    assert not backend.alive() and told
