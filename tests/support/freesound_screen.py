"""The screen of Freesound on a fake of its process."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Sequence

from tests.support.fakes import Bench, FakeLibrary
from tests.support.pilot import Drive, drive_on
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.key import ApiKey, store_key
from tui_browser.freesound.messages import (
    Event,
    Request,
    Search,
    SoundsFound,
)

NC = "https://creativecommons.org/licenses/by-nc/4.0/"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def found(number: int, name: str = "step", *, licence: str = CC0, ai: str = "") -> FoundSound:
    return FoundSound(
        number, f"{name} {number}", "anna", licence, 1.25, ("wood", "boots"), f"https://freesound.org/s/{number}/",
        (("preview-hq-ogg", f"https://cdn/{number}.ogg"),), ai_preference=ai,
    )  # fmt: skip


class FakePort:
    """Keeps what was asked; `tell` makes it answer."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._events: list[Event] = []

    def send(self, request: Request) -> None:
        self.asked.append(request)

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events

    def tell(self, drive: Drive, *events: Event) -> None:
        self._events.extend(events)
        drive.controllers.freesound.read()

    @property
    def searches(self) -> list[Search]:
        return [request for request in self.asked if isinstance(request, Search)]

    def last(self, kind: type[Request]) -> Request:
        return next(request for request in reversed(self.asked) if isinstance(request, kind))


class Scene:
    """The app with a fake of the process; the key is stored."""

    def __init__(self, drive: Drive, port: FakePort) -> None:
        self.drive, self.port = drive, port

    async def search(self, text: str, *sounds: FoundSound, count: int | None = None, last: bool = True) -> None:
        """Open the screen, search, and let the process answer; the results have the keys."""
        await self.drive.press("F")
        await self.drive.type(text)
        await self.drive.press("enter")
        await self.drive.until(lambda: bool(self.port.searches), what="a search")
        number = self.port.searches[-1].number
        self.port.tell(self.drive, SoundsFound(number, sounds, len(sounds) if count is None else count, last))
        await self.drive.settle()


def scene(
    *, size: tuple[int, int] = (100, 30), key: bool = True, library: Callable[[], FakeLibrary] | None = None
) -> Callable[[Callable[[Scene], Awaitable[None]]], Callable[[], None]]:
    def decorate(test: Callable[[Scene], Awaitable[None]]) -> Callable[[], None]:
        @functools.wraps(test)
        def runner() -> None:
            if key:
                store_key(ApiKey("s3cretkey0123456789"))
            port = FakePort()
            bench = Bench(freesound=port, library=library() if library is not None else None)
            drive_on(bench, lambda drive: test(Scene(drive, port)), size=size)

        del runner.__wrapped__
        return runner

    return decorate
