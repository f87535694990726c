"""The simpleaudio back end, for those who choose it: plays whole sounds, without mixing; `LIMITS` says what is lost."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from typing import Any

import numpy as np

from tui_browser.errors import PlayerError
from tui_browser.playback.limiter import Limiter
from tui_browser.playback.mixer import Voice
from tui_browser.playback.output import SoundEvent
from tui_browser.records import FloatArray

_MOST_S = 60
LIMITS = (
    "sounds under 0.4 s ring on below the next, a stop cuts off after 230 ms, of a long sound the first 60 s play, "
    "a new volume holds from the next sound on, and beats do not play"
)
"""For people: what simpleaudio does worse than miniaudio."""


def unusable_reason(*, version: tuple[int, ...], installed_distributions: Collection[str]) -> str:
    """Why simpleaudio cannot be used with this Python and these installed distributions; empty when it can."""
    if not {"simpleaudio", "simpleaudio-patched"} & set(installed_distributions):
        return "simpleaudio is not installed: pip install 'tui-browser[simpleaudio]'"
    if version >= (3, 12) and "simpleaudio-patched" not in installed_distributions:
        return (
            f"simpleaudio crashes on Python {version[0]}.{version[1]}: "
            "pip uninstall simpleaudio, then pip install simpleaudio-patched"
        )
    return ""


def installed_distributions() -> list[str]:
    """The names of the installed distributions of simpleaudio."""
    from importlib import metadata

    names = []
    for name in ("simpleaudio", "simpleaudio-patched"):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        names.append(name)
    return names


class SimpleaudioBackend:
    """Plays 16-bit stereo at 48 kHz; raises PlayerError when simpleaudio cannot be used or finds no device."""

    name = "simpleaudio"
    sounds = True
    rate = 48_000
    poll_s: float | None = 0.05

    def __init__(self) -> None:
        reason = unusable_reason(version=sys.version_info[:2], installed_distributions=installed_distributions())
        if reason:
            raise PlayerError(reason)
        try:
            import simpleaudio
        except ImportError as error:
            raise PlayerError("simpleaudio cannot be loaded", hint=str(error)) from error
        self._library: Any = simpleaudio
        self._failure: type[Exception] = simpleaudio._simpleaudio.SimpleaudioError
        self._sound: Any = None
        self._token = 0
        self._gain = 1.0
        self._events: list[SoundEvent] = []
        self._start(np.zeros((480, 2), dtype=np.float32)).wait_done()  # fails at once when there is no device

    def play(self, voice: Voice, token: int, *, requested_at: float, ring: bool = False) -> None:
        if not ring:
            self.stop()
        samples = Limiter().limit(_read_whole(voice, _MOST_S * self.rate) * np.float32(self._gain))
        voice.close()
        self._sound, self._token = self._start(samples), token
        self._events.append(SoundEvent(token, False, time.monotonic() - requested_at))

    def play_beat(self, voice: Voice, token: int, *, requested_at: float) -> None:
        raise PlayerError("simpleaudio cannot play a beat, as it does not mix", hint="set the player to miniaudio")

    def stop_beat(self) -> None:
        pass

    @property
    def ahead_s(self) -> float:
        return 0.0

    def set_gain(self, gain: float) -> None:
        """Takes effect with the next sound."""
        self._gain = gain

    def stop(self) -> None:
        if self._sound is not None:
            self._sound.stop()
            self._sound = None

    def events(self) -> list[SoundEvent]:
        if self._sound is not None and not self._sound.is_playing():
            self._sound = None
            self._events.append(SoundEvent(self._token, True))
        events, self._events = self._events, []
        return events

    def alive(self) -> bool:
        return True

    def strained(self) -> bool:
        return False

    def close(self) -> None:
        self._library.stop_all()
        self._sound = None

    def _start(self, samples: FloatArray) -> Any:
        pcm = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
        try:
            return self._library.play_buffer(pcm.tobytes(), 2, 2, self.rate)
        except self._failure as error:
            raise PlayerError("simpleaudio found no sound device", hint=str(error)) from error


def _read_whole(voice: Voice, most_frames: int) -> FloatArray:
    parts: list[FloatArray] = []
    count = 0
    while count < most_frames and not voice.ended:
        voice.feed()
        parts.append(voice.read(most_frames - count))
        count += len(parts[-1])
    return np.concatenate(parts) if parts else np.zeros((1, 2), dtype=np.float32)
