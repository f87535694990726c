"""Beats as the player takes them, and what a recorder heard of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile as sf

from tui_browser.playback.messages import FIRST_BEAT_TOKEN, BeatPart, PlayerEvent
from tui_browser.playback.player import Player

RATE = 48_000
TOKEN = FIRST_BEAT_TOKEN
FAST_S = 0.03125
"""A step at 480 bpm: 16 of them take half a second, 24,000 frames."""


class Heard:
    """A player and all that it has told."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.events: list[PlayerEvent] = []

    def until(self, wanted: type | Callable[[PlayerEvent], bool], seconds: float = 20.0) -> PlayerEvent:
        """The first event that is wanted among all."""
        end = time.monotonic() + seconds
        looked = 0
        while time.monotonic() < end:
            self.events += self.player.poll()
            for event in self.events[looked:]:
                looked += 1
                if isinstance(event, wanted) if isinstance(wanted, type) else wanted(event):
                    return event
            time.sleep(0.002)
        raise AssertionError(f"{wanted} did not come; there were {self.events[-20:]}")

    def fresh(self, wanted: type | Callable[[PlayerEvent], bool], seconds: float = 20.0) -> PlayerEvent:
        """The same, among those that come from now on."""
        self.player.poll()
        self.events = []
        return self.until(wanted, seconds)


def recorded(path: Path) -> np.ndarray:
    """(n, 2) what a recorder has written."""
    samples, rate = sf.read(path, dtype="float32")
    assert rate == RATE
    return np.asarray(samples)


def recorded_at_least(path: Path, seconds: float) -> None:
    """Wait until a recording is so long."""
    end = time.monotonic() + 30 + seconds
    while time.monotonic() < end:
        if path.exists() and path.stat().st_size > seconds * RATE * 8 + 100:
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} is not {seconds} s long")


def click_file(path: Path, *, height: float = 0.25, frames: int = 1) -> bytes:
    """A file of equal samples at the device's rate: it is heard where it begins, to the sample."""
    sf.write(path, np.full(frames, height, dtype=np.float32), RATE, subtype="FLOAT")
    return os.fsencode(path)


def steps(text: str) -> tuple[float, ...]:
    """Velocities of a line like `x...x...`."""
    return tuple(float(letter == "x") for letter in text.replace(" ", ""))


def play(player: Player, parts: Sequence[BeatPart], *, token: int = TOKEN, step_s: float = FAST_S) -> None:
    """Play parts of 16 steps."""
    player.play_beat(parts, token=token, step_s=step_s, swing=50.0, steps=16)
