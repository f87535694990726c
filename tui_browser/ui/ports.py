"""What the app needs of the floors below: small protocols, so that every one of them is easy to fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tui_browser.config.state import State
from tui_browser.library.messages import Event, Request
from tui_browser.records import Reject, Root, SampleId, SampleRow, Snapshot


class LibraryLike(Protocol):
    """The read side of a library; calls block, the app makes them in threads."""

    def snapshot(self, previous: Snapshot | None = None, *, vectors: bool = True) -> Snapshot: ...
    def sample(self, id: SampleId) -> SampleRow | None: ...
    def id_of(self, path: bytes) -> SampleId | None: ...
    def roots(self) -> list[Root]: ...
    def rejects(self) -> list[Reject]: ...


class ServiceLike(Protocol):
    """The index service; `fileno` becomes readable when `poll` has something."""

    def send(self, request: Request) -> None: ...
    def fileno(self) -> int: ...
    def poll(self) -> Sequence[Event]: ...


class PlayerLike(Protocol):
    """The player; `poll` gives the events of `audio.player`."""

    def play(self, path: bytes, *, token: int, start_s: float = 0.0, gain_db: float = 0.0) -> None: ...
    def stop(self) -> None: ...
    def fileno(self) -> int: ...
    def poll(self) -> Sequence[object]: ...


Remember = Callable[[Callable[[State], State]], object]
"""Apply a change to what the app remembers between two runs."""
