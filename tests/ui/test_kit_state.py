"""A kit with its pattern as one value, and which step of it is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.beats import slot
from tui_browser.kits.kit import Kit, KitError
from tui_browser.kits.patterns import named_pattern
from tui_browser.ui.state.beat import BeatState
from tui_browser.ui.state.beat_clock import BeatClock
from tui_browser.ui.state.kit_beat import KitBeat

ROLES = ("kick", "snare", "hat_closed", "hat_open", "tom")


def beat(name: str = "four-on-the-floor") -> KitBeat:
    return KitBeat.of(Kit("k", tuple(slot(role, f"/{role}".encode()) for role in ROLES)), named_pattern(name))


def test_a_step_is_toggled_and_goes_from_soft_to_full_and_back_to_a_rest() -> None:
    before = beat()
    on = before.toggled(4, 3)
    assert on.velocity(4, 3) == 0.8 and on.toggled(4, 3) == before
    velocities = []
    for by in (1, 1, 1, 1, 1, 1, 1, 1):
        before = before.louder(4, 0, by)
        velocities.append(before.velocity(4, 0))
    assert velocities == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0]
    for _ in range(12):
        before = before.louder(4, 0, -1)
    assert before == beat(), "down to a rest, and no further"


def test_bars_are_added_and_taken_out_within_16_to_64_steps() -> None:
    changed = beat().toggled(4, 2)
    for bars in (2, 3, 4):
        changed = changed.with_bar(0)
        assert changed.pattern.bars == bars and changed.velocity(4, 16 * (bars - 1) + 2) == 0.8
    assert changed.with_bar(0) == changed, "64 steps at most"
    for _ in range(3):
        changed = changed.without_bar(16)
    assert changed == beat().toggled(4, 2) == changed.without_bar(0)


def test_settings_of_a_slot_stay_within_what_a_kit_may_have() -> None:
    changed = beat()
    for _ in range(80):
        changed = changed.leveled(0, 1.0).panned(0, -0.1).pitched(0, 1.0)
    first = changed.kit.slots[0]
    assert (first.level_db, first.pan, first.pitch_semitones) == (6.0, -1.0, 24.0)
    for group in (1, 2, 3, 4, 0):
        changed = changed.choked(0)
        assert changed.kit.slots[0].choke == group
    assert changed.at_tempo(1e9).pattern.bpm == 400 and changed.swung(99).pattern.swing == 75


def test_slots_come_and_go_with_their_tracks() -> None:
    added = beat().with_added("tom", slot("x", b"/y"))
    assert [each.role for each in added.kit.slots] == [*ROLES, "tom_2"] == [each.name for each in added.pattern.tracks]
    assert added.without(5) == beat()
    with pytest.raises(KitError, match="4 slots at least"):
        beat().without(4).without(0)
    renamed = beat().renamed(4, "boom")
    assert renamed.pattern.tracks[4].name == "boom" and renamed.kit.slots[4].path == b"/tom"
    with pytest.raises(KitError):
        beat().renamed(4, "kick")
    full = beat()
    for number in range(11):
        full = full.with_added("tom", slot("x", f"/{number}".encode()))
    with pytest.raises(KitError, match="16 slots at most"):
        full.with_added("tom", slot("x", b"/z"))


def test_what_is_chosen_stays_within_the_beat() -> None:
    state = BeatState()
    state.choose_row(3)
    state.set(beat("boom-bap"))
    state.choose_row(99)
    state.choose_step(99)
    assert (state.row, state.step) == (4, 31)
    state.set(beat().without(4))
    assert (state.row, state.step) == (3, 15)
    state.choose_step(-5)
    assert state.step == 0
    state.set(None)
    assert (state.row, state.step, state.slot) == (0, 0, None)


@given(swing=st.floats(50, 75), at=st.floats(0, 100), steps=st.integers(16, 64))
def test_the_clock_is_on_the_step_that_began_last(swing: float, at: float, steps: int) -> None:
    clock = BeatClock(0.0, 0.0, 0.125, swing, steps)
    step, left_s = clock.step(at)
    assert 0 <= step < steps and 0 < left_s <= 0.125 * 1.51
    following, _ = clock.step(at + left_s + 1e-6)
    assert following == (step + 1) % steps


def test_reports_correct_the_clock_bit_by_bit_and_a_jump_at_once() -> None:
    clock = BeatClock(0.0, 10.0, 0.125, 50.0, 16)
    late = clock.reported(0.98, 11.0)
    assert late.position(11.0) == pytest.approx(0.995), "a quarter of 20 ms"
    assert clock.reported(1.5, 11.0).position(11.0) == pytest.approx(1.5)
    round_about = BeatClock(1.99, 10.0, 0.125, 50.0, 16).reported(0.0, 10.0)
    assert round_about.position(10.0) == pytest.approx(1.9925), "the end of a round is near its beginning"


def test_another_tempo_goes_on_at_the_same_step() -> None:
    clock = BeatClock(1.0, 10.0, 0.125, 50.0, 16)
    faster = clock.playing(beat().at_tempo(240).pattern, 10.0)
    assert clock.step(10.0)[0] == faster.step(10.0)[0] == 8
