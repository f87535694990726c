"""Playing: one at a time, the newest wins, nothing while the walk goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ui.fakes import FakePlayer
from tui_browser.audio.player import Failed, Finished, Lost, Ready, Started
from tui_browser.ui.audition import Audition


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
    desk.audition.hear(Ready("null", False, "no sound device was found"))
    assert desk.said == []
    desk.audition.play(b"/a.wav")
    desk.audition.play(b"/b.wav")
    assert desk.said == ["no sound device was found"]


def test_what_cannot_be_played_is_told_with_its_reason(desk: Desk) -> None:
    desk.audition.play(b"/a.wav")
    desk.audition.hear(Failed(desk.player.tokens[-1] - 1, "old"))
    assert desk.said == []
    desk.audition.hear(Failed(desk.player.tokens[-1], "not audio"))
    assert desk.said == ["this cannot be played: not audio"] and desk.audition.path is None
    desk.audition.hear(Lost("it crashed"))
    assert "it crashed" in desk.said[-1]
