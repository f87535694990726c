"""Sounds fetched from Freesound: progress, the root that they become, and where the cursor goes."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import FakeLibrary, snapshot
from tests.support.freesound_screen import Scene, found, scene
from tui_browser.config.places import freesound_folder
from tui_browser.freesound.messages import (
    CancelFetch,
    FetchEnded,
    FetchSounds,
    SoundFailed,
    SoundFetched,
)
from tui_browser.records import Progress, Root
from tui_browser.service.messages import AddRoot, Rescan


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FREESOUND_API_KEY", raising=False)


@scene()
async def test_selected_sounds_are_fetched_with_progress_and_become_a_root(scene: Scene) -> None:
    await scene.search("step", found(1), found(2), found(3))
    await scene.drive.press("x", "x")
    assert "2 selected" in scene.drive.text
    await scene.drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    assert [sound.id for sound in request.sounds] == [1, 2]
    assert request.folder == os.fsencode(freesound_folder())
    await scene.drive.sees("fetching 0 of 2 sounds")
    scene.port.tell(scene.drive, SoundFetched(request.number, found(1), request.folder + b"/1_step.ogg", fresh=True))
    await scene.drive.sees("fetching 1 of 2 sounds, ")
    assert "✓" in scene.drive.text
    scene.port.tell(
        scene.drive, SoundFailed(request.number, found(2), "ends early"), FetchEnded(request.number, cancelled=False)
    )
    await scene.drive.sees("1 sound fetched, 1 sound failed: step 2: ends early")
    assert scene.drive.bench.service.asked == [AddRoot(request.folder)]


@scene(
    library=lambda: FakeLibrary(
        snapshot(300), roots=[Root(os.fsencode(os.path.dirname(freesound_folder())), True, 300)]
    )
)
async def test_a_folder_that_is_below_a_root_is_scanned_and_not_added(scene: Scene) -> None:
    await scene.search("step", found(1))
    await scene.drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    scene.port.tell(
        scene.drive, SoundFetched(request.number, found(1), request.folder + b"/1_step.ogg", fresh=True),
        FetchEnded(request.number, cancelled=False),
    )  # fmt: skip
    assert scene.drive.bench.service.asked == [Rescan()]


@scene()
async def test_fetching_can_be_cancelled(scene: Scene) -> None:
    await scene.search("step", found(1))
    await scene.drive.press("enter", "c")
    assert isinstance(scene.port.asked[-1], CancelFetch)
    await scene.drive.sees("cancelling")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    scene.port.tell(scene.drive, FetchEnded(request.number, cancelled=True))
    await scene.drive.sees("the rest was cancelled")
    assert scene.drive.bench.service.asked == []


@scene()
async def test_the_cursor_goes_to_what_was_fetched_once_it_is_on_the_map(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1))
    await drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    path = request.folder + b"/1_step_1.ogg"
    scene.port.tell(drive, SoundFetched(request.number, found(1), path, fresh=True), FetchEnded(request.number, False))
    await drive.press("escape")
    held = library.held
    names = [*(held.names[row] for row in range(len(held) - 1)), path]
    library.held = replace(snapshot(300, paths=names), revision=2)
    drive.controllers.snapshots.refresh()
    await drive.sees("1 sound from Freesound: the cursor is on the first one")
    assert drive.path == path


@scene()
async def test_a_silent_sound_is_not_waited_for(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1), found(2))
    await drive.press("x", "x", "enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    paths = [request.folder + b"/1_a.ogg", request.folder + b"/2_b.ogg"]
    fetched = [SoundFetched(request.number, found(at + 1), path, fresh=True) for at, path in enumerate(paths)]
    scene.port.tell(drive, *fetched, FetchEnded(request.number, cancelled=False))
    await drive.press("escape")
    held = snapshot(300, paths=[*(library.held.names[row] for row in range(298)), *paths])
    xy = held.xy.copy()
    xy[298] = np.nan  # the first one is off the map
    library.held = replace(held, revision=2, xy=xy)
    drive.controllers.snapshots.refresh()
    await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2, what="the new map")
    assert "from Freesound" not in drive.text
    drive.bench.service.tell(drive.app, Progress("idle", 0, 0))
    await drive.sees("2 sounds from Freesound: the cursor is on the first one")
    assert drive.path == paths[0]


@scene()
async def test_a_cursor_that_moved_meanwhile_stays_and_a_command_goes_there(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1))
    await drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    path = library.held.names[7]
    scene.port.tell(drive, SoundFetched(request.number, found(1), path, fresh=True), FetchEnded(request.number, False))
    await drive.press("escape", "right", "right")
    before = drive.selected
    library.held = replace(library.held, revision=2, flags=library.held.flags.copy())
    drive.controllers.snapshots.refresh()
    await drive.sees("1 sound from Freesound came to the map")
    assert drive.selected == before
    drive.app.main.perform("freesound_go")
    await drive.until(lambda: drive.path == path, what="the fetched sound")
