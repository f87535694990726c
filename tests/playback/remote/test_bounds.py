"""Whatever the far side sends, a listener's time, memory and disk are bounded, and so are the app's."""

from __future__ import annotations

import os
import statistics
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.playback.remote.conftest import Laptop, MakeApp, MakeLaptop, MakeSound
from tests.support.listener_attacks import (
    Attack,
    assault,
    awkward_loops,
    crowded_beats,
    delivered,
    flac,
    flood,
    greeted,
    greeting_s,
    hostile_listener,
    long_output,
    memory_mb,
    never_read,
    peak_mb,
    played,
    tiny_blocks,
    unfinished_blocks,
)
from tui_browser.playback.messages import Failed, Line, Ready
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.connection import ListenerConnection

MOST_MB = 150.0


def process_of(there: Laptop) -> int:
    assert there.listener._child is not None and there.listener._child.process.pid is not None
    return there.listener._child.process.pid


@pytest.fixture
def there(laptop: MakeLaptop) -> Laptop:
    return laptop(player="null", cache_bytes=1 << 20)


@pytest.mark.parametrize(
    "attack", [long_output, awkward_loops, crowded_beats, tiny_blocks, never_read, unfinished_blocks]
)
def test_an_app_that_attacks_holds_up_nobody_and_fills_nothing(there: Laptop, attack: Attack) -> None:
    done = threading.Event()
    attacker = threading.Thread(target=attack, args=(there.socket, pairing.own_token(), done))
    attacker.start()
    try:
        waited = []
        end = time.monotonic() + 0.8
        while time.monotonic() < end:
            waited.append(greeting_s(there.socket, pairing.own_token()))
            time.sleep(0.05)
    finally:
        done.set()
        attacker.join()
    assert statistics.median(waited) < 1.0, waited
    assert peak_mb(process_of(there)) < MOST_MB
    there.listener.close()
    on_disk = sum(-(-entry.stat().st_size // 4096) * 4096 for entry in os.scandir(there.cache))
    assert on_disk <= 1 << 20


def test_silent_strangers_do_not_lock_the_owner_out(there: Laptop) -> None:
    silent = [pairing.open_socket_to_listener(there.socket, timeout_s=20) for _ in range(100)]
    assert greeting_s(there.socket, pairing.own_token()) < 3.0, "before the first of them has used up its time"
    for raw in silent:
        raw.close()


def test_a_full_house_of_idle_apps_is_told_and_one_that_left_makes_room(there: Laptop) -> None:
    apps = [ListenerConnection(there.socket, [pairing.own_token()]) for _ in range(16)]
    with pytest.raises(wire.ListenerError, match="too many"):
        ListenerConnection(there.socket, [pairing.own_token()])
    apps.pop().close()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            apps.append(ListenerConnection(there.socket, [pairing.own_token()]))
            break
        except wire.ListenerError:
            time.sleep(0.05)
    assert len(apps) == 16
    for each in apps:
        each.close()


def test_a_flood_of_hints_reaches_other_apps_as_a_few(there: Laptop) -> None:
    other = ListenerConnection(there.socket, [pairing.own_token()])
    with greeted(there.socket, pairing.own_token()) as raw:
        for seed in range(40):
            raw.sendall(b"".join(delivered(b"fLaC" + bytes([seed, number]) + bytes(40)) for number in range(100)))
            raw.recv(1 << 16)
    raw_other = other._socket.dup()
    other.close()
    raw_other.settimeout(0.5)
    received = 0
    with pytest.raises(TimeoutError):
        while True:
            received += len(raw_other.recv(1 << 16))
    raw_other.close()
    assert received < 300 * len(wire.pack(wire.Kept(bytes(32)))), "of 4,000 blocks"


def test_an_app_remembers_only_so_much_of_what_a_listener_claims(tmp_path: Path) -> None:
    digests = [number.to_bytes(8, "big") + bytes(24) for number in range(40_000)]
    claims = [
        b"".join(wire.pack(wire.Kept(digest)) for digest in digests[at : at + 1000]) for at in range(0, 40_000, 1000)
    ]
    with hostile_listener(str(tmp_path / "s"), pairing.own_token(), lambda: claims.pop() if claims else b""):
        line = ListenerConnection(str(tmp_path / "s"), [pairing.own_token()])
        line._socket.setblocking(True)
        with pytest.raises(wire.ListenerError, match="closed"):
            while True:
                assert line.read() == []
        line.close()
    assert len(line._held) == 16_384


def test_a_player_under_a_flood_answers_and_stays_small(tmp_path: Path, app: MakeApp, sound: MakeSound) -> None:
    with hostile_listener(str(tmp_path / "s"), pairing.own_token(), flood):
        here = app(f"remote:{tmp_path}/s")
        here.connected()
        end, token = time.monotonic() + 1.5, 0
        while time.monotonic() < end:
            token += 1
            here.player.play(os.fsencode(tmp_path / "none.wav"), token=token)
            here.event(Failed, token)
        assert here.player.pid is not None
        assert peak_mb(here.player.pid) < MOST_MB
        told = sum(isinstance(event, Ready | Line) for event in here.seen)
        assert told < 100, "the app hears of changes ten times a second"


def test_a_sound_of_an_hour_in_a_small_block_is_heard_for_seconds(there: Laptop) -> None:
    block = flac(np.zeros(1 << 20, dtype=np.float32), 1_000)
    digest = wire.block_digest(block)
    with greeted(there.socket, pairing.own_token()) as raw:
        raw.settimeout(60)
        raw.sendall(delivered(block) + wire.pack(wire.PlayBlock(1, digest, 0, 0xFFFFFFFF, 0.0, 4.0, False, True)))
        began, frames = time.monotonic(), wire.FrameParser(wire.TO_APP)
        messages: list[object] = []
        while wire.Over(1) not in messages:
            messages += frames.feed(raw.recv(4096))
    assert wire.Begun(1) in messages and time.monotonic() - began < 30


def test_sounds_that_gave_way_are_let_go(there: Laptop) -> None:
    before = memory_mb(process_of(there))
    apps = [greeted(there.socket, pairing.own_token()) for _ in range(15)]
    for number, raw in enumerate(apps):  # 7 MB of samples each, and each replaces the one before
        block = flac(np.full(4_500, number / 100, dtype=np.float32), 1_000)
        raw.sendall(delivered(block) + played(block, number, speed=0.25, loop=False))
        frames = wire.FrameParser(wire.TO_APP)
        while wire.Begun(number) not in list(frames.feed(raw.recv(4096))):
            pass
    assert memory_mb(process_of(there)) - before < 60
    for raw in apps:
        raw.close()


@pytest.mark.slow
def test_all_attacks_together_leave_it_small_and_quick(there: Laptop) -> None:
    waited: list[float] = []
    with assault(there.socket, pairing.own_token(), seconds=3) as running:
        while running.poll() is None:
            waited.append(greeting_s(there.socket, pairing.own_token()))
            time.sleep(0.1)
    assert running.returncode == 0 and len(waited) > 3
    assert statistics.median(waited) < 1.0, waited
    assert peak_mb(process_of(there)) < MOST_MB
