"""Work off the UI thread: timers, and threads that run one job at a time; a newer job replaces the waiting one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from tui_browser.errors import BrowserError
from tui_browser.ui.terminal.textual_patches import is_exiting

if TYPE_CHECKING:
    from textual.app import App
    from textual.worker import Worker

T = TypeVar("T")


class Stoppable(Protocol):
    """A timer that can be stopped."""

    def stop(self) -> None: ...


After = Callable[[float, Callable[[], None]], Stoppable]
"""Calls a function once, so many seconds later, unless the timer is stopped."""


def in_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Run `work` in a thread of its own, which the app does not join when it ends: a hanging drive may hold it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def set_result(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast(T, result))

    def run() -> None:
        result, failure = None, None
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - whoever awaits the future gets it
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(set_result, result, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


class LatestWorker:
    """Runs one job at a time in a thread; results come back on the UI thread."""

    def __init__(self, app: App[Any], name: str, *, failed: Callable[[BrowserError], None]) -> None:
        """`failed` gets a BrowserError of a job; any other error is a defect and ends the app with its traceback."""
        self._app = app
        self._name = name
        self._failed = failed
        self._waiting: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self._busy = False

    @property
    def busy(self) -> bool:
        return self._busy

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` in a thread and pass its result to `done`; replaces a job that still waits."""
        self._waiting = (work, done)
        if not self._busy:
            self._busy = True
            # the function, not its coroutine: nobody would await that when the app is about to end
            _: Worker[None] = self._app.run_worker(self._run, name=self._name, group=self._name)

    async def _run(self) -> None:
        try:
            while self._waiting is not None:
                work, done = self._waiting
                self._waiting = None
                try:
                    result = await in_thread(work, self._name)
                except BrowserError as error:
                    if self._app_runs():
                        self._failed(error)
                    continue
                if not self._app_runs():
                    return
                done(result)
        finally:
            self._busy = False

    def _app_runs(self) -> bool:
        """Whether results can still be shown: after `exit` the widgets go one by one."""
        return not is_exiting(self._app) and bool(self._app.screen_stack)


class Background:
    """The app's timers and threads, as controllers use them."""

    def __init__(self, app: App[Any], *, failed: Callable[[BrowserError], None]) -> None:
        """`failed` gets each BrowserError of a worker that has no handler of its own."""
        self.after: After = app.set_timer
        self.every: After = app.set_interval
        """As `after`, but again and again."""
        self._app = app
        self._failed = failed

    def worker(self, name: str, *, failed: Callable[[BrowserError], None] | None = None) -> LatestWorker:
        """A worker thread with a name."""
        return LatestWorker(self._app, name, failed=failed or self._failed)
