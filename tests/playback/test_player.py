import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tui_browser.playback.messages import Failed, Finished, Lost, PlayerEvent, Ready, Started
from tui_browser.playback.player import Player

RATE = 48_000


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (round(seconds * RATE), 2)).astype(np.float32)


def written(path: Path, samples: np.ndarray, rate: int = RATE) -> bytes:
    sf.write(path, samples, rate, subtype="FLOAT")
    return os.fsencode(path)


class Watched:
    """A player and all that it has told."""

    def __init__(self, backend: str, **options: Any) -> None:
        self.player = Player(backend, **options)
        self.events: list[PlayerEvent] = []

    def until(self, wanted: PlayerEvent | type | Callable[[PlayerEvent], bool], seconds: float = 15.0) -> PlayerEvent:
        """The first event that is wanted, among those not waited for yet."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.events += self.player.poll()
            for place, event in enumerate(self.events):
                if (
                    isinstance(event, wanted)
                    if isinstance(wanted, type)
                    else wanted(event)
                    if callable(wanted)
                    else event == wanted
                ):
                    del self.events[: place + 1]
                    return event
            time.sleep(0.002)
        raise AssertionError(f"{wanted} did not come; there were {self.events}")

    def started(self, token: int) -> Started:
        event = self.until(lambda event: isinstance(event, Started) and event.token == token)
        assert isinstance(event, Started)
        return event


@pytest.fixture
def opened() -> Iterator[Callable[..., Watched]]:
    watched: list[Watched] = []

    def make(backend: str = "null", **options: Any) -> Watched:
        watched.append(Watched(backend, **options))
        return watched[-1]

    yield make
    for each in watched:
        if each.player.pid:
            os.kill(each.player.pid, signal.SIGCONT)
        each.player.close()
        each.player.close()


def test_a_sound_is_started_and_finished_in_its_own_time(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    assert watched.until(Ready) == Ready("null", False, "")
    sound = written(tmp_path / "a.wav", noise(0.3))
    begun = time.monotonic()
    watched.player.play(sound, token=5)
    watched.started(5)
    watched.until(Finished(5))
    assert time.monotonic() - begun >= 0.25


def test_the_first_frame_goes_out_soon(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    watched.until(Ready)
    taken = []
    for number in range(12):
        watched.player.play(written(tmp_path / f"{number}.wav", noise(0.5, number)), token=number)
        taken.append(watched.started(number).after_s)
        time.sleep(0.05)
    assert min(taken) < 0.10, f"the quickest; how quick it is by itself the benchmark tells; {taken}"


def test_what_is_heard_is_the_files_sample_by_sample(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}")
    sounds = [noise(0.1, 1), noise(0.05, 2)[:, :1], noise(4.3, 3)]
    for token, sound in enumerate(sounds):
        watched.player.play(written(tmp_path / f"{token}.wav", sound), token=token)
        watched.started(token)
        watched.until(Finished(token))
    watched.player.close()
    heard, rate = sf.read(recording, dtype="float32")
    assert rate == RATE
    sounds[1] = np.repeat(sounds[1], 2, axis=1)
    assert np.array_equal(heard, np.concatenate(sounds)), "level, length, no gap, nothing doubled"


def test_a_replaced_sound_fades_and_the_new_one_is_whole(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}")
    low = written(tmp_path / "low.wav", np.full((3 * RATE, 2), 0.5, np.float32))
    high = noise(0.2)
    watched.player.play(low, token=1)
    watched.started(1)
    time.sleep(0.1)
    watched.player.play(written(tmp_path / "high.wav", high), token=2)
    watched.until(Finished(2))
    watched.player.close()
    heard, _ = sf.read(recording, dtype="float32")
    assert np.array_equal(heard[-len(high) :], high)
    before = heard[: -len(high), 0]
    assert before[-1] == 0
    assert np.abs(np.diff(before)).max() < 0.01, "a click"
    assert 0.05 < len(before) / RATE < 2


def test_stop_is_silence_and_no_finish(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    watched.player.play(written(tmp_path / "a.wav", noise(3)), token=1)
    watched.started(1)
    watched.player.stop()
    watched.player.play(written(tmp_path / "b.wav", noise(0.05)), token=2)
    watched.until(Finished(2))
    assert Finished(1) not in watched.events


def test_a_file_that_cannot_be_heard_is_told_with_its_token(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    (tmp_path / "text.wav").write_bytes(b"text" * 50)
    for token, name in enumerate(("missing.wav", "text.wav", "")):
        watched.player.play(os.fsencode(tmp_path / name), token=token)
        event = watched.until(Failed)
        assert isinstance(event, Failed)
        assert event.token == token
        assert event.reason


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts in /proc")
def test_a_thousand_triggers_leave_nothing_behind(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null", level=True, tails=True)
    paths = [written(tmp_path / f"{number}.wav", noise(0.2, number)) for number in range(20)]
    paths.append(written(tmp_path / "long.wav", noise(5)))

    def counted() -> tuple[int | None, int, int]:
        pid = watched.player.pid
        return pid, len(os.listdir(f"/proc/{pid}/task")), len(os.listdir(f"/proc/{pid}/fd"))

    def rested() -> tuple[int | None, int, int]:
        """The counts once they have been the same for a while: what was played is closed by then."""
        same, last = 0, counted()
        while same < 10:
            time.sleep(0.1)
            same, last = (same + 1, last) if counted() == last else (0, counted())
        return last

    def memory_kib() -> int:
        with open(f"/proc/{watched.player.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4

    for token, path in enumerate(paths):
        watched.player.play(path, token=token)
        watched.started(token)
    watched.player.stop()
    before, used = rested(), memory_kib()
    for token in range(100, 1100):
        watched.player.play(paths[token % len(paths)], token=token)
        if token % 7 == 0:
            watched.player.prefetch(paths)
            watched.player.seek(token, 0.1)
            watched.player.tune(token, loop=token % 2 == 0, speed=1.0)
            time.sleep(0.002)
    watched.started(1099)
    watched.player.stop()
    assert rested() == before
    assert memory_kib() - used < 16_384
    assert not any(isinstance(event, Failed | Lost) for event in watched.events)


def test_of_a_burst_only_the_last_is_opened_and_nobody_waits(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    watched.until(Ready)
    sound = written(tmp_path / "a.wav", noise(0.05))
    assert watched.player.pid
    os.kill(watched.player.pid, signal.SIGSTOP)  # a child that is stuck, as on a network disk
    begun = time.monotonic()
    for token in range(3000):
        watched.player.play(b"/" + b"x" * 3000, token=token)
    watched.player.play(sound, token=9999)
    watched.player.poll()
    assert time.monotonic() - begun < 1
    os.kill(watched.player.pid, signal.SIGCONT)
    watched.started(9999)
    watched.until(Finished(9999))
    failed = sum(isinstance(event, Failed) for event in watched.events)
    assert failed <= 1, "what lay in the pipe was dropped unopened"


def test_a_player_that_was_killed_plays_on(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    watched.until(Ready)
    sound = written(tmp_path / "a.wav", noise(0.05))
    descriptor, old = watched.player.fileno(), watched.player.pid
    for token in range(4):  # more often than it may fail in a row
        assert watched.player.pid
        os.kill(watched.player.pid, signal.SIGKILL)
        watched.player.play(sound, token=token)
        watched.started(token)
    assert watched.player.fileno() == descriptor
    assert watched.player.pid != old


def test_a_sound_that_breaks_the_player_is_not_tried_for_ever(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    sound = written(tmp_path / "a.wav", noise(0.05))
    watched.until(Ready)
    assert watched.player.pid
    os.kill(watched.player.pid, signal.SIGSTOP)
    watched.player.play(sound, token=1)
    for _ in range(2):
        assert watched.player.pid
        os.kill(watched.player.pid, signal.SIGKILL)
        time.sleep(0.05)
        watched.events += watched.player.poll()
        assert watched.player.pid
        os.kill(watched.player.pid, signal.SIGSTOP)
    watched.until(Failed(1, "the player crashed on this sound"))
    os.kill(watched.player.pid, signal.SIGCONT)
    watched.player.play(sound, token=2)
    watched.until(Finished(2))


def test_a_player_that_never_runs_is_lost_once(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null", log=str(tmp_path / "log"))
    for _ in range(4):
        pid, deadline = watched.player.pid, time.monotonic() + 30.0
        assert pid
        os.kill(pid, signal.SIGKILL)
        while watched.player.pid == pid and time.monotonic() < deadline:
            time.sleep(0.005)
            watched.events += watched.player.poll()
    lost = watched.until(Lost)
    assert isinstance(lost, Lost)
    assert str(tmp_path / "log") in lost.reason
    watched.player.play(b"/a", token=1)
    watched.player.stop()
    assert watched.player.poll() == []
    assert watched.player.pid is None


def test_an_event_loop_hears_of_everything_even_a_restart(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    sound = written(tmp_path / "a.wav", noise(0.05))

    async def listen() -> list[PlayerEvent]:
        loop = asyncio.get_running_loop()
        events: list[PlayerEvent] = []
        done = asyncio.Event()

        def read() -> None:
            events.extend(watched.player.poll())
            if Finished(2) in events:
                done.set()
            elif Finished(1) in events and first == watched.player.pid and first:
                os.kill(first, signal.SIGKILL)
                watched.player.play(sound, token=2)

        first = watched.player.pid
        assert first
        loop.add_reader(watched.player.fileno(), read)
        watched.player.play(sound, token=1)
        await asyncio.wait_for(done.wait(), 20)
        await asyncio.sleep(0.1)
        loop.remove_reader(watched.player.fileno())
        return events

    events = asyncio.run(listen())
    assert sum(isinstance(event, Ready) for event in events) == 2


def test_close_ends_the_child_and_the_child_ends_with_its_parent(opened: Callable[..., Watched]) -> None:
    watched = opened("null")
    watched.until(Ready)
    child = watched.player._child
    assert child
    watched.player.close()
    assert child.process.poll() == 0
    watched.player.play(b"/a", token=1)
    assert watched.player.poll() == []


def test_the_parents_end_imports_nothing_heavy() -> None:
    import subprocess

    heavy = ["soundfile", "soxr", "miniaudio", "simpleaudio", "scipy", "torch", "textual"]
    code = f"import sys, tui_browser.playback.player; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
