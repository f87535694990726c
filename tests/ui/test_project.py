"""Previews at the project's tempo and in its key: what is asked of the player, and what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import driving, run
from tui_browser.config.project import Project
from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState
from tui_browser.playback.messages import AS_IT_IS, Line, Ready, TimeStretch
from tui_browser.playback.stretching import can_stretch
from tui_browser.records import FEATURES, KEYS, LOOP, ONE_SHOT, Snapshot
from tui_browser.ui.state.project_fit import stretch_of


def one(*, bpm: float = np.nan, key: str = "", flags: int = 0, duration_s: float = 4.0) -> Snapshot:
    held = snapshot(3)
    features, all_flags = held.features.copy(), held.flags.copy()
    for name, value in (("bpm", bpm), ("key", KEYS.index(key) if key else np.nan), ("duration_s", duration_s)):
        features[:, FEATURES.index(name)] = value
    all_flags[:] = flags
    return replace(held, features=features, flags=all_flags)


@pytest.mark.parametrize(
    ("bpm", "tempo"), [(100, 1.2), (120, 1.0), (60, 1.0), (240, 1.0), (174, 240 / 174), (90, 4 / 3), (80, 0.75)]
)
def test_a_loop_goes_to_the_nearest_of_half_same_and_double(bpm: float, tempo: float) -> None:
    assert stretch_of(Project(120), one(bpm=bpm), 0).tempo == pytest.approx(tempo)


@pytest.mark.parametrize(
    ("key", "semitones"),
    [("Am", 0), ("C", 0), ("Bm", -2), ("Gm", 2), ("D#m", 6), ("D#", -3), ("A", 3), ("F#", 6), ("A#m", -1)],
)
def test_a_key_is_shifted_the_shortest_way_and_its_relative_key_fits(key: str, semitones: int) -> None:
    assert stretch_of(Project(0, "Am"), one(key=key), 0) == TimeStretch(1.0, semitones)
    assert all(abs(stretch_of(Project(0, to), one(key=key), 0).semitones) <= 6 for to in KEYS)


def test_one_shots_and_what_is_unknown_stay_as_they_are() -> None:
    project = Project(120, "Am")
    assert stretch_of(project, one(bpm=100, key="Bm", flags=ONE_SHOT), 0) == AS_IT_IS
    assert stretch_of(project, one(), 0) == AS_IT_IS
    assert stretch_of(project, one(key="Bm", duration_s=0.6), 0) == AS_IT_IS, "a tuned drum"
    assert stretch_of(project, one(key="Bm", duration_s=0.6, flags=LOOP), 0) == TimeStretch(1.0, -2)
    assert stretch_of(project, one(key="Bm", duration_s=5.0), 0) == TimeStretch(1.0, -2), "a chord that rings"
    assert stretch_of(Project(), one(bpm=100, key="Bm"), 0) == AS_IT_IS


def bench(state: SavedState | None = None, settings: Settings | None = None) -> Bench:
    return Bench(one(bpm=100, key="Bm"), state=state, settings=settings)


@pytest.mark.skipif(not can_stretch(), reason="python-stretch has no build for this machine")
def test_it_is_set_on_one_line_shown_kept_and_ended_by_an_empty_one() -> None:
    async def go() -> None:
        held = bench()
        async with driving(held, size=(100, 30)) as drive:
            drive.app.main.perform("project")
            await drive.sees("as in 120 Am")
            await drive.press("1", "2", "0", "space", "a", "m", "enter")
            await drive.sees("120 bpm Am")
            assert "120 bpm Am" in drive.text.splitlines()[0]
            assert held.state == SavedState(project_bpm=120.0, project_key="Am")
            await drive.press("space")
            assert held.player.stretches[-1] == TimeStretch(1.2, -2)
            await drive.until(lambda: TimeStretch(1.2, -2) in held.player.likely_stretches)
            drive.app.main.perform("project")
            await drive.sees("as in 120 Am")
            await drive.press("ctrl+u", "enter")
            await drive.sees("at their own tempo")
            assert held.state == SavedState() and "bpm Am" not in drive.text.splitlines()[0]
            drive.app.main.perform("project")
            await drive.sees("as in 120 Am")
            await drive.press("h", "enter")
            await drive.sees("is no key")

    run(go)


def test_what_the_settings_say_holds_from_the_start() -> None:
    async def go() -> None:
        held = bench(SavedState(project_bpm=90.0, project_key="C"), Settings(project_bpm=125.0, motion=False))
        async with driving(held, size=(100, 30)) as drive:
            await drive.sees("125 bpm C")
            await drive.press("space")
            assert held.player.stretches[-1] == TimeStretch(1.25, -2)

    run(go)


def test_through_a_listener_sounds_play_as_they_are_and_that_is_said() -> None:
    async def go() -> None:
        held = bench(SavedState(project_bpm=120.0))
        async with driving(held, size=(100, 30)) as drive:
            held.player.tell(drive.app, Ready("listener", True, ""), Line(True, True, 0.02))
            await drive.sees("not through the listener")
            await drive.press("space")
            assert held.player.stretches[-1] == AS_IT_IS

    run(go)
