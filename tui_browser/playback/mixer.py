"""One sound at a time, frame by frame: what a device that asks for frames is given.

A new sound waits until the old one has faded (5 ms), so that two are never heard at once and nothing clicks; a sound
that nothing has to make room for begins on the very next frame, and passes unchanged. With `ring`, a short one rings
to its end beside the new one instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_browser.playback.limiter import Limiter
from tui_browser.records import FloatArray

FADE_S = 0.005
_OF_LATE_S = 60.0
_TAILS = 8
"""Sounds that may ring on at once; the oldest goes first."""


class Voice(Protocol):
    """A sound on its way out, at the mixer's rate."""

    rises: bool
    """Whether it begins inside a sound and so has to be faded in."""

    def read(self, frames: int) -> FloatArray:
        """The next frames, (n, 2) with n at most `frames`; fewer when it ends or its disk is slow."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """Something that happened to a sound in the mixer."""

    token: int
    ended: bool
    """False when its first frame went out, True when its last did."""
    after_s: float = 0.0
    """From the request to the first frame handed to the device."""
    failed: str = ""
    """Why it could not be played, where that is how it ended."""


@dataclass(frozen=True, slots=True)
class _Cue:
    voice: Voice
    token: int
    asked: float


class Mixer:
    """Mixes for one device; `mix` is called by the device's thread, the rest by one other."""

    def __init__(self, rate: int, notify: Callable[[], None], *, buffer_s: float | None = None) -> None:
        """`buffer_s` is how long the device can go on without asking."""
        self.rate = rate
        self.mixed_at = time.monotonic()
        """When a device last asked for frames: how a dead one is known."""
        self.dry_spells = 0
        """How often of late it asked so late, while something sounded, that its buffer must have run dry."""
        self.sounding = threading.Event()
        """Set while there is anything to hear."""
        self.silent_tail = 0
        """Frames at the end of the last mix that lie after the last sound."""
        self._notify = notify
        self._buffer_s = buffer_s
        self._dry_at = 0.0
        self._given_s = 0.0  # what the last mix handed out
        self._sounded = False  # whether a sound goes on beyond it
        self._lock = threading.Lock()
        self._current: _Cue | None = None
        self._next: _Cue | None = None
        self._falling: int | None = None  # frames of the fade-out that are left
        self._risen = 0  # frames of the fade-in that are done
        self._heard: list[SoundEvent] = []
        self._retired: list[Voice] = []
        self._tails: list[Voice] = []
        self._leaving: list[Voice] = []  # those of them that fade with the next mix
        self._gain = self._gain_now = 1.0
        self._limiter = Limiter()
        self._ramp = np.linspace(0.0, 1.0, max(2, round(rate * FADE_S)), dtype=np.float32)[:, None]

    def play(self, voice: Voice, token: int, *, asked: float | None = None, ring: bool = False) -> None:
        """Sound this next, in place of whatever sounds or waits; `asked` is the monotonic time of the request.

        With `ring`, what sounds goes on to its end: a voice that has all its frames, and an end.
        """
        with self._lock:
            if self._next:
                self._retired.append(self._next.voice)
            self._next = _Cue(voice, token, time.monotonic() if asked is None else asked)
            risen = self._current is not None and self._falling is None and self._risen == len(self._ramp)
            if ring and self._current is not None and risen:
                self._tails.append(self._current.voice)
                self._current = None
                self._leaving += self._tails[:-_TAILS]
                del self._tails[:-_TAILS]
            self._fall()
            if not self.sounding.is_set():
                self.mixed_at = time.monotonic()  # a device that rested in silence is asked anew from here on
                self.sounding.set()

    def stop(self) -> None:
        """Fade out what sounds; drop what waits."""
        with self._lock:
            if self._next:
                self._retired.append(self._next.voice)
                self._next = None
            self._fall()
            self._leaving += self._tails
            self._tails = []

    def set_gain(self, gain: float) -> None:
        """Multiply all that is heard from the next mix on, in a ramp."""
        with self._lock:
            self._gain = gain
            if not self.sounding.is_set():
                self._gain_now = gain

    def events(self) -> list[SoundEvent]:
        """What has happened since the last call; also closes the voices that are over."""
        with self._lock:
            heard, self._heard = self._heard, []
            retired, self._retired = self._retired, []
        for voice in retired:
            voice.close()
        return heard

    def drop(self) -> None:
        """Let go of all voices: nobody asks for frames any more."""
        with self._lock:
            cues = [cue.voice for cue in (self._current, self._next) if cue is not None]
            self._retired += cues + self._tails + self._leaving
            self._current, self._next, self._tails, self._leaving = None, None, [], []
        self.events()

    def mix(self, frames: int) -> FloatArray:
        """The next (frames, 2), within -1 and 1: the sound, then silence."""
        out = np.zeros((frames, 2), dtype=np.float32)
        with self._lock:
            self._note_asking(frames)
            done = 0
            while done < frames:
                if self._current is None and not self._begin():
                    break
                assert self._current is not None
                chunk = self._chunk(self._current, frames - done)
                out[done : done + len(chunk)] = chunk
                done += len(chunk)
                if not self._over(self._current) and not len(chunk):
                    break  # a slow disk: silence until more has been read
            rung = self._ring(out)
            self.silent_tail = frames - max(done, rung) if self._current is None and not self._tails else 0
            if self._current is None and self._next is None and not self._tails:
                self.sounding.clear()
            self._sounded = self._current is not None
            told = bool(self._heard or self._retired)
            gain, self._gain_now = (self._gain_now, self._gain), self._gain
        if told:
            self._notify()
        if gain != (1.0, 1.0):
            out *= np.linspace(*gain, frames, dtype=np.float32)[:, None]
        return self._limiter.limit(out)

    def _note_asking(self, frames: int) -> None:
        now = time.monotonic()
        if self._buffer_s is not None and self._sounded:
            lasted = max(1.1 * self._buffer_s, 2 * self._given_s)
            if now - self.mixed_at > lasted:
                self.dry_spells = self.dry_spells + 1 if now - self._dry_at < _OF_LATE_S else 1
                self._dry_at = now
        self.mixed_at, self._given_s = now, frames / self.rate

    def _ring(self, out: FloatArray) -> int:
        """Add the sounds that ring on; the frames until the last of them ends."""
        longest = 0
        ramp = np.linspace(1.0, 0.0, min(len(out), len(self._ramp)), dtype=np.float32)[:, None]
        for voice in self._tails:
            chunk = voice.read(len(out))
            out[: len(chunk)] += chunk
            longest = max(longest, len(chunk))
        for voice in self._leaving:
            chunk = voice.read(len(ramp))
            out[: len(chunk)] += chunk * ramp[: len(chunk)]
            longest = max(longest, len(chunk))
        self._retired += [voice for voice in self._tails if voice.ended] + self._leaving
        self._tails = [voice for voice in self._tails if not voice.ended]
        self._leaving = []
        return longest

    def _begin(self) -> bool:
        if self._next is None:
            return False
        self._current, self._next = self._next, None
        self._falling = None
        self._risen = 0 if self._current.voice.rises else len(self._ramp)
        self._heard.append(SoundEvent(self._current.token, False, self.mixed_at - self._current.asked))
        return True

    def _chunk(self, cue: _Cue, frames: int) -> FloatArray:
        if self._falling is not None:
            frames = min(frames, self._falling)
        elif self._risen < len(self._ramp):
            frames = min(frames, len(self._ramp) - self._risen)
        chunk = cue.voice.read(frames)
        if self._risen < len(self._ramp):
            chunk = chunk * self._ramp[self._risen : self._risen + len(chunk)]
            self._risen += len(chunk)
        if self._falling is not None:
            chunk = chunk * self._ramp[::-1][len(self._ramp) - self._falling :][: len(chunk)]
            self._falling -= len(chunk)
            if len(chunk) < frames:
                self._falling = 0  # nothing more to fade
        return chunk

    def _over(self, cue: _Cue) -> bool:
        faded = self._falling == 0
        if not faded and not cue.voice.ended:
            return False
        if not faded and self._falling is None:
            self._heard.append(SoundEvent(cue.token, True))
        self._retired.append(cue.voice)
        self._current, self._falling = None, None
        return True

    def _fall(self) -> None:
        if self._current is not None and self._falling is None:
            self._falling = len(self._ramp)
            if self._risen < len(self._ramp):  # still rising: fall from where it is
                self._falling = max(1, self._risen)
                self._risen = len(self._ramp)
