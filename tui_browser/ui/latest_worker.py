"""Work off the UI thread, newest wins: a lane runs one job at a time and of those asked meanwhile keeps the latest."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from textual.app import App
from textual.worker import Worker

from tui_browser.errors import BrowserError
from tui_browser.ui.terminal.textual_patches import is_exiting

T = TypeVar("T")


def in_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """What `work` gives, from a thread of its own, which nobody waits for when the app ends: a drive may hold it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast(T, result))

    def run() -> None:
        result, failed = None, None
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001 - whoever awaits the future gets it
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


class LatestWorker:
    """One thread's worth of work with a name; results come back on the UI thread."""

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

    def ask(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` in a thread and hand its result to `done`; a job that still waits is replaced by this one."""
        self._waiting = (work, done)
        if not self._busy:
            self._busy = True
            # not the coroutine itself: where the app is about to end nobody would await it
            _: Worker[None] = self._app.run_worker(self._run, name=self._name, group=self._name)

    async def _run(self) -> None:
        try:
            while self._waiting is not None:
                work, done = self._waiting
                self._waiting = None
                try:
                    result = await in_thread(work, self._name)
                except BrowserError as error:
                    if self._listened_to():
                        self._failed(error)
                    continue
                if not self._listened_to():
                    return
                done(result)
        finally:
            self._busy = False

    def _listened_to(self) -> bool:
        """Whether there is anybody to tell: from the call of `exit` on, widgets go one by one."""
        return not is_exiting(self._app) and bool(self._app.screen_stack)
