"""Reading the sounds of a beat: the newest request counts, and a drive that hangs holds up no beat."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support.live_beats import RATE, TOKEN, click_file, steps
from tui_browser.playback.beat import beat_loader
from tui_browser.playback.beat.beat_loader import BeatLoader, LoadedBeat
from tui_browser.playback.beat.part_sound import read_part
from tui_browser.playback.messages import BeatPart, PlayBeat

EVERY = steps("x" * 16)


def beat(*parts: BeatPart) -> PlayBeat:
    return PlayBeat(TOKEN, parts, 0.125, 50.0, 16, time.monotonic())


def taken(loader: BeatLoader) -> LoadedBeat:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if (loaded := loader.take()) is not None:
            return loaded
        time.sleep(0.002)
    raise AssertionError("nothing was read")


def test_a_drive_that_hangs_holds_up_no_beat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def hanging(path: bytes, *, onset_s: float, speed: float, rate: int) -> np.ndarray:
        if b"slow" in path:
            assert free.wait(30)
        return read_part(path, onset_s=onset_s, speed=speed, rate=rate)

    monkeypatch.setattr(beat_loader, "read_part", hanging)
    monkeypatch.setattr(beat_loader, "PATIENCE_S", 0.05)
    quick, slow = (BeatPart(click_file(tmp_path / f"{name}.wav"), EVERY) for name in ("quick", "slow"))
    loader = BeatLoader(RATE, lambda: None)
    try:
        loader.load(beat(quick))
        assert len(taken(loader).plan.parts[0].sound) == 1
        loader.load(beat(slow, quick))
        first = taken(loader)
        assert [len(part.sound) for part in first.plan.parts] == [0, 1], "the slow one is silent"
        assert loader.take() is None
        loader.load(beat(quick, quick))
        assert [len(part.sound) for part in taken(loader).plan.parts] == [1, 1], "nor does it hold up a change"
        loader.load(beat(slow, quick))
        free.set()
        while [len(part.sound) for part in taken(loader).plan.parts] != [1, 1]:
            pass
    finally:
        free.set()
        loader.close()


def test_sounds_that_stay_are_the_same_arrays_so_that_they_ring_on(tmp_path: Path) -> None:
    kick, snare, hat = (BeatPart(click_file(tmp_path / f"{name}.wav"), EVERY, gain=0.5) for name in "ksh")
    loader = BeatLoader(RATE, lambda: None)
    try:
        loader.load(beat(kick, snare))
        first = taken(loader).plan
        loader.load(beat(kick, hat))
        second = taken(loader).plan
        assert first.parts[0].sound is second.parts[0].sound
        assert first.parts[1].sound is not second.parts[1].sound
    finally:
        loader.close()


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    loader = BeatLoader(RATE, lambda: None, cache_bytes=1 << 20)
    try:
        for number in range(12):
            loader.load(beat(BeatPart(click_file(tmp_path / f"{number}.wav", frames=30_000), EVERY)))
            taken(loader)
        assert loader.cached_bytes <= 1 << 20
    finally:
        loader.close()
