"""Playing: one at a time, the newest wins, nothing while the walk goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.fakes import FakePlayer
from tui_browser.playback.messages import Failed, Finished, KnownLevel, Lost, Position, Ready, Started
from tui_browser.ui.controllers.heard_log import HeardLog
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.playback import PlaybackOptions


class Clock:
    """Timers that run out when told."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def after(self, _: float, call: Callable[[], None]) -> Clock.Timer:
        self.waiting.append(call)
        return Clock.Timer(self, call)

    def run_out(self) -> None:
        calls, self.waiting = self.waiting, []
        for call in calls:
            call()

    class Timer:
        def __init__(self, clock: Clock, call: Callable[[], None]) -> None:
            self.clock, self.call = clock, call

        def stop(self) -> None:
            if self.call in self.clock.waiting:
                self.clock.waiting.remove(self.call)


class Desk:
    """A playback controller, its presenter, and the source of levels."""

    def __init__(self, levels: dict[bytes, KnownLevel] | None = None) -> None:
        self.player, self.clock, self.changes = FakePlayer(), Clock(), 0
        self.said: list[str] = []
        self.levels = levels or {}
        self.state = BrowserState()
        self.audition = PlaybackController(
            self.state, self.player, self, self, HeardLog(request=print, after=self.clock.after),
            after=self.clock.after, rest_s=0.1,
        )  # fmt: skip

    def show_play_head(self) -> None:
        pass

    def show_status(self) -> None:
        self.changes += 1

    def show_header(self) -> None:
        self.changes += 1

    def warn(self, text: str) -> None:
        self.said.append(text)

    def level_of(self, path: bytes) -> KnownLevel | None:
        return self.levels.get(path)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_of_thirty_repeats_only_the_last_sample_sounds(desk: Desk) -> None:
    desk.state.playback.auto = True
    for number in range(30):
        desk.audition.cursor_moved(b"/%d.wav" % number)
    assert desk.player.played == []
    desk.clock.run_out()
    assert desk.player.played == [b"/29.wav"]


def test_nothing_plays_by_itself_when_auto_play_is_off(desk: Desk) -> None:
    desk.audition.cursor_moved(b"/1.wav")
    desk.clock.run_out()
    assert desk.player.played == []


def test_stopping_a_sound_leaves_the_beat_beside_it(desk: Desk) -> None:
    desk.audition.toggle(b"/s/a.wav")
    desk.audition.toggle(b"/s/a.wav")
    assert desk.player.stopped == 1 and desk.player.stopped_beats == 0


def test_the_key_plays_stops_and_calls_off_what_waits(desk: Desk) -> None:
    desk.state.playback.auto = True
    desk.audition.toggle(b"/a.wav")
    desk.audition.toggle(b"/a.wav")
    assert desk.player.played == [b"/a.wav"] and desk.player.stopped == 1
    desk.audition.cursor_moved(b"/b.wav")
    desk.audition.toggle(b"/c.wav")
    desk.clock.run_out()
    assert desk.player.played == [b"/a.wav", b"/c.wav"]
    desk.audition.toggle(b"/d.wav")
    assert desk.player.played[-1] == b"/d.wav" and desk.player.stopped == 1, "a new sound replaces the old one"


def test_the_end_of_a_sound_that_was_replaced_is_no_news(desk: Desk) -> None:
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    first, second = desk.player.tokens
    desk.audition.handle(Started(first))
    desk.audition.handle(Finished(first))
    playback = desk.state.playback
    assert playback.path == b"/b.wav"
    desk.audition.handle(Finished(second))
    assert desk.state.playback.path is None
    desk.audition.toggle(b"/b.wav")
    assert desk.player.played[-1] == b"/b.wav", "it has ended, so the key plays it again"


def test_a_machine_without_sound_says_so_once_and_only_when_asked(desk: Desk) -> None:
    desk.audition.handle(Ready("null", False, "No sound: no device was found"))
    assert desk.said == []
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    assert desk.said == ["No sound: no device was found"]


@pytest.mark.parametrize("chosen", ["null", "recorder"])
def test_silence_or_a_recording_that_was_chosen_is_not_called_a_missing_device(desk: Desk, chosen: str) -> None:
    desk.audition.handle(Ready(chosen, False, ""))
    desk.audition.play(b"/a.wav")
    assert desk.said == []


