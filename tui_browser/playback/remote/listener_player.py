"""The listener's player: plays the newest sound of any app, and reopens a lost device."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from tui_browser.errors import PlayerError
from tui_browser.playback.backends.backend import Backend
from tui_browser.playback.backends.miniaudio_device import PERIODS_MS
from tui_browser.playback.backends.open_backend import open_backend
from tui_browser.playback.beat.beat_voice import BeatVoice
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.block_voice import BlockVoice

BUFFERED_S = 4.0
"""Seconds of a long sound that are decoded ahead."""
_TELL_S = 0.4
"""Seconds of a sound between two reports of how far it is."""
_MOST_UNSENT_BYTES = 256 << 10
_HINTS_S = 32
"""Hints that an app gets in a second."""


class MessageWriter:
    """Sends messages to one app; whoever does not read them is cut off."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self.overflowed = False
        """Whether the app was cut off because it does not read."""
        self._stream = stream
        self._hints = float(_HINTS_S)
        self._hinted_at = time.monotonic()

    def send(self, message: wire.Message) -> None:
        """Send a message, unless the connection is closing."""
        if self._stream.is_closing():
            return
        self._stream.write(wire.pack(message))
        if self._stream.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self.overflowed = True
            self._stream.transport.abort()

    def hint(self, message: wire.Message) -> None:
        """Send a message that may be left out: where others wait already, or many came within a second."""
        now = time.monotonic()
        self._hints = min(_HINTS_S, self._hints + (now - self._hinted_at) * _HINTS_S)
        self._hinted_at = now
        if self._hints >= 1 and not self._stream.transport.get_write_buffer_size():
            self._hints -= 1
            self.send(message)

    def abort(self) -> None:
        """Close the connection at once."""
        self._stream.transport.abort()


class BlockPart(NamedTuple):
    """The frames of a block from `start` to before `end`."""

    digest: bytes
    start: int
    end: int


@dataclass(eq=False, slots=True)
class RemoteSound:
    """A sound that an app plays, and the blocks it still needs."""

    tag: int
    app: MessageWriter
    """Gets `Begun` and `Over`."""
    voice: BlockVoice
    missing: deque[BlockPart] = field(default_factory=deque)
    """The blocks that come next."""
    reported: bytes = b""
    """The hash last sent in a `Missing`."""
    last_known: bool = False
    """Whether the last of `missing` is the last block of the sound."""
    started: bool = False
    told_s: float = 0.0
    """How much had been played when the app was last told."""
    over: bool = False
    """Whether it gave way to another sound, was stopped or came to its end: no block is decoded for it any more."""


class PlayedBeat(Protocol):
    """A beat of one app."""

    app: MessageWriter
    tag: int
    voice: BeatVoice | None

    def end(self) -> None:
        """It gave way to another one."""

    def restart(self, at_s: float) -> None:
        """Make a voice for another rate, which goes on from there."""


