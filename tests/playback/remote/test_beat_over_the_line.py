"""Beats over a line with a round trip of 100 ms: what is heard is mixed at the listener, out of its cache."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks.delay import SlowLine
from tests.playback.beat.test_live_and_offline import BUSY, loud_tail_kit
from tests.playback.remote.conftest import RATE, App, Laptop, MakeApp, MakeLaptop
from tests.support.live_beats import FAST_S, TOKEN, play, recorded_at_least, steps
from tui_browser.kits.live import live_parts
from tui_browser.kits.pattern import pattern_from_text
from tui_browser.kits.render import Beat, BeatOptions
from tui_browser.playback.messages import BeatPart, BeatPosition, Failed, Finished, Started
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.connection import ListenerConnection
from tui_browser.playback.remote.pattern_parts import MOST_PARTS, PatternPart, pack_parts, unpack_parts

ROUND_TRIP_S = 0.1
EVERY, NINTH = steps("x" * 16), steps("." * 8 + "x" + "." * 7)


@pytest.fixture
def far(laptop: MakeLaptop, app: MakeApp, tmp_path: Path) -> Callable[[], tuple[Laptop, SlowLine, App]]:
    def make() -> tuple[Laptop, SlowLine, App]:
        there = laptop()
        line = SlowLine(str(tmp_path / "slow"), there.socket, round_trip_s=ROUND_TRIP_S)
        line.__enter__()
        here = app(f"remote:{line.path}")
        here.connected()
        return there, line, here

    return make


def tick(path: Path, height: float, *, frames: int = 32) -> bytes:
    """Equal samples of a height that 16 bits hold, at the listener's rate."""
    sf.write(path, np.full(frames, height, dtype=np.float32), RATE, subtype="PCM_16")
    return os.fsencode(path)


def place(here: App, after_s: float = 0.0) -> BeatPosition:
    event = here.until(lambda event: isinstance(event, BeatPosition) and event.at_s > after_s)
    assert isinstance(event, BeatPosition)
    return event


def test_the_listener_plays_what_the_offline_render_holds_loop_after_loop(
    far: Callable[[], tuple[Laptop, SlowLine, App]], tmp_path: Path
) -> None:
    there, line, here = far()
    try:
        kit, pattern = loud_tail_kit(tmp_path, level_db=-9.0), pattern_from_text(BUSY, name="busy")
        here.player.play_beat(
            live_parts(kit, pattern), token=TOKEN, step_s=pattern.step_s, swing=pattern.swing, steps=pattern.steps
        )
        here.event(Started, TOKEN)
        sent = line.there_bytes
        recorded_at_least(there.recording, 2.4)
        assert line.there_bytes - sent < 2_000, "it plays out of the cache"
        assert 0.0 <= place(here).at_s < 1.0
    finally:
        line.__exit__()
    heard = there.heard()[: round(2.4 * RATE)]
    offline, _ = Beat(kit, pattern, BeatOptions(bars=5, rate=RATE)).mix()
    assert np.array_equal(heard, offline[: len(heard)])


def test_a_swap_a_sound_beside_and_a_cut_line_leave_no_gap(
    far: Callable[[], tuple[Laptop, SlowLine, App]], tmp_path: Path
) -> None:
    there, line, here = far()
    try:
        beat = BeatPart(tick(tmp_path / "tick.wav", 0.125), EVERY)
        kicks = [tick(tmp_path / f"kick-{number}.wav", 0.25 + number / 16) for number in range(3)]
        for number, kick in enumerate(kicks):
            play(here.player, [replace(beat, path=kick, velocities=NINTH), beat])
            if not number:
                here.event(Started, TOKEN)
            recorded_at_least(there.recording, 0.8 * (number + 1))
        here.player.play(tick(tmp_path / "beside.wav", -0.75, frames=3_000), token=3)
        here.event(Finished, 3)
        here.player.stop(beat=False)
        recorded_at_least(there.recording, 3.2)
        swapped = there.heard()[: 3 * RATE]
        assert np.flatnonzero(swapped[:, 0] < -0.6).size >= 2_000, "beside it"
        first = np.arange(0, 3 * RATE, 1_500)
        assert (np.abs(swapped[first, 0]) > 0.1).all(), "every step of the other track is in time"
        kicks_at = np.arange(12_000, 3 * RATE, 24_000)
        heights = set(np.round((swapped[kicks_at, 0] - 0.125) * 16).tolist())
        assert {4.0, 5.0, 6.0} <= heights
        line.cut()
        here.until(lambda event: isinstance(event, BeatPosition))
        here.connected()
        again = there.recording.stat().st_size / RATE / 8
        recorded_at_least(there.recording, again + 0.5)
        assert not [event for event in here.seen if isinstance(event, Failed)]
    finally:
        line.__exit__()


