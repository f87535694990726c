"""What tests of the ways out for sound share: noise, and waiting for what a player says."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from tui_browser.playback.messages import PlayerEvent
from tui_browser.playback.player import Player

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
