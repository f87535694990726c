"""Playing: one at a time, the newest wins, nothing while the walk goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.ui.fakes import FakePlayer
from tui_browser.audio.player_messages import Failed, Finished, KnownLevel, Lost, Position, Ready, Started
from tui_browser.ui.audition import Audition, Ways


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
    def __init__(self) -> None:
        self.player, self.clock, self.said, self.changes = FakePlayer(), Clock(), [], 0
        self.audition = Audition(
            self.player, rest_s=0.1, after=self.clock.after, say=self.said.append, changed=self._changed
        )

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_of_thirty_repeats_only_the_last_sample_sounds(desk: Desk) -> None:
    desk.audition.auto = True
    for number in range(30):
        desk.audition.moved(b"/%d.wav" % number)
    assert desk.player.played == []
    desk.clock.run_out()
    assert desk.player.played == [b"/29.wav"]


def test_nothing_plays_by_itself_when_auto_play_is_off(desk: Desk) -> None:
    desk.audition.moved(b"/1.wav")
    desk.clock.run_out()
    assert desk.player.played == []


def test_the_key_plays_stops_and_calls_off_what_waits(desk: Desk) -> None:
    desk.audition.auto = True
    desk.audition.toggle(b"/a.wav")
    desk.audition.toggle(b"/a.wav")
    assert desk.player.played == [b"/a.wav"] and desk.player.stopped == 1
    desk.audition.moved(b"/b.wav")
    desk.audition.toggle(b"/c.wav")
    desk.clock.run_out()
    assert desk.player.played == [b"/a.wav", b"/c.wav"]
    desk.audition.toggle(b"/d.wav")
    assert desk.player.played[-1] == b"/d.wav" and desk.player.stopped == 1, "a new sound replaces the old one"


def test_the_end_of_a_sound_that_was_replaced_is_no_news(desk: Desk) -> None:
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    first, second = desk.player.tokens
    desk.audition.hear(Started(first))
    desk.audition.hear(Finished(first))
    assert desk.audition.path == b"/b.wav"
    desk.audition.hear(Finished(second))
    assert desk.audition.path is None
    desk.audition.toggle(b"/b.wav")
    assert desk.player.played[-1] == b"/b.wav", "it has ended, so the key plays it again"


def test_a_machine_without_sound_says_so_once_and_only_when_asked(desk: Desk) -> None:
    desk.audition.hear(Ready("null", False, "No sound: no device was found"))
    assert desk.said == []
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    assert desk.said == ["No sound: no device was found"]


@pytest.mark.parametrize("chosen", ["null", "recorder"])
def test_silence_or_a_recording_that_was_chosen_is_not_called_a_missing_device(desk: Desk, chosen: str) -> None:
    desk.audition.hear(Ready(chosen, False, ""))
    desk.audition.play(b"/a.wav")
    assert desk.said == []


def test_what_cannot_be_played_is_told_with_its_reason(desk: Desk) -> None:
    desk.audition.play(b"/a.wav")
    desk.audition.hear(Failed(desk.player.tokens[-1] - 1, "old"))
    assert desk.said == []
    desk.audition.hear(Failed(desk.player.tokens[-1], "not audio"))
    assert desk.said == ["this file cannot be played: not audio"] and desk.audition.path is None
    desk.audition.hear(Lost("it crashed"))
    assert "it crashed" in desk.said[-1]


# --- ways of hearing -------------------------------------------------------------------------------------------------


def test_volume_speed_and_loop_are_heard_at_once_and_with_each_sound(desk: Desk) -> None:
    audition = desk.audition
    audition.go(audition.ways.louder(-3))
    assert desk.player.volumes == [-6.0]
    assert desk.player.ways == [], "nothing sounds"
    audition.play(b"/a.wav")
    audition.go(audition.ways.faster(1))
    audition.go(replace(audition.ways, loop=True))
    audition.play(b"/b.wav")
    faster = pytest.approx(2 ** (1 / 6))
    assert desk.player.ways == [(False, 1.0), (False, faster), (True, faster), (True, faster)]
    assert desk.player.volumes == [-6.0]
    assert audition.ways.words() == ["volume -6 dB", "speed 1.12", "loop"]


def test_steps_end_at_the_limits_and_come_back_to_normal() -> None:
    ways = Ways()
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
    audition.hear(Position(token - 1, 9.0))
    assert audition.at_s is None
    audition.hear(Position(token, 2.0))
    assert audition.seek(5.0) and audition.seek(-60.0)
    assert desk.player.sought == [7.0, 0.0]
    audition.hear(Finished(token))
    assert audition.at_s is None


def test_in_turn_each_end_begins_the_next_and_a_failure_is_passed_over(desk: Desk) -> None:
    audition, paths = desk.audition, iter([b"/a.wav", b"/b.wav", b"/c.wav", b"/d.wav"])
    audition.go(Ways(loop=True))
    audition.take_turns(lambda: next(paths, None))
    assert audition.in_turn
    audition.hear(Finished(desk.player.tokens[-1]))
    audition.hear(Finished(desk.player.tokens[0]))  # one that is long over
    audition.hear(Failed(desk.player.tokens[-1], "not audio"))
    assert desk.player.played == [b"/a.wav", b"/b.wav", b"/c.wav"]
    assert all(not loop for loop, _ in desk.player.ways), "a loop would never let the next one begin"
    audition.stop()
    assert not audition.in_turn
    audition.hear(Finished(desk.player.tokens[-1]))
    assert desk.player.played[-1] == b"/c.wav" and desk.player.stopped == 1


def test_where_all_fail_turns_end(desk: Desk) -> None:
    desk.audition.take_turns(lambda: b"/a.wav")
    for _ in range(100):
        desk.audition.hear(Failed(desk.player.tokens[-1], "not audio"))
    assert len(desk.player.played) <= 20
    assert not desk.audition.in_turn and desk.audition.path is None


def test_the_level_of_the_index_goes_with_the_request() -> None:
    level = KnownLevel(-18.0, -3.0, 1000, 5)
    player = FakePlayer()
    audition = Audition(
        player,
        rest_s=0.1,
        after=Clock().after,
        say=print,
        changed=lambda: None,
        known=lambda path: level if path == b"/a.wav" else None,
    )
    audition.play(b"/a.wav")
    audition.play(b"/b.wav")
    assert player.known == [level, None]
