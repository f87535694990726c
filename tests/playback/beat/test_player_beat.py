"""Beats through the real player process: changed in place, beside other sounds, and over what goes wrong."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.live_beats import FAST_S, RATE, TOKEN, Heard, click_file, play, recorded, recorded_at_least, steps
from tui_browser.playback.messages import (
    BeatPart,
    BeatPosition,
    Failed,
    Finished,
    Play,
    PlayBeat,
    Started,
    Stop,
    StopBeat,
    Volume,
    newest,
)
from tui_browser.playback.player import Player

ROUND = 24_000
EVERY, FIRST, NINTH = steps("x" * 16), steps("x" + "." * 15), steps("." * 8 + "x" + "." * 7)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Callable[[str], Heard]]:
    made: list[Heard] = []

    def make(backend: str = "null") -> Heard:
        made.append(Heard(Player(backend)))
        return made[-1]

    yield make
    for each in made:
        each.player.close()


def onsets(samples: np.ndarray, height: float) -> list[int]:
    return np.flatnonzero(np.isclose(samples[:, 0], height, atol=1e-6)).tolist()


def test_a_beat_starts_tells_where_it_is_and_stops(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    here = heard()
    play(here.player, [BeatPart(click_file(tmp_path / "a.wav"), EVERY)])
    started = here.until(Started)
    assert isinstance(started, Started) and started.token == TOKEN
    begun = time.monotonic()
    here.until(lambda _: time.monotonic() - begun > 1.0 and len(here.events) > 9)
    places = [event for event in here.events if isinstance(event, BeatPosition)]
    assert len(places) >= 10 * 0.9, "ten times a second"
    assert all(event.token == TOKEN and 0.0 <= event.at_s < 0.5 for event in places)
    assert len({event.at_s for event in places}) > 5
    assert sum(isinstance(event, Started) for event in here.events) == 1
    here.player.stop()
    here.player.play(click_file(tmp_path / "b.wav", frames=4_000), token=1)
    here.until(lambda event: event == Finished(1))
    count = sum(isinstance(event, BeatPosition) for event in here.events)
    here.player.play(click_file(tmp_path / "b.wav", frames=4_000), token=2)
    here.until(lambda event: event == Finished(2))
    assert count == sum(isinstance(event, BeatPosition) for event in here.events), "it is over"


def test_a_swapped_sound_comes_in_time_and_leaves_no_gap(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    recording = tmp_path / "heard.wav"
    here = heard(f"recorder:{recording}")
    tick = BeatPart(click_file(tmp_path / "tick.wav", height=0.125), EVERY)
    kicks = [click_file(tmp_path / f"kick-{number}.wav", height=0.25 + number / 16) for number in range(4)]
    for number, kick in enumerate(kicks):  # walking the map while it runs
        play(here.player, [replace(tick, path=kick, velocities=NINTH), tick])
        if not number:
            here.until(Started)
        recorded_at_least(recording, 0.6 * (number + 1))
    here.player.close()
    samples = recorded(recording)
    assert onsets(samples[: 4 * ROUND], 0.125) == [at for at in range(0, 4 * ROUND, 1_500) if at % ROUND != 12_000], (
        "the other track goes on to the sample"
    )
    kicks_at = np.arange(12_000, len(samples), ROUND)
    heights = samples[kicks_at, 0] - 0.125
    assert np.isclose(heights, 0.25 + np.round((heights - 0.25) * 16) / 16).all() and (heights > 0.2).all()
    assert len(set(heights.tolist())) >= 3 and (np.diff(heights) >= -1e-6).all()


def test_a_sound_is_auditioned_beside_the_beat(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    recording = tmp_path / "heard.wav"
    here = heard(f"recorder:{recording}")
    play(here.player, [BeatPart(click_file(tmp_path / "a.wav", height=0.25), EVERY)])
    here.until(Started)
    here.player.play(click_file(tmp_path / "b.wav", height=0.5, frames=9_000), token=1)
    here.until(lambda event: event == Finished(1))
    here.player.play(click_file(tmp_path / "c.wav", height=0.5, frames=90_000), token=2)
    here.until(lambda event: isinstance(event, Started) and event.token == 2)
    here.player.stop(beat=False)
    before = recording.stat().st_size / RATE / 8
    recorded_at_least(recording, before + 0.5)
    here.player.close()
    samples = recorded(recording)
    beats = sorted({*onsets(samples, 0.25), *onsets(samples, 0.75)} & set(range(0, len(samples), 1_500)))
    missing = set(range(0, len(samples), 1_500)) - set(beats)
    assert len(missing) <= 2, "the beat goes on below it; at most two steps fall into the fade of 5 ms"
    assert len(onsets(samples, 0.75)) >= 5, "both at once"
    assert not onsets(samples[-RATE // 4 :], 0.5), "its own stop ends the sound alone"


def test_a_part_that_fails_is_told_once_and_the_others_play(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    recording = tmp_path / "heard.wav"
    here = heard(f"recorder:{recording}")
    broken = tmp_path / "bro\x1bken.wav"
    broken.write_bytes(b"no sound")
    parts = [BeatPart(os.fsencode(broken), EVERY), BeatPart(click_file(tmp_path / "a.wav"), EVERY)]
    play(here.player, parts)
    here.until(Started)
    play(here.player, parts, step_s=2 * FAST_S)
    recorded_at_least(recording, 1.0)
    failed = [event for event in here.events + here.player.poll() if isinstance(event, Failed)]
    assert [event.token for event in failed] == [TOKEN]
    assert "ken.wav" in failed[0].reason and "\x1b" not in failed[0].reason
    here.player.close()
    assert len(onsets(recorded(recording), 0.25)) >= 16


def test_a_file_that_vanishes_is_played_on(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    recording = tmp_path / "heard.wav"
    here = heard(f"recorder:{recording}")
    part = BeatPart(click_file(tmp_path / "a.wav"), EVERY)
    play(here.player, [part])
    here.until(Started)
    (tmp_path / "a.wav").unlink()
    play(here.player, [part, BeatPart(click_file(tmp_path / "b.wav", height=0.5), FIRST)])
    recorded_at_least(recording, 1.5)
    events = here.events + here.player.poll()
    assert not [event for event in events if isinstance(event, Failed)]
    here.player.close()
    samples = recorded(recording)
    assert len(onsets(samples, 0.25)) >= 40 and len(onsets(samples, 0.75)) >= 2


def test_a_player_that_dies_takes_up_the_beat_where_it_would_be(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    here = heard()
    play(here.player, [BeatPart(click_file(tmp_path / "a.wav"), EVERY)], step_s=0.5)  # a round of eight seconds
    here.until(lambda event: isinstance(event, BeatPosition) and event.at_s > 0.5)
    assert here.player.pid
    os.kill(here.player.pid, signal.SIGKILL)
    died = time.monotonic()
    again = here.fresh(BeatPosition)
    assert isinstance(again, BeatPosition)
    assert 0.5 < again.at_s < 1.0 + time.monotonic() - died, "not from the beginning"
    os.kill(here.player.pid, signal.SIGKILL)
    here.fresh(lambda event: event == Finished(TOKEN))
    assert any(isinstance(event, Failed) and "crashed" in event.reason for event in here.events)
    here.player.play(click_file(tmp_path / "b.wav", frames=4_000), token=2)
    here.until(lambda event: event == Finished(2))


def test_impossible_beats_are_played_as_near_as_can_be(tmp_path: Path, heard: Callable[..., Heard]) -> None:
    here = heard()
    part = BeatPart(click_file(tmp_path / "a.wav"), ())
    for number, (step_s, swing, count) in enumerate([(0.0, 0.0, 0), (float("nan"), 99.0, 3), (1e9, -1.0, 64)]):
        here.player.play_beat([part], token=TOKEN + number, step_s=step_s, swing=swing, steps=count)
        here.fresh(BeatPosition)
    here.player.stop()
    here.player.play(click_file(tmp_path / "b.wav", frames=4_000), token=1)
    here.until(lambda event: event == Finished(1))


def test_requests_of_sounds_and_beats_do_not_push_each_other_out() -> None:
    def beat(token: int) -> PlayBeat:
        return PlayBeat(token, (), 0.125, 50.0, 16, 0.0)

    sound = Play(b"/a", 1, 0.0, 0.0, 0.0)
    assert newest([beat(1), sound, Stop(), beat(2)]) == [Stop(), beat(2)]
    assert newest([beat(1), StopBeat(), Volume(-6.0), sound]) == [Volume(-6.0), sound, StopBeat()]
    assert newest([StopBeat(), beat(2)]) == [StopBeat(), beat(2)]


def test_a_lost_device_is_opened_again_and_the_beat_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_browser.playback import engine as module
    from tui_browser.playback.backends.backend import Backend, MixerBackend
    from tui_browser.playback.backends.paced_devices import NullDevice
    from tui_browser.playback.messages import PlayerEvent

    lost = [False]

    class Unplugged(MixerBackend):
        def alive(self) -> bool:
            return not lost[0]

    opened: list[Backend] = []

    def open_one(choice: str, notify: Callable[[], None], *, period_ms: int) -> tuple[Backend, str]:
        lost[0] = False
        opened.append(Unplugged(NullDevice(), notify))
        return opened[-1], ""

    monkeypatch.setattr(module, "open_backend", open_one)
    told: list[PlayerEvent] = []
    engine = module.PlaybackEngine(told.append, "miniaudio", lambda: None)

    def place(after: float) -> float:
        end = time.monotonic() + 20
        told.clear()
        while time.monotonic() < end:
            engine.tend()
            for event in told:
                if isinstance(event, BeatPosition) and event.at_s > after:
                    return event.at_s
            time.sleep(0.005)
        raise AssertionError(told)

    try:
        part = BeatPart(click_file(tmp_path / "a.wav"), EVERY)
        engine.handle(PlayBeat(TOKEN, (part,), 0.5, 50.0, 16, time.monotonic()))
        at_s = place(0.4)
        lost[0] = True
        engine.tend()
        assert len(opened) == 2
        assert at_s - 0.1 <= place(0.0) < 4.0, "where it was"
        assert not [event for event in told if isinstance(event, Started)], "it is the same beat"
    finally:
        engine.close()
