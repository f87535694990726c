"""Reads the sounds of a beat in a thread, and keeps those used last; the beat that plays waits for nothing."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui_browser.audio.source import open_file
from tui_browser.errors import AudioError, printable
from tui_browser.playback.beat.beat_voice import BeatPlan, PlannedPart
from tui_browser.playback.beat.part_sound import NO_SOUND, ShapedSounds, read_part
from tui_browser.playback.levels import FileKey, file_key
from tui_browser.playback.messages import BeatPart, PlayBeat
from tui_browser.records import FloatArray

PATIENCE_S = 2.0
"""After so long a beat goes on without the sounds that are not read yet; they come in later."""
_CACHE_BYTES = 32 << 20
_CLOSE_S = 1.0

_SoundKey = tuple[bytes, float, float]
"""Path, onset and speed."""


@dataclass(frozen=True, slots=True)
class LoadedBeat:
    """A request whose sounds are read."""

    request: PlayBeat
    plan: BeatPlan
    failures: Mapping[bytes, str]
    """Path -> why it cannot be played; these parts are silent."""


class BeatLoader:
    """Reads the sounds of the newest request. One thread calls `load` and `take`, another one reads."""

    def __init__(self, rate: int, notify: Callable[[], None], *, cache_bytes: int = _CACHE_BYTES) -> None:
        """`notify` is called from the other thread when `take` has something."""
        self.rate = rate
        self._notify = notify
        self._most_bytes = cache_bytes
        self._condition = threading.Condition()
        self._unread: PlayBeat | None = None
        """What the thread takes next."""
        self._wanted: PlayBeat | None = None
        """What `take` waits for."""
        self._wanted_at = 0.0
        self._in_part = False  # whether it was taken without all of its sounds
        self._loaded: LoadedBeat | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._cache: OrderedDict[tuple[FileKey, float, float], FloatArray] = OrderedDict()
        self.cached_bytes = 0
        self._current: dict[_SoundKey, FloatArray] = {}
        """The sounds of the request that was read last: a file that vanishes is played on."""
        self._read_so_far: dict[_SoundKey, FloatArray] = {}
        self._shaped = ShapedSounds()

    def load(self, request: PlayBeat) -> None:
        """Read these sounds in place of those that are still to be read."""
        with self._condition:
            self._unread = self._wanted = request
            self._wanted_at, self._in_part, self._loaded = time.monotonic(), False, None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="beat-loader", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def take(self) -> LoadedBeat | None:
        """The newest request, once it is read, or after `PATIENCE_S` as far as it is."""
        with self._condition:
            loaded, self._loaded = self._loaded, None
            if loaded is not None:
                self._wanted = None
                return loaded
            late = self._wanted is not None and time.monotonic() - self._wanted_at > PATIENCE_S
            if self._wanted is None or self._in_part or not late:
                return None
            self._in_part = True
            return LoadedBeat(self._wanted, self._plan(self._wanted, {**self._current, **self._read_so_far}), {})

    def drop(self) -> None:
        """Read no further."""
        with self._condition:
            self._unread = self._wanted = self._loaded = None

    def close(self) -> None:
        """End the thread, unless a drive that hangs holds it."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or self._unread)
                if self._closing:
                    return
                request, self._unread = self._unread, None
            if request is not None:
                self._read(request)

    def _read(self, request: PlayBeat) -> None:
        sounds: dict[_SoundKey, FloatArray] = {}
        failures: dict[bytes, str] = {}
        for part in request.parts:
            key = _sound_key(part)
            try:
                if key not in sounds and part.path not in failures:
                    sounds[key] = self._sound(part)
            except AudioError as error:
                if key in self._current:
                    sounds[key] = self._current[key]
                else:
                    failures[part.path] = f"{printable(os.path.basename(part.path))}: {error.what}"
            with self._condition:
                if self._wanted is not request or self._closing:
                    return
                self._read_so_far = dict(sounds)
        with self._condition:
            if self._wanted is request:
                self._current, self._read_so_far = sounds, {}
                self._loaded = LoadedBeat(request, self._plan(request, sounds), failures)
        self._notify()

    def _sound(self, part: BeatPart) -> FloatArray:
        with open_file(part.path) as fd:
            key = file_key(part.path, fd), part.onset_s, part.speed
        sound = self._cache.get(key)
        if sound is None:
            sound = read_part(part.path, onset_s=part.onset_s, speed=part.speed, rate=self.rate)
            sound.setflags(write=False)
            self._cache[key] = sound
            self.cached_bytes += sound.nbytes
            while self.cached_bytes > self._most_bytes and len(self._cache) > 1:
                self.cached_bytes -= self._cache.popitem(last=False)[1].nbytes
        self._cache.move_to_end(key)
        return sound

    def _plan(self, request: PlayBeat, sounds: Mapping[_SoundKey, FloatArray]) -> BeatPlan:
        """The plan with the sounds there are."""
        rests = (0.0,) * request.steps
        there = [(sounds.get(_sound_key(part), NO_SOUND), part.gain, part.pan) for part in request.parts]
        parts = (
            PlannedPart(sound, (*part.velocities, *rests)[: request.steps], part.choke)
            for part, sound in zip(request.parts, self._shaped.shape(there), strict=True)
        )
        return BeatPlan(tuple(parts), request.step_s, request.swing, request.steps)


def _sound_key(part: BeatPart) -> _SoundKey:
    return part.path, part.onset_s, part.speed
