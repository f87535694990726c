"""The beat on a back end of this machine: loads what a request needs, and changes what plays in place."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import PlayerError
from tui_browser.playback.backends.backend import Backend
from tui_browser.playback.beat.beat_loader import BeatLoader
from tui_browser.playback.beat.beat_voice import BeatVoice
from tui_browser.playback.messages import PlayBeat
from tui_browser.playback.output import SoundEvent


class LocalBeat:
    """Plays one beat, the newest. Used by one thread, which calls `tend` whenever it wakes."""

    def __init__(self, backend: Backend, notify: Callable[[], None]) -> None:
        self._backend = backend
        self._loader = BeatLoader(backend.rate, notify)
        self._voice: BeatVoice | None = None
        self._token: int | None = None
        self._told: set[bytes] = set()
        """Files of this beat whose failure was told."""
        self._events: list[SoundEvent] = []

    def play(self, request: PlayBeat) -> None:
        """Play this beat, or change the one that plays, once its sounds are read."""
        self._loader.load(request)

    def stop(self) -> None:
        self._loader.drop()
        self._backend.stop_beat()
        self._voice = self._token = None

    def tend(self) -> float | None:
        """Take in what was read; where in its round the beat is in what is heard, None before it begins."""
        loaded = self._loader.take()
        if loaded is not None:
            request = loaded.request
            if request.token != self._token:
                self._told = set()
            for path, reason in loaded.failures.items():
                if path not in self._told:
                    self._events.append(SoundEvent(request.token, False, failed=reason))
            self._told |= set(loaded.failures)
            if self._voice is not None and request.token == self._token:
                self._voice.change(loaded.plan)
            else:
                self._begin(request, BeatVoice(loaded.plan, rate=self._backend.rate, at_s=request.at_s))
        return None if self._voice is None else self._voice.position_s(self._backend.ahead_s)

    def _begin(self, request: PlayBeat, voice: BeatVoice) -> None:
        try:
            self._backend.play_beat(voice, request.token, requested_at=request.requested_at)
        except PlayerError as error:
            self._events.append(SoundEvent(request.token, True, failed=error.what))
            self._voice = self._token = None
            return
        self._voice, self._token = voice, request.token

    def events(self) -> list[SoundEvent]:
        """Failures since the last call."""
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        self._loader.close()
