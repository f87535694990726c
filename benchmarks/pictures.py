"""pictures: the app's own screens as SVG, of the demo and of synthetic libraries, for the docs and for looking at."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from textual.pilot import Pilot

from benchmarks.app import Home, command
from benchmarks.freesound_answers import CannedFreesound
from benchmarks.libraries import FOLDER, library, parse_sizes, size_name
from tui_browser.config.settings import Settings
from tui_browser.config.themes import load_theme, theme_names
from tui_browser.library.demo import ensure_demo
from tui_browser.library.library import Library
from tui_browser.service.client import ServiceClient
from tui_browser.service.messages import Event, Request
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.ports import PlayerLike, ServiceLike

ASCII = "ascii"
"""The theme `mono`, drawn with ASCII alone."""
_WAIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen: which library, how large, in which theme, after which keys."""

    name: str
    samples: int
    """Of a synthetic library; 0 for the demo."""
    screen: tuple[int, int]
    theme: str = "dark"
    keys: tuple[str, ...] = ()
    """`MADE` among them waits until the sound is made and heard again, for which the service runs."""
    layout: str = ""
    """The layout to show first; empty for the one that is shown."""


MADE = "made"
ANSWERED = "answered"
"""Among the keys: Freesound answers what was asked."""
_TYPED = tuple("space" if char == " " else char for char in "footstep wood dur:<2")
DOCS = (
    Picture("map-zoomed", 0, (120, 36), keys=("right", "right", "n", "plus", "plus", "plus")),
    Picture("map-10k", 10_000, (120, 36)),
    Picture("map-1M", 1_000_000, (120, 36)),
    Picture("making-plan", 0, (120, 36), keys=("i", *"HHKK", "left")),
    Picture("making-here", 0, (120, 36), keys=("i", *"HHKK", "left", "g", MADE)),
    Picture("making-axes", 0, (120, 36), keys=("i", *"LLLLKKKK", "g", MADE), layout="x=dim3 y=dim5"),
    Picture("making-mixer", 0, (120, 36), keys=(*"xlljjx", "G", MADE, "down", "H", "H", MADE)),
    Picture("making-list", 0, (120, 36), keys=("i", *"HHKK", "g", MADE, ".", MADE, ".", MADE, "I", "U", "down")),
    Picture("freesound", 0, (120, 36), keys=("F", *_TYPED, "enter", ANSWERED, *"xjx")),
    Picture("freesound-fetch", 0, (120, 36), keys=("F", *_TYPED, "enter", ANSWERED, *"xjxjjx", "enter", ANSWERED)),
)
"""The pictures of the docs."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the pictures go, FOLDER/NAME.svg")
    parser.add_argument(
        "--look", action="store_true", help="every size, screen and theme, not the pictures of the docs"
    )
    parser.add_argument("--sizes", type=parse_sizes, default=parse_sizes("0,2k,10k,100k,1M"), help="0 is the demo")
    parser.add_argument("--screens", default="80x24,160x45,200x50")
    parser.add_argument("--themes", default="dark,light,16-colours,mono,ascii")
    parser.add_argument("--keys", default="", help=f"keys to press first, with blanks between them; {MADE} waits")
    parser.add_argument("--only", default="", metavar="START", help="of the docs only the pictures that begin so")
    parser.add_argument("--library", default="", metavar="FILE", help="with --look: of this library alone")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where synthetic libraries are kept")


def run(args: argparse.Namespace) -> int:
    os.makedirs(args.out, exist_ok=True)
    os.environ["FREESOUND_API_KEY"] = "made-up-for-pictures"
    os.environ["HOME"] = os.path.abspath(args.libraries)  # paths on the pictures begin with ~ on any machine
    keys = tuple(args.keys.split())
    wanted = _every(args, keys) if args.look else [each for each in DOCS if each.name.startswith(args.only)]
    made: dict[int, str] = {}
    for picture in wanted:
        if picture.samples not in made:
            made[picture.samples] = args.library or stored_library(picture.samples, folder=args.libraries)
        svg = asyncio.run(screen(made[picture.samples], picture))
        path = os.path.join(args.out, f"{picture.name}.svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(svg)
        print(path)
    return 0


def _every(args: argparse.Namespace, keys: tuple[str, ...]) -> list[Picture]:
    """Each size on each screen, and on the middle one in each theme."""
    screens = [
        (int(columns), int(rows)) for columns, _, rows in (each.partition("x") for each in args.screens.split(","))
    ]
    themes = args.themes.split(",")
    sizes = [-1] if args.library else args.sizes
    return [
        Picture(f"{_title(samples)}-{columns}x{rows}-{theme}", samples, (columns, rows), theme, keys)
        for samples in sizes
        for columns, rows in screens
        for theme in themes
    ]


def _title(samples: int) -> str:
    return "library" if samples < 0 else "demo" if not samples else size_name(samples)


def stored_library(samples: int, *, folder: str) -> str:
    """The file of a synthetic library, or of the indexed demo for 0 samples; made where it is not there."""
    if samples:
        return library(samples, folder=folder)
    path = os.path.join(folder, "demo", "library.db")
    sounds = ensure_demo(os.path.join(folder, "demo", "samples"))
    if not os.path.exists(path):
        with Home() as home:
            env = os.environ | {"HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config")}
            subprocess.run([*command(), "--library", path, "index", "--quiet", sounds], check=True, env=env)
    return path


async def screen(path: str, picture: Picture) -> str:
    """The screen as SVG, once everything is there that follows the first paint."""
    with contextlib.ExitStack() as stack:
        service: ServiceLike = _Silent()
        if MADE in picture.keys or picture.layout:
            path = shutil.copy(path, os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "library.db"))
            if picture.layout:
                subprocess.run([*command(), "--library", path, "layout", picture.layout], check=True)
            service = stack.enter_context(contextlib.closing(ServiceClient(path, fallback="drums")))
        async with open_app(path, size=picture.screen, theme=picture.theme, service=service) as pilot:
            for key in picture.keys:
                if key == MADE:
                    await _until_heard(pilot)
                elif key == ANSWERED:
                    cast(BrowserApp, pilot.app).controllers.freesound.read()
                else:
                    await pilot.press(key)
            await pilot.pause(0.6)
            return pilot.app.export_screenshot()


async def _until_heard(pilot: Pilot[int]) -> None:
    """Wait until what was asked for is made, heard again, and drawn."""
    making = cast(BrowserApp, pilot.app).controllers.state.making
    await pilot.pause(0.4)  # sliders that rest ask for the sound after a while
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _WAIT_S
    while (making.running is not None or making.sound is None or making.sound.guest is None) and loop.time() < deadline:
        await pilot.pause(0.05)
    await pilot.pause(0.4)


@asynccontextmanager
async def open_app(
    path: str, *, size: tuple[int, int], theme: str = "dark", service: ServiceLike | None = None
) -> AsyncIterator[Pilot[int]]:
    """The app on a library, silent, once its map has dots, labels and vectors; without `service` nothing is indexed."""
    ascii_only = theme == ASCII
    with Library.open(path) as opened:
        app = BrowserApp(
            library=opened,
            service=service or _Silent(),
            player=cast(PlayerLike, _Mute()),
            settings=Settings(motion=False),
            theme=load_theme("mono" if ascii_only else theme),
            ascii=ascii_only,
            load_theme=load_theme,
            theme_names=theme_names,
            freesound=CannedFreesound(),
        )
        async with app.run_test(size=size) as pilot:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + _WAIT_S
            while app.controllers.state.map_model.snapshot.vectors is None and loop.time() < deadline:
                await pilot.pause(0.05)
            labelled = app.controllers.presenter.widgets.map
            while not labelled.labelled and loop.time() < deadline:
                await pilot.pause(0.05)
            yield pilot


class _Silent:
    """A service that does nothing."""

    def start(self) -> None:
        pass

    def send(self, request: Request) -> None:
        pass

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[Event]:
        return ()


def _nothing(*_args: object, **_more: object) -> None:
    pass


class _Mute:
    """A player that is never heard."""

    def __getattr__(self, name: str) -> object:
        return _nothing

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[object]:
        return ()
