"""The listener's way out: one sound at a time, made of blocks as they come, on a device that is opened anew if lost."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import soxr

from tui_browser.audio.backends.choose import open_output
from tui_browser.audio.backends.miniaudio_device import PERIODS_MS
from tui_browser.audio.voices import circle, resampled, stereo
from tui_browser.records import FloatArray

BUFFERED_S = 8.0
"""Seconds of a long sound that are decoded ahead."""
_RETRY_S = 15.0


class BlockVoice:
    """A sound for the mixer that grows block by block."""

    def __init__(self, *, rate: int, start: int, gain_db: float, speed: float = 1.0, loop: bool = False) -> None:
        """`loop` is for a sound of one block, which is repeated from its own beginning."""
        self.rises = start > 0
        self.complete = False
        self.loop = loop
        self._again = np.zeros((0, 2), dtype=np.float32)
        self._speed = speed
        self._rate = rate
        self._skip = start
        self._gain = np.float32(10 ** (gain_db / 20))
        self._parts: deque[FloatArray] = deque()
        self._written = self._taken = 0  # frames; each is counted by one thread only
        self._resampler: soxr.ResampleStream | None = None
        self._source_rate = 0

    @property
    def buffered_s(self) -> float:
        return (self._written - self._taken) / self._rate

    def push(self, samples: FloatArray, rate: int, *, last: bool) -> None:
        """The next block, (n, 1 or 2); one of another rate than the first is left out."""
        first, self._source_rate = not self._source_rate, self._source_rate or rate
        if rate == self._source_rate:
            block = stereo(samples if self.loop else samples[self._skip :])
            from_rate = rate * self._speed
            if from_rate == self._rate or not len(block):
                self._add(block)
            elif self.loop:
                self._add(circle(block, from_rate, self._rate))
            elif first and last:
                self._add(resampled(block, from_rate, self._rate))
            else:
                if self._resampler is None:
                    self._resampler = soxr.ResampleStream(from_rate, self._rate, 2, dtype="float32")
                self._add(self._resampler.resample_chunk(block, last=last))
                self._resampler = None if last else self._resampler
            if self.loop and self._parts:
                self._turn(round(self._skip * self._rate / from_rate))
            self._skip = 0
        if last:
            self.complete = True

    def _turn(self, start: int) -> None:
        """Begin a loop in its middle: the whole follows when the rest of it has been read."""
        whole = self._parts[0]
        if 0 < start < len(whole):
            self._parts = deque((whole[start:], whole))
        self._again = whole

    def finish(self) -> None:
        """Nothing more will come."""
        if self._resampler is not None and not self.complete:
            self._add(self._resampler.resample_chunk(np.zeros((0, 2), dtype=np.float32), last=True))
        self.complete = True

    def _add(self, block: FloatArray) -> None:
        if len(block):
            self._parts.append(block if self._gain == 1 else block * self._gain)
            self._written += len(block)

    def read(self, frames: int) -> FloatArray:
        parts: list[FloatArray] = []
        wanted = frames
        while wanted and self._parts:
            part = self._parts[0]
            if len(part) <= wanted:
                parts.append(self._parts.popleft())
                if self.loop and not self._parts:
                    self._parts.append(self._again)
            else:
                parts.append(part[:wanted])
                self._parts[0] = part[wanted:]
            wanted -= len(parts[-1])
        self._taken += frames - wanted
        if not parts:
            return np.zeros((0, 2), dtype=np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def ended(self) -> bool:
        return self.complete and not self._parts

    def close(self) -> None:
        self.loop, self.complete = False, True


@dataclass(eq=False, slots=True)
class Performance:
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


class Speaker:
    """Plays performances, the newest; the apps' ends are told when they begin and end."""

    def __init__(self, choice: str, *, notify: Callable[[], None], told: Callable[[str], None]) -> None:
        self._choice = choice
        self._notify = notify
        self._told = told
        self._token = 0
        self._now: Performance | None = None
        self._by_token: dict[int, Performance] = {}
        self._period_ms = PERIODS_MS[0]
        self._open()

    @property
    def sounds(self) -> bool:
        return self._output.sounds

    @property
    def rate(self) -> int:
        return self._output.rate

    @property
    def playing(self) -> Performance | None:
        """What was asked for last, on its way out."""
        return self._now

    def _open(self) -> None:
        self._output, note = open_output(self._choice, self._notify, period_ms=self._period_ms)
        self._silent_since = time.monotonic() if note else None
        self._told(note or f"sounds go to {self._output.name}")

    def look_again(self) -> None:
        """Take a device that has come back, before the next sound is made for one."""
        if self._silent_since is not None and time.monotonic() - self._silent_since > _RETRY_S:
            self._reopen()

    def play(self, performance: Performance) -> None:
        """Sound this in place of what sounds; its voice has its first block."""
        self._give_way()
        self._token += 1
        self._by_token[self._token] = self._now = performance
        performance.sounding = True
        self._output.play(performance.voice, self._token, asked=time.monotonic())

    def stop(self, performance: Performance) -> None:
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
