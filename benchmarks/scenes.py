"""scenes: pictures of the visualiser in the app, and a moving one, from a song made in code."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator

from textual.pilot import Pilot

from benchmarks.libraries import FOLDER
from benchmarks.pictures import open_app, stored_library
from benchmarks.screen_svg import Screen, moving, screen_of, still
from tui_browser.training.visualiser.songs import make_song
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.visualiser.features import Features, features_of
from tui_browser.visualiser.motion_model import load_motion_model
from tui_browser.visualiser.parameter_files import SCENES, shipped_scene
from tui_browser.visualiser.stage import Stage

SIZE = (100, 30)
SEED = 2
"""Of the mapping on the pictures."""
_SONG = 501
_STILL_AT_S = 24.0
_MOVING_FROM_S = 20.0
_FRAMES, _FRAME_S = 20, 0.15
"""Of each scene in the moving picture."""
_STEP_S = 1 / 30


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where scene-NAME.svg and scenes.svg go")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where the indexed demo is kept")


def run(args: argparse.Namespace) -> int:
    os.environ["HOME"] = os.path.abspath(args.libraries)  # paths on the pictures begin with ~ on any machine
    os.makedirs(args.out, exist_ok=True)
    features = features_of(make_song(_SONG, seconds=40), load_motion_model())
    svgs = asyncio.run(record(stored_library(0, folder=args.libraries), features))
    for name, svg in svgs.items():
        path = os.path.join(args.out, f"{name}.svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(svg)
        print(path)
    return 0


async def record(library: str, features: Features) -> dict[str, str]:
    """A picture of each scene, of one beside the map, and of all in turn as they move, by file name."""
    svgs: dict[str, str] = {}
    screens: list[Screen] = []
    titles: list[str] = []
    async with open_app(library, size=SIZE) as pilot:
        await pilot.press("v")
        for number, scene in enumerate(SCENES):
            if number:
                await pilot.press("v")
            svgs[f"scene-{scene}"] = still((await _screens(pilot, scene, features, from_s=_STILL_AT_S, frames=1))[0])
            screens += await _screens(pilot, scene, features, from_s=_MOVING_FROM_S, frames=_FRAMES)
            titles += [f"v  {shipped_scene(scene).title}"] * _FRAMES
        await pilot.press("V")
        svgs["scene-beside"] = still((await _screens(pilot, SCENES[-1], features, from_s=_STILL_AT_S, frames=1))[0])
    svgs["scenes"] = moving(screens, seconds=[_FRAME_S] * len(screens), titles=titles, title="tui-browser")
    return svgs


async def _screens(pilot: Pilot[int], scene: str, features: Features, *, from_s: float, frames: int) -> list[Screen]:
    """What the app shows at `frames` moments of the song."""
    app = pilot.app
    assert isinstance(app, BrowserApp)
    view, screens = app.main.query_one(SceneView), []
    app.controllers.presenter.clear_notice(now=True)
    for stage in _moments(scene, features, from_s=from_s, frames=frames):
        view.show(stage.picture(view.size.height, view.size.width))
        await pilot.pause(0.05)
        screens.append(screen_of(app))
    return screens


def _moments(scene: str, features: Features, *, from_s: float, frames: int) -> Iterator[Stage]:
    """The stage after so many seconds of the song, and at each frame from there."""
    stage, shown, at_s = Stage(shipped_scene(scene), seed=SEED), 0, 0.0
    while shown < frames:
        stage.step(features, round(60 * at_s), now_s=at_s, dt_s=_STEP_S)
        at_s += _STEP_S
        if at_s >= from_s + shown * _FRAME_S:
            shown += 1
            yield stage
