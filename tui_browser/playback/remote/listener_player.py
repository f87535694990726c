"""The listener's way out: one sound at a time, made of blocks as they come, on a device that is opened anew if lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tui_browser.playback.backends.miniaudio_device import PERIODS_MS
from tui_browser.playback.backends.open_backend import open_backend
from tui_browser.playback.remote.block_voice import BlockVoice

BUFFERED_S = 8.0
"""Seconds of a long sound that are decoded ahead."""
_RETRY_S = 15.0


@dataclass(eq=False, slots=True)
class RemoteSound:
    """One sound that an app asked for, and the blocks it still lacks."""

    tag: int
    begun: Callable[[int], None]
    over: Callable[[int], None]
    voice: BlockVoice
    wanted: deque[bytes] = field(default_factory=deque)
    """Hashes of the blocks that come next."""
    missed: bytes = b""
    """The hash that the app was last told to be missing."""
    last_known: bool = False
    """Whether the last of `wanted` is the last of the sound."""
    sounding: bool = False


class ListenerPlayer:
    """Plays performances, the newest; the apps' ends are told when they begin and end."""

    def __init__(self, choice: str, *, notify: Callable[[], None], told: Callable[[str], None]) -> None:
        self._choice = choice
        self._notify = notify
        self._told = told
        self._token = 0
        self._now: RemoteSound | None = None
        self._by_token: dict[int, RemoteSound] = {}
        self._period_ms = PERIODS_MS[0]
        self._open()

    @property
    def sounds(self) -> bool:
        return self._output.sounds

    @property
    def rate(self) -> int:
        return self._output.rate

    @property
    def playing(self) -> RemoteSound | None:
        """What was asked for last, on its way out."""
        return self._now

    def _open(self) -> None:
        self._output, note = open_backend(self._choice, self._notify, period_ms=self._period_ms)
        self._silent_since = time.monotonic() if note else None
        self._told(note or f"sounds go to {self._output.name}")

    def look_again(self) -> None:
        """Take a device that has come back, before the next sound is made for one."""
        if self._silent_since is not None and time.monotonic() - self._silent_since > _RETRY_S:
            self._reopen()

    def play(self, performance: RemoteSound) -> None:
        """Sound this in place of what sounds; its voice has its first block."""
        self._give_way()
        self._token += 1
        self._by_token[self._token] = self._now = performance
        performance.sounding = True
        self._output.play(performance.voice, self._token, asked=time.monotonic())

    def stop(self, performance: RemoteSound) -> None:
        """Fade this out, if it is what sounds."""
        if self._now is performance:
            self._now = None
            self._forget()
            self._output.stop()

    def tend(self) -> None:
        """Tell what was heard; open a device anew that died, or that needs a larger buffer."""
        for heard in self._output.events():
            performance = self._by_token.get(heard.token)
            if performance is None:
                continue
            if not heard.ended:
                performance.begun(performance.tag)
                continue
            del self._by_token[heard.token]
            if self._now is performance:
                self._now = None
            performance.over(performance.tag)
        if not self._output.alive():
            self._reopen()
        elif self._now is None and self._output.strained() and self._period_ms < PERIODS_MS[-1]:
            self._period_ms = PERIODS_MS[PERIODS_MS.index(self._period_ms) + 1]
            self._reopen()

    def close(self) -> None:
        self._output.close()

    def _give_way(self) -> None:
        if self._now is not None:
            self._now.over(self._now.tag)
            self._now = None
            self._forget()

    def _forget(self) -> None:
        self._by_token.clear()

    def _reopen(self) -> None:
        if self._now is not None:
            self._give_way()
        self._output.close()
        self._open()
