"""Modes of the player: prefetch, volume, speed, loops, seeking and parts."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from tests.playback.test_player import RATE, Watched, noise, written
from tests.support.pty import until
from tui_browser.audio.loudness import TARGET_DB, measure_loudness
from tui_browser.playback.messages import (
    Failed,
    Finished,
    Play,
    PlayerRequest,
    Position,
    Prefetch,
    Ready,
    Seek,
    Started,
    Stop,
    Tune,
    Volume,
    newest,
)
from tui_browser.playback.player import Player


@pytest.fixture
def opened() -> Iterator[Callable[..., Watched]]:
    watched: list[Watched] = []

    def make(backend: str = "null", **options: Any) -> Watched:
        watched.append(Watched(backend, **options))
        watched[-1].until(Ready)
        return watched[-1]

    yield make
    for each in watched:
        each.player.close()


def recorded(watched: Watched, recording: Path) -> np.ndarray:
    watched.player.close()
    heard, rate = sf.read(recording, dtype="float32")
    assert rate == RATE
    return np.asarray(heard)


def test_what_was_named_ahead_is_started_at_once(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened(level=True)
    warm = [tmp_path / f"{number}.flac" for number in range(6)]
    for number, path in enumerate(warm):
        sf.write(path, noise(3.5, number), 44_100)
    paths = [os.fsencode(path) for path in warm]
    watched.player.prefetch([b"/nowhere", *paths])
    marker = written(tmp_path / "marker.wav", noise(0.05))
    watched.player.play(marker, token=99)
    watched.until(Finished(99))
    taken = []
    for token, sound in enumerate(paths):
        watched.player.play(sound, token=token)
        taken.append(watched.started(token).after_s)
    assert min(taken) < 0.25, f"the quickest; how quick it is by itself the benchmark tells; {taken}"


def test_a_hint_holds_up_no_sound(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened(level=True)
    sf.write(tmp_path / "heavy.flac", noise(3.9), 96_000)
    many = [tmp_path / f"{number}.flac" for number in range(150)]
    for path in many:
        os.link(tmp_path / "heavy.flac", path)
    sound = written(tmp_path / "a.wav", noise(0.3))
    watched.player.prefetch([os.fsencode(path) for path in many])
    watched.player.play(sound, token=1)
    assert watched.started(1).after_s < 1.0, "all of them take some three seconds of a processor's time"


def test_the_place_is_told_of_long_sounds_only(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    watched = opened()
    watched.player.play(written(tmp_path / "a.wav", noise(0.6)), token=1)
    watched.until(Finished(1))
    assert not any(isinstance(event, Position) for event in watched.events)
    watched.player.play(written(tmp_path / "b.wav", noise(20)), token=2, start_s=3.0)
    begun = time.monotonic()
    told: list[float] = []
    while len(told) < 6:
        event = watched.until(Position)
        assert isinstance(event, Position) and event.token == 2
        told.append(event.at_s)
    taken_s = time.monotonic() - begun
    assert told == sorted(told)
    assert 3.0 <= told[0] < told[-1] <= 3.1 + taken_s
    assert taken_s > 0.45, "ten times a second at most"
    watched.player.seek(2, 15.0)
    assert watched.until(lambda event: isinstance(event, Position) and event.at_s >= 15.0)
    watched.player.seek(1, 0.0)  # one that is over
    watched.player.seek(2, 99.0)
    watched.until(Finished(2))
    watched.player.play(written(tmp_path / "c.wav", noise(0.05)), token=3)
    watched.until(Finished(3))
    assert watched.player.poll() == [], "at rest nothing is told"


def test_a_part_of_a_file_is_heard_and_whoever_seeks_hears_on(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording, sound = tmp_path / "heard.wav", noise(3.0, 1)
    watched = opened(f"recorder:{recording}")
    path = written(tmp_path / "a.wav", sound)
    watched.player.play(path, token=1, start_s=1.0, end_s=1.5)
    watched.until(Finished(1))
    until(lambda: sf.info(recording).frames == RATE // 2, "half a second in the file")
    length = RATE // 2
    watched.player.play(path, token=2, start_s=1.0, end_s=2.9)
    watched.started(2)
    watched.player.seek(2, 2.0)
    watched.until(Finished(2))
    heard = recorded(watched, recording)
    fade = RATE // 100
    assert np.array_equal(heard[fade : length - fade], sound[RATE + fade : RATE + length - fade])
    assert np.array_equal(heard[-1000:], sound[-1000:]), "to its end, and not to where the part was to end"


def test_a_loop_goes_on_until_it_is_let_end(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording, sound = tmp_path / "heard.wav", noise(0.25, 1)
    watched = opened(f"recorder:{recording}")
    watched.player.play(written(tmp_path / "a.wav", sound), token=1, loop=True)
    watched.started(1)
    end = time.monotonic() + 15
    while os.path.getsize(recording) < 6 * sound.nbytes and time.monotonic() < end:
        time.sleep(0.01)
    watched.player.tune(1, loop=False)
    watched.until(Finished(1))
    heard = recorded(watched, recording)
    rounds = len(heard) / len(sound)
    assert rounds == round(rounds) >= 6
    assert np.array_equal(heard, np.tile(sound, (round(rounds), 1))), "no gap and nothing doubled at the seam"


def test_b9_speed_is_taken_while_it_sounds_and_kept_within_its_limits(
    tmp_path: Path, opened: Callable[..., Watched]
) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}")
    sound, heard_s = written(tmp_path / "a.wav", noise(1.6)), 0.0

    def lasted() -> float:
        nonlocal heard_s
        before, heard_s = heard_s, float(sf.info(recording).duration)
        return heard_s - before

    for token, (speed, seconds) in enumerate(((9.0, 0.8), (float("nan"), 1.6))):
        watched.player.play(sound, token=token, speed=speed)
        watched.started(token)
        watched.until(Finished(token))
        assert lasted() == pytest.approx(seconds, abs=0.01)
    watched.player.play(written(tmp_path / "b.wav", noise(8)), token=2)
    watched.started(2)
    watched.player.tune(2, loop=False, speed=2.0)
    watched.until(Finished(2))
    assert 4.0 < lasted() < 8.0, "twice as fast from where it was"
    assert not any(isinstance(event, Started) for event in watched.events), "it is the same sound still"


def test_all_are_equally_loud_and_the_volume_moves_all_of_them(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}", level=True)
    sounds = [noise(0.4, 1) * 0.02, noise(0.3, 2), noise(4.2, 3) * 0.1]
    watched.player.set_volume(-6.0)
    pid = watched.player.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    watched.until(Ready)  # the volume outlives the process
    lengths = []
    for token, sound in enumerate(sounds):
        watched.player.play(written(tmp_path / f"{token}.wav", sound), token=token)
        watched.until(Finished(token))
        lengths.append(len(sound))
    heard = recorded(watched, recording)
    assert len(heard) == sum(lengths)
    for part in np.split(heard, np.cumsum(lengths)[:-1]):
        assert measure_loudness(part, RATE).loudness_db == pytest.approx(TARGET_DB - 6, abs=1)


def test_five_times_the_level_is_the_most_and_clips_nothing(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}")
    watched.player.set_volume(400.0)
    tone = np.repeat(np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)[:, None], 2, axis=1).astype(np.float32)
    for token, gain in enumerate((0.01, 0.9)):
        watched.player.play(written(tmp_path / f"{token}.wav", tone * gain), token=token)
        watched.until(Finished(token))
    quiet, loud = np.split(recorded(watched, recording), 2)
    assert np.abs(quiet).max() == pytest.approx(0.01 * 10 ** (14 / 20), rel=0.01)
    assert 0.9 < np.abs(loud).max() <= 1
    assert (np.abs(loud) > 0.9999).mean() < 0.1, "limited, not cut off"


def test_with_tails_the_last_one_rings_on(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording = tmp_path / "heard.wav"
    watched = opened(f"recorder:{recording}", tails=True)
    low, high = np.full((RATE, 2), 0.25, np.float32), np.full((RATE // 4, 2), 0.5, np.float32)
    watched.player.play(written(tmp_path / "low.wav", low), token=1)
    watched.started(1)
    watched.player.play(written(tmp_path / "high.wav", high), token=2)
    watched.until(Finished(2))
    end = time.monotonic() + 10
    while os.path.getsize(recording) < low.nbytes and time.monotonic() < end:
        time.sleep(0.01)
    heard = recorded(watched, recording)[:, 0]
    assert len(heard) == RATE
    assert np.count_nonzero(heard == 0.75) == RATE // 4
    assert set(np.unique(heard)) == {np.float32(0.25), np.float32(0.75)}


def test_of_what_waits_only_what_still_counts_is_sent() -> None:
    play = [Play(b"%d" % number, number, 0.0, 0.0, 0.0) for number in range(3)]
    tune, hint = Tune(1, True, 1.0), Prefetch((b"a",))
    requests: list[PlayerRequest] = [play[0], Seek(0, 1.0), Volume(-3.0), hint, play[1], tune, Volume(-6.0)]
    assert newest(requests) == [Volume(-6.0), play[1], tune, hint]
    assert newest([play[0], Stop()]) == [Stop()]
    assert newest([Stop(), play[2], Seek(2, 1.0), Seek(2, 2.0)]) == [play[2], Seek(2, 2.0)]


def test_volume_and_sound_reach_a_child_that_was_stuck(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording, sound = tmp_path / "heard.wav", noise(0.1)
    watched = opened(f"recorder:{recording}")
    assert watched.player.pid
    os.kill(watched.player.pid, signal.SIGSTOP)
    for token in range(2000):
        watched.player.play(b"/" + b"x" * 3000, token=token)
    watched.player.set_volume(-6.0)
    watched.player.play(written(tmp_path / "a.wav", sound), token=9999)
    os.kill(watched.player.pid, signal.SIGCONT)
    watched.until(Finished(9999))
    assert not any(isinstance(event, Failed) and event.token > 9999 for event in watched.events)
    heard = recorded(watched, recording)
    np.testing.assert_allclose(heard, sound * np.float32(10 ** (-6 / 20)), rtol=1e-5)


def test_the_default_is_the_sound_as_it_is(tmp_path: Path, opened: Callable[..., Watched]) -> None:
    recording, sound = tmp_path / "heard.wav", noise(0.2) * 0.01
    watched = opened(f"recorder:{recording}")
    assert isinstance(watched.player, Player)
    watched.player.play(written(tmp_path / "a.wav", sound), token=1)
    watched.until(Finished(1))
    assert np.array_equal(recorded(watched, recording), sound)
