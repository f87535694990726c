"""Requests from the engine's thread to the link's thread: the newest of each kind replaces older ones."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.playback.messages import PlayBeat
from tui_browser.playback.remote.blocks import BlockReader


@dataclass(slots=True)
class RemotePlay:
    """A sound to play on the listener, and how far it has come."""

    path: bytes
    token: int
    start_s: float
    gain_db: float
    speed: float
    loop: bool
    requested_at: float
    """`time.monotonic()` of the request."""
    reader: BlockReader | None = None
    """Reads the further blocks of a long sound."""
    started: float | None = None
    """`time.monotonic()` of the first frame; None before."""
    heard: tuple[float, float] | None = None
    """How many seconds the listener's device had taken, and the `time.monotonic()` of that; None before a report."""
    brief: bool = False
    """Whether it is so short that it is repeated for a while."""
    compressed: bool = False
    """Whether it goes over as Opus."""

    @property
    def tag(self) -> int:
        """Its name in the protocol."""
        return self.token & 0xFFFFFFFF

    def position_s(self, now: float) -> float:
        """Position in the file of what is heard at `now`, by the listener's clock as far as that is known."""
        played_s, at = self.heard or (0.0, self.started if self.started is not None else now)
        return self.start_s + (played_s + now - at) * self.speed

    def close_reader(self) -> None:
        if self.reader is not None:
            self.reader.close()
            self.reader = None


@dataclass(frozen=True, slots=True)
class RemoteRequests:
    """What one look into the mailbox found."""

    sound: RemotePlay | None
    stop: bool
    prefetch: Sequence[bytes] | None
    beat: PlayBeat | None
    stop_beat: bool


class RequestMailbox:
    """Filled by one thread, emptied by another."""

    def __init__(self) -> None:
        self.woken, self._wake = os.pipe()
        """`woken` is readable when there is something new."""
        os.set_blocking(self.woken, False)
        os.set_blocking(self._wake, False)
        self._lock = threading.Lock()
        self._sound: RemotePlay | None = None
        self._stop = False
        self._prefetch: Sequence[bytes] | None = None
        self._beat: PlayBeat | None = None
        self._stop_beat = False

    def play(self, sound: RemotePlay) -> None:
        with self._lock:
            self._sound, self._stop = sound, False
        self.wake()

    def stop(self) -> None:
        with self._lock:
            self._sound, self._stop = None, True
        self.wake()

    def prefetch(self, paths: Sequence[bytes]) -> None:
        with self._lock:
            self._prefetch = paths
        self.wake()

    def play_beat(self, request: PlayBeat) -> None:
        with self._lock:
            self._beat = request
        self.wake()

    def stop_beat(self) -> None:
        """Stop the beat, before one that is asked for later."""
        with self._lock:
            self._beat, self._stop_beat = None, True
        self.wake()

    @property
    def has_sound(self) -> bool:
        """Whether a sound waits to be taken."""
        return self._sound is not None

    def take(self) -> RemoteRequests:
        """Empty the mailbox."""
        with self._lock:
            requests = RemoteRequests(self._sound, self._stop, self._prefetch, self._beat, self._stop_beat)
            self._sound, self._stop, self._prefetch = None, False, None
            self._beat, self._stop_beat = None, False
        return requests

    def wake(self) -> None:
        """Wake the thread that waits."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def drain(self) -> None:
        """Reset `woken`."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 4096)

    def wait(self, timeout_s: float) -> None:
        """Wait for a request, at most `timeout_s`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.woken, selectors.EVENT_READ)
            selector.select(timeout_s)
        self.drain()

    def close(self) -> None:
        os.close(self.woken)
        os.close(self._wake)
