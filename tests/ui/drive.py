"""Driving the app in a test: press keys, wait for what a person would wait for, read the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from tests.ui.fakes import Bench, screen_text
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.session import Session


class Drive:
    """A running app under a test's hands."""

    def __init__(self, bench: Bench, pilot: Pilot[int]) -> None:
        self.bench = bench
        self.app: BrowserApp = bench.app
        self.pilot = pilot

    @property
    def session(self) -> Session:
        return self.app.session

    @property
    def selected(self) -> int | None:
        return self.session.journey.selected

    @property
    def text(self) -> str:
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys and let list and details settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause(0.08)

    async def type(self, text: str) -> None:
        """Type a text letter by letter."""
        await self.press(*("space" if char == " " else char for char in text))

    async def until(self, holds: Callable[[], bool], *, what: str = "") -> None:
        """Wait until something holds; fails after five seconds."""
        for _ in range(250):
            if holds():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"{what or 'it'} never came about; the screen was:\n{self.text}")

    async def sees(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        await self.until(lambda: text in self.text, what=text)


@asynccontextmanager
async def driving(bench: Bench, *, size: tuple[int, int] = (80, 24), ready: bool = True) -> AsyncIterator[Drive]:
    """The app in a terminal of this size; with `ready` once everything is loaded."""
    async with bench.app.run_test(size=size) as pilot:
        drive = Drive(bench, pilot)
        if ready:
            held = bench.library.held
            await drive.until(lambda: bench.app.session.stage.world.snapshot is held, what="the library")
            await pilot.pause(0.1)
        yield drive


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario to its end."""
    asyncio.run(scenario())