class ListenerPlayer:
    """Plays one sound at a time, the newest, and one beat; their apps hear when they start and when they are over."""

    def __init__(self, choice: str, *, notify: Callable[[], None]) -> None:
        """`choice` as for `open_backend`; `notify` is called from any thread when `tend` has something to do."""
        self._choice = choice
        self._notify = notify
        self._token = 0
        self._current: RemoteSound | None = None
        self._by_token: dict[int, RemoteSound] = {}
        self._beat: PlayedBeat | None = None
        self._beat_token = 0
        self._beat_told_at = 0.0
        self._period_ms = PERIODS_MS[0]
        self._open()

    @property
    def sounds(self) -> bool:
        """Whether a person can hear it."""
        return self._backend.sounds

    @property
    def rate(self) -> int:
        return self._backend.rate

    def _open(self) -> None:
        self._take(*open_backend(self._choice, self._notify, period_ms=self._period_ms))

    def _take(self, backend: Backend, note: str) -> None:
        self._backend = backend
        self.is_silent = bool(note)
        """Whether a device is missing, and sounds go nowhere."""
        self.note = note or f"sounds go to {self._backend.name}"
        """One sentence on where sounds go, or why nowhere."""

    def find_device(self) -> Backend | None:
        """The device, opened again, if there is one now; may be called from any thread, and may take a while."""
        backend, note = open_backend(self._choice, self._notify, period_ms=self._period_ms)
        if not note:
            return backend
        backend.close()
        return None

    def use(self, backend: Backend) -> None:
        """Move to a device that was found again."""
        self._end_current()
        self._backend.close()
        self._take(backend, "")
        self._move_beat()

    def play(self, sound: RemoteSound) -> None:
        """Play a sound whose voice has its first block, in place of the current one."""
        self._end_current()
        self._token += 1
        self._by_token[self._token] = self._current = sound
        sound.started = True
        self._backend.play(sound.voice, self._token, requested_at=time.monotonic())

    def stop(self, sound: RemoteSound) -> None:
        """Fade out this sound, if it is the current one."""
        sound.over = True
        if self._current is sound:
            self._current = None
            self._by_token.clear()
            self._backend.stop()

    def claim_beat(self, beat: PlayedBeat) -> None:
        """Let this be the one beat; that of another app is over."""
        if self._beat is not beat:
            self.end_beat()
            if self._beat is not None:
                self._beat.end()
            self._beat = beat

    def end_beat(self) -> None:
        """Fade out what plays of a beat."""
        self._beat_token = 0
        self._backend.stop_beat()

    def drop_beat(self, beat: PlayedBeat) -> None:
        """Fade out this beat, if it is the current one."""
        if self._beat is beat:
            self.end_beat()
            self._beat = None

    def play_beat(self, voice: BeatVoice) -> None:
        """Play the voice of the current beat; where the back end cannot mix, it is over."""
        self._token += 1
        self._beat_token = self._token
        try:
            self._backend.play_beat(voice, self._token, requested_at=time.monotonic())
        except PlayerError:
            beat, self._beat = self._beat, None
            if beat is not None:
                beat.end()

    def _move_beat(self) -> None:
        """Play the beat on, on another device."""
        voice = self._beat.voice if self._beat is not None else None
        if self._beat is not None and voice is not None:
            if voice.rate == self._backend.rate:
                self.play_beat(voice)
            else:
                self._beat.restart(voice.position_s())

    def _tell_beat(self) -> None:
        """Tell the app now and then where its beat is."""
        beat, now = self._beat, time.monotonic()
        if beat is not None and beat.voice is not None and now - self._beat_told_at >= _TELL_S:
            self._beat_told_at = now
            beat.app.hint(wire.PatternAt(beat.tag, beat.voice.position_s(self._backend.ahead_s)))

    def tend(self) -> None:
        """Send what happened to the apps; reopen a device that died or needs a larger buffer."""
        for event in self._backend.events():
            if event.token == self._beat_token and self._beat is not None:
                self._beat.app.send(wire.Begun(self._beat.tag))
                continue
            sound = self._by_token.get(event.token)
            if sound is None:
                continue
            if not event.ended:
                sound.app.send(wire.Begun(sound.tag))
                continue
            del self._by_token[event.token]
            sound.over = True
            if self._current is sound:
                self._current = None
            sound.app.send(wire.Over(sound.tag))
        self._tell_played()
        self._tell_beat()
        if not self._backend.alive():
            self._reopen()
        elif self._current is None and self._backend.strained() and self._period_ms < PERIODS_MS[-1]:
            self._period_ms = PERIODS_MS[PERIODS_MS.index(self._period_ms) + 1]
            self._reopen()

    def _tell_played(self) -> None:
        """Tell the app now and then how far its sound is, so that what it shows is in time with what is heard."""
        sound = self._current
        if sound is not None and sound.voice.played_s - sound.told_s >= _TELL_S:
            sound.told_s = sound.voice.played_s
            sound.app.hint(wire.Played(sound.tag, round(1000 * sound.told_s)))

    def close(self) -> None:
        self._backend.close()

    def _end_current(self) -> None:
        if self._current is not None:
            self._current.app.send(wire.Over(self._current.tag))
            self._current.over = True
            self._current = None
            self._by_token.clear()

    def _reopen(self) -> None:
        self._end_current()
        self._backend.close()
        self._open()
        self._move_beat()
