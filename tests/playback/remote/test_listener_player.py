import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tui_browser.playback.backends.miniaudio_device import is_pulse_over_tcp
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_voice import BlockVoice
from tui_browser.playback.remote.listener_player import ListenerPlayer, MessageWriter, RemoteSound

RATE = 48_000


def noise(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2)).astype(np.float32)


def heard(voice: BlockVoice, most: int = 10 * RATE) -> np.ndarray:
    parts: list[np.ndarray] = []
    while not voice.ended and sum(map(len, parts)) < most:
        part = voice.read(min(480, most - sum(map(len, parts))))
        if not len(part):
            break
        parts.append(part)
    return np.concatenate(parts)


def test_blocks_follow_each_other_without_a_seam() -> None:
    sound = noise(5000)
    voice = BlockVoice(rate=RATE, start=100, gain_db=0.0)
    voice.push(sound[:2000], RATE, last=False)
    voice.push(sound[2000:], RATE, last=False)
    assert not voice.ended
    voice.finish()
    assert np.array_equal(heard(voice), sound[100:]) and voice.ended


def test_at_another_rate_pieces_are_as_long_as_the_whole() -> None:
    sound = np.sin(np.arange(44_100) / 30)[:, None].astype(np.float32)
    whole, pieces = (BlockVoice(rate=RATE, start=0, gain_db=0.0) for _ in range(2))
    whole.push(sound, 44_100, last=True)
    for at in range(0, 44_100, 10_000):
        pieces.push(sound[at : at + 10_000], 44_100, last=False)
    pieces.finish()
    one, other = heard(whole), heard(pieces)
    assert len(one) == RATE and abs(len(other) - RATE) <= 1
    assert np.abs(one[500:-500] - other[500 : RATE - 500]).max() < 1e-3


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_changes_the_length(speed: float) -> None:
    voice = BlockVoice(rate=RATE, start=0, gain_db=-6.0206, speed=speed)
    voice.push(np.full((4800, 1), 0.5, np.float32), RATE, last=True)
    out = heard(voice)
    assert abs(len(out) - 4800 / speed) <= 1
    assert np.allclose(out[500:-500], 0.25, atol=1e-3)


def test_a_loop_goes_round_from_where_it_was_begun_until_it_is_closed() -> None:
    sound = noise(1000)
    voice = BlockVoice(rate=RATE, start=300, gain_db=0.0, loop=True)
    voice.push(sound, RATE, last=True)
    assert np.array_equal(heard(voice, 3700), np.concatenate([sound[300:], sound, sound, sound]))
    ended = voice.ended
    assert not ended
    voice.close()
    assert voice.ended and not len(voice.read(480))


def test_a_block_of_another_rate_and_a_start_beyond_the_end_do_no_harm() -> None:
    voice = BlockVoice(rate=RATE, start=5000, gain_db=0.0)
    voice.push(noise(100), RATE, last=False)
    voice.push(noise(100), 8_000, last=False)
    voice.finish()
    assert voice.ended
    looped = BlockVoice(rate=RATE, start=5000, gain_db=0.0, loop=True)
    looped.push(noise(100), RATE, last=True)
    assert len(heard(looped, 250)) == 250


class RecordingApp(MessageWriter):
    """An app's end that keeps the messages it is sent."""

    def __init__(self) -> None:
        self.messages: list[wire.Message] = []
        self.played_ms: list[int] = []

    def send(self, message: wire.Message) -> None:
        self.messages.append(message)

    def hint(self, message: wire.Message) -> None:
        if isinstance(message, wire.Played):
            self.played_ms.append(message.played_ms)

    def sound(self, tag: int, seconds: float) -> RemoteSound:
        voice = BlockVoice(rate=RATE, start=0, gain_db=0.0)
        voice.push(noise(round(seconds * RATE), seed=tag), RATE, last=True)
        return RemoteSound(tag, self, voice)

    def until(self, player: ListenerPlayer, message: wire.Message) -> None:
        end = time.monotonic() + 20
        while message not in self.messages and time.monotonic() < end:
            player.tend()
            time.sleep(0.005)
        assert message in self.messages


@pytest.fixture
def app() -> RecordingApp:
    return RecordingApp()


@pytest.fixture
def player(tmp_path: Path) -> Iterator[ListenerPlayer]:
    player = ListenerPlayer(f"recorder:{tmp_path}/heard.wav", notify=lambda: None)
    yield player
    player.close()


def test_a_replaced_sound_is_over(player: ListenerPlayer, app: RecordingApp) -> None:
    player.play(app.sound(1, 20.0))
    app.until(player, wire.Begun(1))
    short = app.sound(2, 0.05)
    player.play(short)
    assert app.messages == [wire.Begun(1), wire.Over(1)]
    app.until(player, wire.Over(2))
    player.stop(short)  # it is over already
    assert app.messages == [wire.Begun(1), wire.Over(1), wire.Begun(2), wire.Over(2)]


def test_e3_the_app_is_told_how_much_the_device_has_taken(player: ListenerPlayer, app: RecordingApp) -> None:
    player.play(app.sound(1, 2.0))
    app.until(player, wire.Over(1))
    assert app.played_ms and app.played_ms == sorted(app.played_ms)
    assert all(later - earlier > 300 for earlier, later in pairwise(app.played_ms))
    assert app.played_ms[-1] <= 2000


def test_a_dead_device_is_reopened(player: ListenerPlayer, app: RecordingApp, monkeypatch: pytest.MonkeyPatch) -> None:
    player.play(app.sound(1, 20.0))
    app.until(player, wire.Begun(1))
    dead = player._backend
    monkeypatch.setattr(dead, "alive", lambda: False)
    app.until(player, wire.Over(1))
    assert player._backend is not dead
    player.play(app.sound(2, 0.05))
    app.until(player, wire.Over(2))


@pytest.mark.parametrize(
    ("server", "far"),
    [
        ("", False),
        ("unix:/run/user/1000/pulse/native", False),
        ("/tmp/pulse", False),
        ("tcp:127.0.0.1:4713", True),
        ("tcp6:[::1]:4713", True),
        ("unix:/none {0123abc}tcp:laptop:4713", True),
    ],
)
def test_a_forwarded_pulseaudio_is_known_by_its_address(server: str, far: bool) -> None:
    assert is_pulse_over_tcp({"PULSE_SERVER": server} if server else {}) is far


def test_a_forwarded_pulseaudio_is_known_by_the_settings_of_pulseaudio(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    (tmp_path / ".config" / "pulse").mkdir(parents=True)
    settings = tmp_path / ".config" / "pulse" / "client.conf"
    settings.write_text("; default-server = tcp:no\nautospawn = no\n")
    assert not is_pulse_over_tcp(env)
    settings.write_text("autospawn = no\ndefault-server = tcp:127.0.0.1:4713\n")
    assert is_pulse_over_tcp(env)
    assert not is_pulse_over_tcp({**env, "PULSE_SERVER": "unix:/run/pulse"}), "the variable counts first"
    assert is_pulse_over_tcp({"HOME": "/nowhere", "PULSE_CLIENTCONFIG": str(settings)})
