"""An app and a listener in processes of their own, with a socket or a slow line between them."""

import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.delay import SlowLine
from tests.playback.remote.conftest import RATE, Laptop, MakeApp, MakeLaptop, MakeSound, play
from tui_browser.errors import PlayerError
from tui_browser.playback.messages import Failed, Finished, Position, Ready, Started, TimeStretch
from tui_browser.playback.remote.request_mailbox import RemotePlay


def test_what_is_heard_on_the_laptop_is_the_files_sample_by_sample(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound
) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    here.connected()
    sounds = [sound(0.2, seed=1), sound(0.05, seed=2, channels=2), sound(4.2, seed=3)]
    for token, (path, _) in enumerate(sounds):
        play(here, path, token)
    here.player.close()
    there.listener.close()
    assert np.array_equal(there.heard(), np.concatenate([samples for _, samples in sounds])), "no gap, nothing doubled"


def test_a_loop_for_another_tempo_is_heard_as_it_is(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    here.connected()
    path, samples = sound(2.2)
    here.player.prefetch([path], stretches=[TimeStretch(1.25, 3)])
    here.player.play(path, token=1, stretch=TimeStretch(1.25, 3))
    here.event(Finished, 1)
    here.player.close()
    there.listener.close()
    assert np.array_equal(there.heard(), samples)


def test_a_long_sound_can_begin_in_its_middle(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    path, samples = sound(6.0, seed=4)
    play(here, path, 1, start_s=4.75)
    here.player.close()
    there.listener.close()
    heard, wanted = there.heard(), samples[round(4.75 * RATE) :]
    assert len(heard) == len(wanted)
    assert np.array_equal(heard[480:], wanted[480:]), "but for the fade-in"


def test_a_part_ends_on_the_laptop_too(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop(player="null")
    here = app(f"remote:{there.socket}")
    here.connected()
    began = time.monotonic()
    path, _ = sound(60.0)
    here.player.play(path, token=1, start_s=20.0, end_s=20.4)
    here.event(Finished, 1)
    assert time.monotonic() - began < 20


def test_a_sound_goes_over_once_also_for_the_next_app(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    path, samples = sound(0.2)
    with SlowLine(str(tmp_path / "s"), there.socket) as line:
        here = app(f"remote:{line.path}")
        play(here, path, 1)
        first = line.there_bytes
        assert len(samples) < first < 3 * len(samples)
        before = line.there_bytes + line.back_bytes
        play(here, path, 2)
        cached = line.there_bytes + line.back_bytes - before
        assert cached < 200
        here.player.close()
        again = app(f"remote:{line.path}")
        again.connected()
        before = line.there_bytes + line.back_bytes
        play(again, path, 3)
        assert line.there_bytes + line.back_bytes - before < 200
        again.player.close()
    there.listener.close()
    assert np.array_equal(there.heard(), np.concatenate([samples] * 3))


def test_a_sound_that_the_listener_dropped_is_sent_again(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop(cache_bytes=30_000)  # one sound and no more
    here = app(f"remote:{there.socket}")
    sounds = [sound(0.2, seed=seed) for seed in (1, 2, 1, 2)]
    for token, (path, _) in enumerate(sounds):
        play(here, path, token)
    here.player.close()
    there.listener.close()
    assert np.array_equal(there.heard(), np.concatenate([samples for _, samples in sounds]))


def test_two_apps_share_one_listener_and_the_newest_is_heard(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    long, _ = sound(30.0, seed=1)
    short, samples = sound(0.1, seed=2)
    one = app(f"remote:{there.socket}")
    with SlowLine(str(tmp_path / "s"), there.socket) as line:
        two = app(f"remote:{line.path}")
        play(one, short, 1)
        one.player.play(long, token=2)
        one.event(Started, 2)
        two.player.play(short, token=9)
        two.event(Started, 9)
        one.event(Finished, 2)
        two.event(Finished, 9)
        assert line.there_bytes < len(samples), "one app's sound is there for the other"
        one.player.play(long, token=3)
        one.event(Started, 3)
        two.player.stop()
        time.sleep(0.1)
        assert not [event for event in one.player.poll() if event == Finished(3)], "a stop is for one's own sound"
        two.player.close()


def test_stop_and_replacing_fade_and_nothing_is_left_behind(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    long, _ = sound(20.0, seed=1)
    short, samples = sound(0.1, seed=2)
    for token in range(4):
        here.player.play(long, token=token)
        here.event(Started, token)
        here.player.stop()
    play(here, short, 99)
    here.player.close()
    there.listener.close()
    assert np.array_equal(there.heard()[-len(samples) :], samples)


def test_a_single_cycle_is_repeated_for_a_while_and_a_loop_until_it_is_stopped(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound
) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    path, cycle = sound(0.01, seed=1)
    started = time.monotonic()
    play(here, path, 1)
    assert time.monotonic() - started > 1.5
    path, turn = sound(0.1, seed=2)
    here.player.play(path, token=2, loop=True)
    here.event(Started, 2)
    time.sleep(0.5)
    assert not any(event == Finished(2) for event in here.player.poll())
    here.player.close()  # the line ends, and with it the loop
    time.sleep(0.1)
    there.listener.close()
    heard = there.heard()
    assert np.array_equal(heard[: 100 * len(cycle)], np.tile(cycle, (100, 1)))
    assert len(heard) > 2 * RATE + 4 * len(turn)


def test_files_that_are_no_sound_fail_and_the_next_plays(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    here = app(f"remote:{laptop().socket}")
    (tmp_path / "x.wav").write_bytes(b"nothing")
    here.player.play(os.fsencode(tmp_path / "x.wav"), token=1)
    here.event(Failed, 1)
    play(here, sound()[0], 2)


def test_neighbours_are_sent_ahead_and_the_newest_hint_wins(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    sounds = [sound(0.2, seed=seed) for seed in range(4)]
    with SlowLine(str(tmp_path / "s"), there.socket) as line:
        here = app(f"remote:{line.path}")
        here.connected()
        here.player.prefetch([path for path, _ in sounds])
        deadline = time.monotonic() + 20
        while len(os.listdir(there.cache)) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(os.listdir(there.cache)) == 4
        time.sleep(0.1)
        before = line.there_bytes + line.back_bytes
        play(here, sounds[2][0], 1)
        assert line.there_bytes + line.back_bytes - before < 200
        here.player.close()


def test_what_is_sent_ahead_gives_way_at_once(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    heavy = [sound(3.9, seed=seed, channels=2)[0] for seed in (1, 2)]  # some 700 kB each
    wanted, _ = sound(0.1, seed=9)
    with SlowLine(str(tmp_path / "s"), there.socket, rate=200_000) as line:
        here = app(f"remote:{line.path}")
        here.connected()
        here.player.prefetch(heavy)
        deadline = time.monotonic() + 20
        while line.there_bytes < 60_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        here.player.play(wanted, token=1)
        here.event(Started, 1)
        assert line.there_bytes < 400_000, "the neighbours, 1.4 MB, had to wait"
        here.player.close()


def test_a_cut_line_is_taken_up_again(laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path) -> None:
    there = laptop()
    path, samples = sound(0.2)
    with SlowLine(str(tmp_path / "s"), there.socket) as line:
        here = app(f"remote:{line.path}")
        play(here, path, 1)
        line.cut()
        lost = here.until(lambda event: isinstance(event, Ready) and not event.sounds and "by itself" in event.note)
        assert isinstance(lost, Ready)
        here.player.play(path, token=2)  # requested while the connection is down or new: not lost
        here.event(Started, 2)
        here.event(Finished, 2)
        assert line.connections == 2
        here.player.close()
    there.listener.close()
    assert np.array_equal(there.heard(), np.concatenate([samples] * 2))


def test_a_listener_that_is_started_again_is_found_again(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    path, _ = sound()
    play(here, path, 1)
    there.listener.close()
    here.until(lambda event: isinstance(event, Ready) and "/" not in event.backend)
    there.open()
    here.connected()
    play(here, path, 2)


def test_a_stalled_line_freezes_nothing_and_is_taken_up_again(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    path, _ = sound()
    with SlowLine(str(tmp_path / "s"), there.socket) as line:
        here = app(f"remote:{line.path}")
        play(here, path, 1)
        line.stall(on=True)
        started = time.monotonic()
        for token in range(2, 40):
            here.player.play(path, token=token)
            here.player.poll()
        assert time.monotonic() - started < 2.5, "38 keys, while a line is given up after three seconds"
        here.event(Failed, 39)
        line.stall(on=False)
        line.cut()
        here.until(lambda event: isinstance(event, Ready) and "/" in event.backend)
        play(here, path, 50)
        here.player.close()


# --- the socket ------------------------------------------------------------------------------------------------------


def test_the_socket_is_for_its_owner_and_goes_with_the_listener(laptop: MakeLaptop) -> None:
    there = laptop()
    assert os.stat(there.socket).st_mode & 0o777 == 0o600
    with pytest.raises(PlayerError, match="running already"):
        Laptop(there.folder)
    there.listener.close()
    assert not os.path.exists(there.socket)


def test_a_dead_socket_is_no_hindrance_and_a_file_is(laptop: MakeLaptop, tmp_path: Path) -> None:
    (tmp_path / "laptop").mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / "laptop" / "l.sock"))
    dead.close()
    laptop()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "l.sock").write_text("mine")
    with pytest.raises(PlayerError):
        Laptop(tmp_path / "other")
    assert (tmp_path / "other" / "l.sock").read_text() == "mine"


def test_a_port_of_the_loopback_does_as_well(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop(address="127.0.0.1:0")
    assert there.socket.startswith("127.0.0.1:")
    play(app(f"remote:{there.socket}"), sound()[0], 1)


def test_without_a_listener_one_sentence_tells_how_to_get_one(app: MakeApp, sound: MakeSound, tmp_path: Path) -> None:
    here = app(f"remote:{tmp_path}/none.sock")
    ready = here.until(Ready)
    assert isinstance(ready, Ready)
    assert not ready.sounds and "tui-browser ssh" in ready.note
    here.player.play(sound()[0], token=1)
    here.event(Failed, 1)


def test_nothing_runs_on_after_all_is_closed(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    threads = threading.active_count()
    there = laptop()
    here = app(f"remote:{there.socket}")
    play(here, sound()[0], 1)
    here.player.close()
    there.listener.close()
    assert threading.active_count() == threads


def test_e3_the_position_is_that_of_the_listeners_device(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    """Over a line with a round trip of 0.2 s: what is reported is what is heard there at that moment."""
    there = laptop(player="null")
    path, _ = sound(60.0)
    with SlowLine(str(tmp_path / "s"), there.socket, round_trip_s=0.2) as line:
        here = app(f"remote:{line.path}")
        here.connected()
        here.player.play(path, token=1, start_s=10.0)
        here.event(Started, 1)
        heard_since = time.monotonic() - 0.1
        late: list[float] = []
        while len(late) < 12:
            event = here.until(Position)
            assert isinstance(event, Position)
            late.append(time.monotonic() - heard_since - (event.at_s - 10.0))
    assert abs(float(np.median(late))) < 0.1, late
    assert max(late) - min(late) < 0.3, late


def test_e3_a_listener_that_stood_still_is_followed() -> None:
    play = RemotePlay(b"x", 1, start_s=5.0, gain_db=0.0, speed=2.0, loop=False, requested_at=0.0)
    assert play.position_s(100.0) == 5.0
    play.started = 100.0
    assert play.position_s(103.0) == pytest.approx(11.0)
    play.heard = 2.5, 103.0  # half a second of silence, as the line was held up
    assert play.position_s(103.0) == pytest.approx(10.0)
    assert play.position_s(103.5) == pytest.approx(11.0)
