"""Mixes voices for a device that pulls frames: one sound at a time.

A new sound waits until the old one has faded out (5 ms), so that two sounds never overlap and nothing clicks. In
silence it starts on the next frame, unchanged. With `ring`, a short old sound rings to its end beside the new one. A
beat plays beside all that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_browser.playback.limiter import Limiter
from tui_browser.playback.output import SoundEvent
from tui_browser.records import FloatArray

FADE_S = 0.005
_DRY_WINDOW_S = 60.0
_GAP_DECAY = 0.97
_MOST_TAILS = 8
"""Sounds that may ring at once; the oldest fades out first."""


class Voice(Protocol):
    """A sound that can be played, at the mixer's rate."""

    rises: bool
    """Whether it starts in the middle of a sound and has to be faded in."""

    def feed(self) -> None:
        """Read further from the file; called by another thread than `read`."""

    def read(self, frames: int) -> FloatArray:
        """The next frames, (n, 2) with n at most `frames`; fewer at the end, or when the disk is slow."""

    @property
    def ended(self) -> bool:
        """Whether there are no more frames."""

    def close(self) -> None:
        """Close the file."""


@dataclass(frozen=True, slots=True)
class _Cue:
    voice: Voice
    token: int
    requested_at: float


class Mixer:
    """Mixes for one device. The device's thread calls `mix`, one other thread calls everything else."""

    def __init__(self, rate: int, notify: Callable[[], None], *, buffer_s: float | None = None) -> None:
        """`buffer_s` is the length of the device's buffer; None when it cannot run dry."""
        self.rate = rate
        self.mixed_at = time.monotonic()
        """`time.monotonic()` of the last call of `mix`, which shows whether the device is alive."""
        self.usual_gap_s = 1.0
        """How far apart two calls of `mix` were at most just now; long until that is known."""
        self.dry_spells = 0
        """How often in the last minute the device asked so late during a sound that its buffer must have run dry."""
        self.sounding = threading.Event()
        """Set while there is anything to play."""
        self.silent_tail = 0
        """Frames at the end of the last mix that follow the end of the last sound."""
        self.device_lost = False
        """Whether the device said that it is gone."""
        self._notify = notify
        self._buffer_s = buffer_s
        self._dry_at = 0.0
        self._mixed_s = 0.0  # length of the last mix
        self._continues = False  # whether a sound continues after the last mix
        self._lock = threading.Lock()
        self._current: _Cue | None = None
        self._next: _Cue | None = None
        self._fade_out: int | None = None  # frames left of the fade-out
        self._faded_in = 0  # frames done of the fade-in
        self._events: list[SoundEvent] = []
        self._retired: list[Voice] = []
        self._tails: list[Voice] = []
        self._dropped_tails: list[Voice] = []  # they fade out in the next mix
        self._beat: _Cue | None = None
        self._beat_begun = False
        self._gain = self._current_gain = 1.0
        self._limiter = Limiter()
        self._ramp = np.linspace(0.0, 1.0, max(2, round(rate * FADE_S)), dtype=np.float32)[:, None]

    def play(self, voice: Voice, token: int, *, requested_at: float | None = None, ring: bool = False) -> None:
        """Play this voice in place of the one that plays or waits; `requested_at` is the monotonic time of the request.

        With `ring`, the old voice, which must be complete and not looped, plays to its end.
        """
        with self._lock:
            if self._next:
                self._retired.append(self._next.voice)
            self._next = _Cue(voice, token, time.monotonic() if requested_at is None else requested_at)
            in_full = self._current is not None and self._fade_out is None and self._faded_in == len(self._ramp)
            if ring and self._current is not None and in_full:
                self._tails.append(self._current.voice)
                self._current = None
                self._dropped_tails += self._tails[:-_MOST_TAILS]
                del self._tails[:-_MOST_TAILS]
            self._start_fade_out()
            self._sound()

    def play_beat(self, voice: Voice, token: int, *, requested_at: float) -> None:
        """Play this voice beside the sounds, from the next frame on, in place of the beat that plays."""
        with self._lock:
            self._drop_beat()
            self._beat, self._beat_begun = _Cue(voice, token, requested_at), False
            self._sound()

    def stop_beat(self) -> None:
        """Fade out the beat."""
        with self._lock:
            self._drop_beat()

    def _drop_beat(self) -> None:
        if self._beat is not None:
            (self._dropped_tails if self._beat_begun else self._retired).append(self._beat.voice)
            self._beat = None

    def _sound(self) -> None:
        """Let the device ask for frames."""
        if not self.sounding.is_set():
            self.mixed_at = time.monotonic()  # a device at rest in silence counts as alive from here on
            self.sounding.set()

    def stop(self) -> None:
        """Fade out the voice that plays; drop the one that waits."""
        with self._lock:
            if self._next:
                self._retired.append(self._next.voice)
                self._next = None
            self._start_fade_out()
            self._dropped_tails += self._tails
            self._tails = []

    @property
    def ahead_s(self) -> float:
        """How far what is heard now lies before the next frame, as far as the device's buffer tells."""
        since_mix_s = time.monotonic() - self.mixed_at
        return max(0.0, max(self._mixed_s, self._buffer_s or 0.0) - since_mix_s)

    def lose_device(self) -> None:
        """The device is gone; may be called from any thread."""
        self.device_lost = True
        self._notify()

    def set_gain(self, gain: float) -> None:
        """Ramp to this gain in the next mix."""
        with self._lock:
            self._gain = gain
            if not self.sounding.is_set():
                self._current_gain = gain

    def events(self) -> list[SoundEvent]:
        """Events since the last call; also closes the voices that are over."""
        with self._lock:
            events, self._events = self._events, []
            retired, self._retired = self._retired, []
        for voice in retired:
            voice.close()
        return events

    def close(self) -> None:
        """Close all voices; the device no longer asks for frames."""
        with self._lock:
            voices = [cue.voice for cue in (self._current, self._next, self._beat) if cue is not None]
            self._retired += voices + self._tails + self._dropped_tails
            self._current, self._next, self._beat, self._tails, self._dropped_tails = None, None, None, [], []
        self.events()

    def mix(self, frames: int) -> FloatArray:
        """The next frames, (frames, 2), within -1 and 1; silence after the last sound."""
        out = np.zeros((frames, 2), dtype=np.float32)
        with self._lock:
            self._note_request(frames)
            done = 0
            while done < frames:
                if self._current is None and not self._start_next():
                    break
                assert self._current is not None
                chunk = self._chunk(self._current, frames - done)
                out[done : done + len(chunk)] = chunk
                done += len(chunk)
                if not self._retire_if_over(self._current) and not len(chunk):
                    break  # a slow disk: silence until more is read
            tails_end = self._mix_tails(out)
            self._mix_beat(out)
            goes_on = self._current is not None or self._beat is not None
            self.silent_tail = 0 if goes_on or self._tails else frames - max(done, tails_end)
            if not goes_on and self._next is None and not self._tails:
                self.sounding.clear()
            self._continues = goes_on
            has_news = bool(self._events or self._retired)
            gain, self._current_gain = (self._current_gain, self._gain), self._gain
        if has_news:
            self._notify()
        if gain != (1.0, 1.0):
            out *= np.linspace(*gain, frames, dtype=np.float32)[:, None]
        return self._limiter.limit(out)

    def _note_request(self, frames: int) -> None:
        now = time.monotonic()
        self.usual_gap_s = max(now - self.mixed_at, self.usual_gap_s * _GAP_DECAY)
        if self._buffer_s is not None and self._continues:
            longest_s = max(1.1 * self._buffer_s, 2 * self._mixed_s)
            if now - self.mixed_at > longest_s:
                self.dry_spells = self.dry_spells + 1 if now - self._dry_at < _DRY_WINDOW_S else 1
                self._dry_at = now
        self.mixed_at, self._mixed_s = now, frames / self.rate

    def _mix_beat(self, out: FloatArray) -> None:
        """Add the beat."""
        if self._beat is None:
            return
        if not self._beat_begun:
            self._beat_begun = True
            self._events.append(SoundEvent(self._beat.token, False, self.mixed_at - self._beat.requested_at))
        chunk = self._beat.voice.read(len(out))
        out[: len(chunk)] += chunk

    def _mix_tails(self, out: FloatArray) -> int:
        """Add the voices that still ring; returns the frame at which the last of them ends."""
        longest = 0
        ramp = np.linspace(1.0, 0.0, min(len(out), len(self._ramp)), dtype=np.float32)[:, None]
        for voice in self._tails:
            chunk = voice.read(len(out))
            out[: len(chunk)] += chunk
            longest = max(longest, len(chunk))
        for voice in self._dropped_tails:
            chunk = voice.read(len(ramp))
            out[: len(chunk)] += chunk * ramp[: len(chunk)]
            longest = max(longest, len(chunk))
        self._retired += [voice for voice in self._tails if voice.ended] + self._dropped_tails
        self._tails = [voice for voice in self._tails if not voice.ended]
        self._dropped_tails = []
        return longest

    def _start_next(self) -> bool:
        if self._next is None:
            return False
        self._current, self._next = self._next, None
        self._fade_out = None
        self._faded_in = 0 if self._current.voice.rises else len(self._ramp)
        self._events.append(SoundEvent(self._current.token, False, self.mixed_at - self._current.requested_at))
        return True

    def _chunk(self, cue: _Cue, frames: int) -> FloatArray:
        if self._fade_out is not None:
            frames = min(frames, self._fade_out)
        elif self._faded_in < len(self._ramp):
            frames = min(frames, len(self._ramp) - self._faded_in)
        chunk = cue.voice.read(frames)
        if self._faded_in < len(self._ramp):
            chunk = chunk * self._ramp[self._faded_in : self._faded_in + len(chunk)]
            self._faded_in += len(chunk)
        if self._fade_out is not None:
            chunk = chunk * self._ramp[::-1][len(self._ramp) - self._fade_out :][: len(chunk)]
            self._fade_out -= len(chunk)
            if len(chunk) < frames:
                self._fade_out = 0  # the voice ended
        return chunk

    def _retire_if_over(self, cue: _Cue) -> bool:
        faded_out = self._fade_out == 0
        if not faded_out and not cue.voice.ended:
            return False
        if not faded_out and self._fade_out is None:
            self._events.append(SoundEvent(cue.token, True))
        self._retired.append(cue.voice)
        self._current, self._fade_out = None, None
        return True

    def _start_fade_out(self) -> None:
        if self._current is not None and self._fade_out is None:
            self._fade_out = len(self._ramp)
            if self._faded_in < len(self._ramp):  # still fading in: fade out from the gain it has
                self._fade_out = max(1, self._faded_in)
                self._faded_in = len(self._ramp)
