"""The listener's device goes and comes back: the app says so, and sound is back soon after the device."""

from __future__ import annotations

import time

import pytest

from tests.playback.remote.conftest import MakeApp, MakeLaptop, MakeSound, play
from tests.support.pulse import Pulse
from tui_browser.playback.messages import Finished, Line, Ready, Started

pytestmark = pytest.mark.slow


def test_a_device_that_comes_back_sounds_again_and_the_app_says_what_is_amiss(
    pulse: Pulse, laptop: MakeLaptop, app: MakeApp, sound: MakeSound
) -> None:
    there = laptop(player="miniaudio")
    here = app(f"remote:{there.socket}")
    assert here.connected().sounds
    here.until(lambda event: isinstance(event, Line) and event.up and event.sounds)
    long, _ = sound(30.0, seed=1)
    here.player.play(long, token=1)
    here.event(Started, 1)
    pulse.stop()
    here.event(Finished, 1)
    here.until(lambda event: isinstance(event, Line) and event.up and not event.sounds)
    amiss = [event for event in here.seen if isinstance(event, Ready) and not event.sounds]
    assert amiss and "no device" in amiss[-1].note
    there.says("found no sound device")
    pulse.start()
    began = time.monotonic()
    here.until(lambda event: isinstance(event, Line) and event.sounds)
    assert time.monotonic() - began < 5.0, "one second on a machine that has time"
    there.said.clear()
    there.says("sounds go to")
    play(here, sound(0.2, seed=2)[0], 2)


def test_a_line_that_is_cut_is_told_at_once_and_again_when_it_is_back(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound
) -> None:
    there = laptop(player="null")
    here = app(f"remote:{there.socket}")
    here.until(lambda event: isinstance(event, Line) and event.up)
    here.player.play(sound(30.0)[0], token=1)
    here.event(Started, 1)
    there.listener.close()
    here.event(Finished, 1)
    here.until(lambda event: isinstance(event, Line) and not event.up)
    there.open()
    here.until(lambda event: isinstance(event, Line) and event.up)