def test_what_cannot_be_played_is_told_with_its_reason(desk: Desk) -> None:
    desk.audition.play(b"/a.wav")
    desk.audition.handle(Failed(desk.player.tokens[-1] - 1, "old"))
    assert desk.said == []
    desk.audition.handle(Failed(desk.player.tokens[-1], "not audio"))
    assert desk.said == ["this file cannot be played: not audio"] and desk.state.playback.path is None
    desk.audition.handle(Lost("it crashed"))
    assert "it crashed" in desk.said[-1]


# --- ways of hearing -------------------------------------------------------------------------------------------------


def test_volume_speed_and_loop_are_heard_at_once_and_with_each_sound(desk: Desk) -> None:
    audition = desk.audition
    audition.set_options(desk.state.playback.options.louder(-3))
    assert desk.player.volumes == [-6.0]
    assert desk.player.ways == [], "nothing sounds"
    audition.play(b"/a.wav")
    audition.set_options(desk.state.playback.options.faster(1))
    audition.set_options(replace(desk.state.playback.options, loop=True))
    audition.play(b"/b.wav")
    faster = pytest.approx(2 ** (1 / 6))
    assert desk.player.ways == [(False, 1.0), (False, faster), (True, faster), (True, faster)]
    assert desk.player.volumes == [-6.0]
    assert desk.state.playback.options.words() == ["volume -6 dB", "speed 1.12", "loop"]


def test_steps_end_at_the_limits_and_come_back_to_normal() -> None:
    ways = PlaybackOptions()
    assert ways.words() == []
    assert ways.louder(100).volume_db == 14
    assert ways.louder(-100).louder(100).volume_db == 0, "through normal, not past it"
    for steps in (6, -6, 100, -100):
        there = ways.faster(steps)
        assert there.speed == pytest.approx(2.0 if steps > 0 else 0.5)
        back = there
        for _ in range(6):
            back = back.faster(-1 if steps > 0 else 1)
        assert back.speed == 1.0


def test_a_long_sound_tells_where_it_is_and_can_be_sought(desk: Desk) -> None:
    audition = desk.audition
    audition.play(b"/a.wav")
    assert not audition.seek(5.0), "it is not known to be a long one"
    (token,) = desk.player.tokens
    audition.handle(Position(token - 1, 9.0))
    assert desk.state.playback.at_s is None
    audition.handle(Position(token, 2.0))
    assert audition.seek(5.0) and audition.seek(-60.0)
    assert desk.player.sought == [7.0, 0.0]
    audition.handle(Finished(token))
    assert desk.state.playback.at_s is None


def test_in_turn_each_end_begins_the_next_and_a_failure_is_passed_over(desk: Desk) -> None:
    audition, paths = desk.audition, iter([b"/a.wav", b"/b.wav", b"/c.wav", b"/d.wav"])
    audition.set_options(PlaybackOptions(loop=True))
    audition.play_in_turn(lambda: next(paths, None))
    playback = desk.state.playback
    assert playback.in_turn
    audition.handle(Finished(desk.player.tokens[-1]))
    audition.handle(Finished(desk.player.tokens[0]))  # one that is long over
    audition.handle(Failed(desk.player.tokens[-1], "not audio"))
    assert desk.player.played == [b"/a.wav", b"/b.wav", b"/c.wav"]
    assert all(not loop for loop, _ in desk.player.ways), "a loop would never let the next one begin"
    audition.stop()
    assert not desk.state.playback.in_turn
    audition.handle(Finished(desk.player.tokens[-1]))
    assert desk.player.played[-1] == b"/c.wav" and desk.player.stopped == 1


def test_where_all_fail_turns_end(desk: Desk) -> None:
    desk.audition.play_in_turn(lambda: b"/a.wav")
    for _ in range(100):
        desk.audition.handle(Failed(desk.player.tokens[-1], "not audio"))
    assert len(desk.player.played) <= 20
    assert not desk.state.playback.in_turn and desk.state.playback.path is None


def test_the_level_of_the_index_goes_with_the_request() -> None:
    level = KnownLevel(-18.0, -3.0, 1000, 5)
    desk = Desk({b"/a.wav": level})
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    assert desk.player.known == [level, None]
