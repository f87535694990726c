"""The voice of a beat: steps to the sample, and changes that come in at the next step and lose no place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.live_beats import RATE, steps
from tui_browser.playback.beat.beat_voice import BeatPlan, BeatVoice, PlannedPart
from tui_browser.playback.beat.hits import fade_frames
from tui_browser.playback.mixer import Mixer

EVERY, FIRST = steps("x" * 16), steps("x" + "." * 15)
STEP = 6_000
"""Frames of a step at 120 bpm."""


def click(height: float = 0.5, frames: int = 1) -> np.ndarray:
    return np.full((frames, 2), height, dtype=np.float32)


def plan(*parts: PlannedPart, step_s: float = 0.125, swing: float = 50.0, count: int = 16) -> BeatPlan:
    return BeatPlan(parts, step_s, swing, count)


def onsets(samples: np.ndarray) -> list[int]:
    return np.flatnonzero(samples[:, 0]).tolist()


def test_a_step_lies_where_it_belongs_for_hours() -> None:
    voice = BeatVoice(plan(PlannedPart(click(), EVERY), step_s=60 / 133 / 4), rate=RATE)
    found = onsets(voice.read(100 * RATE))
    assert found == [round(step * 60 / 133 / 4 * RATE) for step in range(len(found))]


def test_a_change_comes_in_at_the_next_step() -> None:
    voice = BeatVoice(plan(PlannedPart(click(0.5), EVERY)), rate=RATE)
    voice.read(STEP + 100)
    voice.change(plan(PlannedPart(click(0.25), EVERY)))
    heard = voice.read(3 * STEP)
    assert onsets(heard) == [STEP - 100, 2 * STEP - 100, 3 * STEP - 100]
    assert set(heard[onsets(heard), 0]) == {0.25}


def test_another_tempo_keeps_the_place_in_the_bar() -> None:
    voice = BeatVoice(plan(PlannedPart(click(), FIRST)), rate=RATE)
    voice.read(5 * STEP + 10)
    voice.change(replace(voice.plan, step_s=0.0625))
    heard = voice.read(16 * STEP)
    assert onsets(heard)[0] == STEP - 10 + 10 * STEP // 2, "step 6 is in time, and the ten after it take half as long"
    assert voice.position_s() == pytest.approx((6 * 0.0625 + 15 * 0.125 + 10 / RATE) % 1.0)


def test_another_swing_moves_only_every_second_step() -> None:
    voice = BeatVoice(plan(PlannedPart(click(), EVERY)), rate=RATE)
    voice.read(100)
    voice.change(replace(voice.plan, swing=75.0))
    assert [at + 100 for at in onsets(voice.read(4 * STEP))] == [9_000, 2 * STEP, 21_000, 4 * STEP]
    voice.change(replace(voice.plan, swing=50.0))
    assert [at + 100 for at in onsets(voice.read(4 * STEP))] == [9_000, 2 * STEP, 3 * STEP, 4 * STEP]


def test_a_longer_pattern_goes_on_in_the_same_bar() -> None:
    voice = BeatVoice(plan(PlannedPart(click(), FIRST)), rate=RATE)
    voice.read(4 * STEP)
    voice.change(plan(PlannedPart(click(), steps("." * 16 + "x" + "." * 15)), count=32))
    assert onsets(voice.read(20 * STEP)) == [12 * STEP]


def test_what_was_exchanged_rings_until_its_track_sounds_again_and_nothing_clicks() -> None:
    rings, other = click(0.4, 20 * STEP), click(0.1, STEP // 2)
    hat = PlannedPart(click(0.0), EVERY)
    voice = BeatVoice(plan(PlannedPart(rings, FIRST), hat), rate=RATE)
    voice.read(STEP // 2)
    voice.change(plan(PlannedPart(other, FIRST), hat))
    heard = voice.read(17 * STEP)[:, 0]
    again, fade = 16 * STEP - STEP // 2, fade_frames(RATE)
    assert (heard[:again] == np.float32(0.4)).all(), "no gap before the new one is heard"
    assert np.allclose(heard[again + fade : again + STEP // 2], 0.1)
    assert not heard[again + STEP // 2 :].any()
    assert np.diff(heard[again : again + fade]).min() > -0.01, "it fades out"


def test_what_was_silenced_fades_out_at_the_next_step() -> None:
    rings, hat = PlannedPart(click(0.4, 20 * STEP), FIRST), PlannedPart(click(0.0), EVERY)
    voice = BeatVoice(plan(rings, hat), rate=RATE)
    voice.read(STEP // 2)
    voice.change(plan(hat))
    heard = voice.read(2 * STEP)[:, 0]
    assert (heard[: STEP // 2] == np.float32(0.4)).all() and not heard[STEP // 2 + fade_frames(RATE) :].any()
    assert np.abs(np.diff(heard)).max() < 0.01


def test_a_beat_begins_anywhere_in_its_round() -> None:
    voice = BeatVoice(plan(PlannedPart(click(), EVERY)), rate=RATE, at_s=0.3)
    assert voice.position_s() == pytest.approx(0.3)
    assert onsets(voice.read(2 * STEP)) == [round(0.075 * RATE), round(0.2 * RATE)]
    assert voice.position_s(0.1) == pytest.approx(0.3 + 2 * 0.125 - 0.1)


def test_more_sounds_than_may_ring_end_without_a_click() -> None:
    voice = BeatVoice(plan(PlannedPart(click(0.1, 100 * STEP), EVERY)), rate=RATE, most_sounds=3)
    heard = voice.read(20 * STEP)[:, 0]
    assert heard.max() <= 0.4 + 1e-6 and np.allclose(heard[6 * STEP - 500 : 6 * STEP], 0.3)
    falls = np.diff(heard)
    assert falls.min() > -0.01


def test_no_part_is_silence_in_time() -> None:
    voice = BeatVoice(plan(), rate=RATE)
    assert not voice.read(40 * STEP).any()
    assert voice.position_s() == pytest.approx(8 * 0.125)


class Tone:
    """A voice of one height, for ever or of so many frames."""

    rises = False

    def __init__(self, height: float, frames: int = 1 << 30) -> None:
        self.height, self.left, self.closed = height, frames, False

    def feed(self) -> None:
        pass

    def read(self, frames: int) -> np.ndarray:
        count = min(frames, self.left)
        self.left -= count
        return np.full((count, 2), self.height, dtype=np.float32)

    @property
    def ended(self) -> bool:
        return self.left == 0

    def close(self) -> None:
        self.closed = True


def test_a_sound_plays_beside_the_beat_and_its_stop_leaves_the_beat() -> None:
    mixer = Mixer(RATE, lambda: None)
    beat, sound = Tone(0.25), Tone(0.5)
    mixer.play_beat(beat, 1 << 30, requested_at=0.0)
    assert np.allclose(mixer.mix(480), 0.25)
    mixer.play(sound, 1)
    assert np.allclose(mixer.mix(480), 0.75)
    mixer.stop()
    mixer.mix(480)
    assert np.allclose(mixer.mix(480), 0.25) and mixer.sounding.is_set() and mixer.silent_tail == 0
    assert [(event.token, event.ended) for event in mixer.events()] == [(1 << 30, False), (1, False)]
    mixer.stop_beat()
    last = mixer.mix(480)[:, 0]
    assert last[0] == 0.25 and last[240:].max() == 0.0 and not mixer.sounding.is_set()
    mixer.events()
    assert beat.closed and sound.closed


def test_another_beat_takes_the_place_of_the_first_and_one_that_never_sounded_is_closed() -> None:
    mixer = Mixer(RATE, lambda: None)
    first, second, third = Tone(0.1), Tone(0.2), Tone(0.3)
    mixer.play_beat(first, 1, requested_at=0.0)
    mixer.mix(480)
    mixer.play_beat(second, 2, requested_at=0.0)
    mixer.play_beat(third, 3, requested_at=0.0)
    mixer.mix(480)
    assert np.allclose(mixer.mix(480), 0.3)
    assert [event.token for event in mixer.events()] == [1, 3]
    assert first.closed and second.closed and not third.closed
    mixer.close()
    assert third.closed
