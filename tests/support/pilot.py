"""Driving the app in a test: press keys, wait for what a person would wait for, read the screen."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual import events
from textual.pilot import Pilot
from textual.timer import Timer

from tests.support.fakes import Bench, screen_text
from tui_browser.map.cells import Cells
from tui_browser.records import SampleId
from tui_browser.search.matcher import Matches
from tui_browser.ui.app import BrowserApp
from tui_browser.ui.controllers.controllers import Controllers

_FOLLOWS_S = 0.08


Value = TypeVar("Value")


def present(value: Value | None) -> Value:
    """`value`, which must be there."""
    assert value is not None
    return value


class Drive:
    """A running app under a test's hands."""

    def __init__(self, bench: Bench, pilot: Pilot[int]) -> None:
        self.bench = bench
        self.app: BrowserApp = bench.app
        self.app.CLICK_CHAIN_TIME_THRESHOLD = 0.25  # type: ignore[misc]
        self.pilot = pilot

    @property
    def controllers(self) -> Controllers:
        return self.app.controllers

    @property
    def selected(self) -> SampleId | None:
        return self.controllers.state.cursor.sample

    @property
    def row(self) -> int:
        """Row of the selected sample in the map model."""
        return present(self.controllers.state.row)

    @property
    def path(self) -> bytes:
        """The file that keys act on."""
        return present(self.controllers.state.path)

    @property
    def matches(self) -> Matches:
        return present(self.controllers.state.search.matches)

    @property
    def cells(self) -> Cells:
        """The map as it is drawn."""
        return present(self.controllers.presenter.widgets.map.cells)

    @property
    def text(self) -> str:
        return screen_text(self.app)

    def record_writes(self) -> list[str]:
        """What the app writes to the terminal past the screen from now on, in a list that grows."""
        written: list[str] = []
        self.app.write_terminal = written.append  # type: ignore[method-assign, assignment]
        return written

    async def press(self, *keys: str) -> None:
        """Press keys and let list and details settle."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Wait until list and details have followed: until no short timer of the app is left."""
        for _ in range(100):
            await self.pilot.pause(0.01)
            if not any(_is_due_soon(timer) for timer in self.app._timers):
                break
        await self.pilot.pause()

    async def apart(self) -> None:
        """Wait until the next click is no double click with the last one."""
        await self.pilot.pause(self.app.CLICK_CHAIN_TIME_THRESHOLD + 0.05)

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


def _is_due_soon(timer: Timer) -> bool:
    """Whether a timer will call once, in less than the time in which list and details follow the cursor."""
    if timer._repeat != 0 or timer._interval > _FOLLOWS_S:
        return False
    return timer._task is not None and not timer._task.done() and timer._active.is_set()


@asynccontextmanager
async def driving(bench: Bench, *, size: tuple[int, int] = (80, 24), ready: bool = True) -> AsyncIterator[Drive]:
    """The app in a terminal of this size; with `ready` once everything is loaded."""
    async with bench.app.run_test(size=size) as pilot:
        drive = Drive(bench, pilot)
        if ready:
            held = bench.library.held
            await drive.until(lambda: bench.app.controllers.state.map_model.snapshot is held, what="the library")
            await pilot.pause(0.1)
        yield drive


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario to its end."""
    asyncio.run(scenario())


def drive_on(bench: Bench, test: Callable[[Drive], Awaitable[None]], *, size: tuple[int, int] = (80, 24)) -> None:
    async def go() -> None:
        async with driving(bench, size=size) as drive:
            await test(drive)

    run(go)


def scenario(
    size: tuple[int, int] = (80, 24), **bench: Any
) -> Callable[[Callable[[Drive], Awaitable[None]]], Callable[[], None]]:
    """A test that drives the app."""

    def decorate(test: Callable[[Drive], Awaitable[None]]) -> Callable[[], None]:
        @functools.wraps(test)
        def runner() -> None:
            async def go() -> None:
                async with driving(Bench(**bench), size=size) as drive:
                    await test(drive)

            run(go)

        del runner.__wrapped__  # pytest would ask for the parameters of the wrapped one
        return runner

    return decorate


async def paste(drive: Drive, text: str) -> None:
    drive.app.post_message(events.Paste(text))
    await drive.pilot.pause(0.05)