def test_another_app_takes_the_listener_and_the_first_is_told(
    far: Callable[[], tuple[Laptop, SlowLine, App]], app: MakeApp, tmp_path: Path
) -> None:
    there, line, here = far()
    try:
        part = BeatPart(tick(tmp_path / "a.wav", 0.25), EVERY)
        play(here.player, [part])
        here.event(Started, TOKEN)
        other = app(f"remote:{there.socket}")
        other.connected()
        play(other.player, [part], token=TOKEN + 5)
        other.event(Started, TOKEN + 5)
        here.event(Finished, TOKEN)
        other.player.stop()
        other.player.play(tick(tmp_path / "b.wav", -0.5, frames=2_000), token=1)
        other.event(Finished, 1)
    finally:
        line.__exit__()


def test_a_part_that_fails_is_told_and_a_lost_block_is_sent_again(
    laptop: MakeLaptop, app: MakeApp, tmp_path: Path
) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    here.connected()
    part = BeatPart(tick(tmp_path / "a.wav", 0.25), EVERY)
    play(here.player, [part, BeatPart(os.fsencode(tmp_path / "none.wav"), EVERY)])
    failed = here.event(Failed, TOKEN)
    assert isinstance(failed, Failed) and "none.wav" in failed.reason
    here.event(Started, TOKEN)
    here.player.stop()
    there.listener.close()
    for block in there.cache.iterdir():
        block.unlink()
    there.open()
    play(here.player, [part], token=TOKEN + 1)
    here.event(Started, TOKEN + 1)


# --- what strangers send ---------------------------------------------------------------------------------------------

GOOD = PatternPart(bytes(32), 0, 1.0, 1.0, 0.0, 0, (1.0,) * 16)


def test_parts_come_out_as_they_went_in() -> None:
    parts = [GOOD, replace(GOOD, start=480, speed=0.75, gain=0.5, pan=-1.0, choke=3, velocities=(0.5,) * 16)]
    assert unpack_parts(pack_parts(parts, steps=16), steps=16) == parts
    most = [replace(GOOD, velocities=(1.0,) * wire.MOST_STEPS)] * MOST_PARTS
    assert len(pack_parts(most, steps=wire.MOST_STEPS)) <= wire.MOST_PARTS_BYTES


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e9, 1e9])
@pytest.mark.parametrize("place", [36, 44, 48, 57], ids=["speed", "gain", "pan", "velocity"])
def test_impossible_numbers_of_a_part_are_refused(value: float, place: int) -> None:
    packed = bytearray(pack_parts([GOOD], steps=16))
    layout = ">d" if place in (36, 48) else ">f"
    struct.pack_into(layout, packed, place, value)
    with pytest.raises(wire.ListenerError):
        unpack_parts(bytes(packed), steps=16)


def test_impossible_patterns_are_refused() -> None:
    good = {"tag": 1, "step_s": 0.1, "swing": 50.0, "at_s": 0.0, "steps": 16, "parts": b""}
    wire.PlayPattern(**good)  # type: ignore[arg-type]  # as the fields are
    nan = float("nan")
    for wrong in ({"step_s": 0.0}, {"step_s": nan}, {"step_s": 99.0}, {"swing": 20.0}, {"swing": nan}, {"at_s": nan},
                  {"at_s": -1.0}, {"at_s": 9.0}, {"steps": 0}, {"steps": 65}):  # fmt: skip
        with pytest.raises(wire.ListenerError):
            wire.PlayPattern(**{**good, **wrong})  # type: ignore[arg-type]
    packed = pack_parts([GOOD], steps=16)
    for data in (packed[:-1], packed * (MOST_PARTS + 1), b"?"):
        with pytest.raises(wire.ListenerError):
            unpack_parts(data, steps=16)
    with pytest.raises(wire.ListenerError):
        wire.PatternAt(1, nan)


def test_a_listener_refuses_a_hostile_beat_and_plays_on_for_others(
    laptop: MakeLaptop, app: MakeApp, tmp_path: Path
) -> None:
    there = laptop(player="null")
    here = app(f"remote:{there.socket}")
    here.connected()
    play(here.player, [BeatPart(tick(tmp_path / "a.wav", 0.25), EVERY)], step_s=FAST_S)
    here.event(Started, TOKEN)
    stranger = ListenerConnection(there.socket, [pairing.own_token()])
    raw = stranger._socket.dup()
    stranger.close()
    raw.settimeout(10)
    hostile = bytearray(wire.pack(wire.PlayPattern(1, 0.1, 50.0, 0.0, 16, pack_parts([GOOD], steps=16))))
    hostile[-4:] = struct.pack(">f", float("nan"))
    raw.sendall(bytes(hostile))
    while raw.recv(1 << 16):
        pass
    raw.close()
    there.says("impossible velocities")
    assert place(here).token == TOKEN
