"""What the player's main thread wants of the one that keeps the line: the newest wish of each kind counts."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.playback.remote.blocks import BlockReader
from tui_browser.playback.remote.connection import wake_pipe


@dataclass(slots=True)
class RemotePlay:
    """A sound that was asked for, and how far it has come."""

    path: bytes
    token: int
    start_s: float
    gain_db: float
    speed: float
    loop: bool
    asked: float
    """`time.monotonic()` of the request."""
    reading: BlockReader | None = None
    """The rest of a long one."""
    begun: float | None = None
    brief: bool = False
    """Whether it is so short that it is repeated for a while."""

    @property
    def tag(self) -> int:
        """What the listener knows it by."""
        return self.token & 0xFFFFFFFF

    def end_reading(self) -> None:
        """Read no more of it."""
        if self.reading is not None:
            self.reading.close()
            self.reading = None


class RequestMailbox:
    """Put in by one thread, taken out by another, which can wait for them."""

    def __init__(self) -> None:
        self.woken, self._wake = wake_pipe()
        """`woken` is readable when there is something new."""
        self._lock = threading.Lock()
        self._sound: RemotePlay | None = None
        self._silence = False
        self._ahead: Sequence[bytes] | None = None

    def play(self, ask: RemotePlay) -> None:
        """Sound this."""
        with self._lock:
            self._sound, self._silence = ask, False
        self.stir()

    def stop(self) -> None:
        """Be silent."""
        with self._lock:
            self._sound, self._silence = None, True
        self.stir()

    def send_ahead(self, paths: Sequence[bytes]) -> None:
        """Send these while nothing else is to be done."""
        with self._lock:
            self._ahead = paths
        self.stir()

    @property
    def pressing(self) -> bool:
        """Whether a sound was asked for that nobody has taken up."""
        return self._sound is not None

    def take(self) -> tuple[RemotePlay | None, bool, Sequence[bytes] | None]:
        """The sound that is wanted, whether silence is, and what to send ahead; nothing of it waits any more."""
        with self._lock:
            sound, self._sound = self._sound, None
            silence, self._silence = self._silence, False
            ahead, self._ahead = self._ahead, None
        return sound, silence, ahead

    def stir(self) -> None:
        """Wake whoever waits."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def drain(self) -> None:
        """Let the next wish wake again."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 4096)

    def wait(self, seconds: float) -> None:
        """Until there is a wish, or so long."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.woken, selectors.EVENT_READ)
            selector.select(seconds)
        self.drain()

    def close(self) -> None:
        os.close(self.woken)
        os.close(self._wake)
