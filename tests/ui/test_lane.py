"""Work off the UI thread: the newest of what waits is done, and nobody is told anything once the app is leaving."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from tui_browser.errors import WorkerError
from tui_browser.ui.latest_worker import LatestWorker


class Leaving(App[None]):
    """An app whose last widget asks for one more job while the app is taken down, and goes when that has ended."""

    def __init__(self, work: Callable[[], str]) -> None:
        super().__init__()
        self.told: list[object] = []
        self.worker = LatestWorker(self, "work", failed=self.told.append)
        self.work = work

    def compose(self) -> ComposeResult:
        app = self

        class Late(Static):
            async def on_unmount(self) -> None:
                app.worker.submit(app.work, app.told.append)
                while app.worker.busy:
                    await asyncio.sleep(0.01)

        yield Late()


def _fail() -> str:
    raise WorkerError("it is gone")


@pytest.mark.parametrize("work", [lambda: "done", _fail])
def test_a_result_that_comes_while_the_app_leaves_reaches_nobody(work: Callable[[], str]) -> None:
    app = Leaving(work)

    async def walk() -> None:
        async with app.run_test() as pilot:
            await pilot.pause()
            app.exit()

    asyncio.run(walk())
    assert app.told == []


def test_of_those_that_wait_the_latest_is_done() -> None:
    app = Leaving(lambda: "late")

    async def walk() -> None:
        async with app.run_test() as pilot:
            first = threading.Event()
            app.worker.submit(lambda: first.wait(30.0), lambda _: app.told.append(0))
            await pilot.pause()
            for at in (1, 2, 3):
                app.worker.submit(partial(int, at), app.told.append)
            first.set()
            while app.worker.busy:
                await pilot.pause(0.01)
            app.exit()

    asyncio.run(walk())
    assert app.told == [0, 3]
