"""A listener in a process of its own that records what would be heard, and players that play through it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tui_browser.playback.messages import Finished, PlayerEvent, Ready, Started
from tui_browser.playback.player import Player
from tui_browser.playback.remote.listener import Listener, ListenerOptions
from tui_browser.playback.remote.pairing import own_token

RATE = 48_000


class Laptop:
    """A listener, where it waits, and the recording of what was heard there."""

    def __init__(self, folder: Path, *, cache_bytes: int = 64 << 20, player: str = "", address: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.recording = folder / "heard.wav"
        self.cache = folder / "cache"
        self._options = ListenerOptions(
            address=address or str(folder / "l.sock"),
            token=own_token(),
            cache_folder=str(self.cache),
            cache_bytes=cache_bytes,
            player=player or f"recorder:{self.recording}",
        )
        self.said: list[str] = []
        self.open()

    def open(self) -> None:
        self.listener = Listener(self._options, log=str(self.folder / "log"))
        self.socket = self.listener.address

    def says(self, words: str, seconds: float = 20.0) -> str:
        """The first sentence with these words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for said in self.said:
                if words in said:
                    return said
            note = self.listener.next_note(timeout_s=0.2)
            if note is not None:
                self.said.append(note)
        raise AssertionError(f"{words!r} was not said, but {self.said}; log: {(self.folder / 'log').read_text()}")

    def heard(self) -> np.ndarray:
        samples, rate = sf.read(self.recording, dtype="float32")
        assert rate == RATE
        return np.asarray(samples)


class App:
    """A player and all that it has told."""

    def __init__(self, backend: str, log: Path) -> None:
        self.player = Player(backend, log=str(log))
        self.log = log
        self.told: list[PlayerEvent] = []
        self.seen: list[PlayerEvent] = []
        """Everything, in order."""

    def until(self, wanted: type | Callable[[PlayerEvent], bool], seconds: float = 30.0) -> PlayerEvent:
        """The first event that is wanted, among those not waited for yet."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            fresh = self.player.poll()
            self.told += fresh
            self.seen += fresh
            for place, event in enumerate(self.told):
                if isinstance(event, wanted) if isinstance(wanted, type) else wanted(event):
                    del self.told[: place + 1]
                    return event
            time.sleep(0.002)
        raise AssertionError(f"{wanted} did not come, but {self.seen}; log: {self.log.read_text()}")

    def event(self, kind: type, token: int) -> PlayerEvent:
        return self.until(lambda event: isinstance(event, kind) and getattr(event, "token", None) == token)

    def connected(self) -> Ready:
        """Wait for a line; a recorder is no device that a person hears."""
        event = self.until(lambda event: isinstance(event, Ready) and "/" in event.backend)
        assert isinstance(event, Ready)
        return event


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Callable[..., Laptop]]:
    made: list[Laptop] = []

    def make(name: str = "laptop", **options: Any) -> Laptop:
        made.append(Laptop(tmp_path / name, **options))
        return made[-1]

    yield make
    for each in made:
        each.listener.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Callable[..., App]]:
    made: list[App] = []

    def make(backend: str) -> App:
        made.append(App(backend, tmp_path / f"app-{len(made)}.log"))
        return made[-1]

    yield make
    for each in made:
        each.player.close()


@pytest.fixture
def sound(tmp_path: Path) -> Callable[..., tuple[bytes, np.ndarray]]:
    """Writes noise of a seed as 16-bit WAV: its path, and the samples (n, 2) that are to be heard."""

    def make(seconds: float = 0.2, *, seed: int = 0, channels: int = 1) -> tuple[bytes, np.ndarray]:
        shape = (round(seconds * RATE), channels)
        pcm = np.random.default_rng(seed).integers(-16_000, 16_000, shape).astype(np.int16)
        path = tmp_path / f"sound-{seed}.wav"
        sf.write(path, pcm, RATE, subtype="PCM_16")
        heard = (pcm / np.float32(32768)).astype(np.float32)
        return os.fsencode(path), np.repeat(heard, 3 - channels, axis=1) if channels == 1 else heard

    return make


MakeLaptop = Callable[..., Laptop]
MakeApp = Callable[[str], App]
MakeSound = Callable[..., tuple[bytes, np.ndarray]]


def play(app: App, path: bytes, token: int, *, start_s: float = 0.0) -> Started:
    """Play to the end."""
    app.player.play(path, token=token, start_s=start_s)
    started = app.event(Started, token)
    app.event(Finished, token)
    assert isinstance(started, Started)
    return started
