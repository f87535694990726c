"""The contract of a back end, and the one for all devices that pull frames from a mixer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from tui_browser.playback.mixer import Mixer, Voice
from tui_browser.playback.output import SoundEvent

_DEAD_AFTER_S = 2.0
_DEAD_AFTER_AT_LEAST_S = 0.5
_DEAD_AFTER_GAPS = 8
"""A device that asks for frames all the time is dead after so many times the gap between two requests."""
_DRY_SPELLS = 3


class Backend(Protocol):
    """Plays voices on this machine: one sound at a time, and a beat beside it."""

    name: str
    sounds: bool
    """Whether a person can hear it."""
    rate: int
    """Sample rate of the voices it takes."""
    poll_s: float | None
    """How often `events` must be called; None when `notify` announces each event."""

    def play(self, voice: Voice, token: int, *, requested_at: float, ring: bool = False) -> None:
        """Play this in place of the current voice; with `ring` that one plays to its end, if the back end can mix."""

    def play_beat(self, voice: Voice, token: int, *, requested_at: float) -> None:
        """Play this beside the sounds, in place of the beat that plays; raises PlayerError where it cannot mix."""

    def stop_beat(self) -> None:
        """Fade out the beat."""

    @property
    def ahead_s(self) -> float:
        """How far what is heard lies before the next frame that the device asks for."""

    def set_gain(self, gain: float) -> None:
        """Set the gain of everything, as a factor."""

    def stop(self) -> None:
        """Fade out."""

    def events(self) -> list[SoundEvent]:
        """Events since the last call."""

    def alive(self) -> bool:
        """Whether the device still takes sound."""

    def strained(self) -> bool:
        """Whether it ran dry several times and needs a larger buffer."""

    def close(self) -> None:
        """Release the device."""


class FrameDevice(Protocol):
    """A device that pulls frames from a mixer."""

    name: str
    sounds: bool
    rate: int
    runs_always: bool
    """Whether it pulls frames in silence too."""
    buffer_s: float | None
    """Length of its buffer; None when it cannot run dry."""

    def start(self, mixer: Mixer) -> None:
        """Start to pull frames; raises PlayerError."""

    def close(self) -> None:
        """Stop pulling frames."""


class MixerBackend:
    """A back end made of a device and a mixer."""

    def __init__(self, device: FrameDevice, notify: Callable[[], None]) -> None:
        self.name = device.name
        self.sounds = device.sounds
        self.rate = device.rate
        self.poll_s: float | None = None
        self._device = device
        self._mixer = Mixer(device.rate, notify, buffer_s=device.buffer_s)
        device.start(self._mixer)

    def play(self, voice: Voice, token: int, *, requested_at: float, ring: bool = False) -> None:
        self._mixer.play(voice, token, requested_at=requested_at, ring=ring)

    def play_beat(self, voice: Voice, token: int, *, requested_at: float) -> None:
        self._mixer.play_beat(voice, token, requested_at=requested_at)

    def stop_beat(self) -> None:
        self._mixer.stop_beat()

    @property
    def ahead_s(self) -> float:
        return self._mixer.ahead_s

    def set_gain(self, gain: float) -> None:
        self._mixer.set_gain(gain)

    def stop(self) -> None:
        self._mixer.stop()

    def events(self) -> list[SoundEvent]:
        return self._mixer.events()

    def alive(self) -> bool:
        if self._mixer.device_lost:
            return False
        silent_s = time.monotonic() - self._mixer.mixed_at
        if self._device.runs_always:
            usual_s = _DEAD_AFTER_GAPS * self._mixer.usual_gap_s
            return silent_s < min(_DEAD_AFTER_S, max(_DEAD_AFTER_AT_LEAST_S, usual_s))
        return not self._mixer.sounding.is_set() or silent_s < _DEAD_AFTER_S

    def strained(self) -> bool:
        return self._mixer.dry_spells >= _DRY_SPELLS

    def close(self) -> None:
        if self._mixer.sounding.is_set() and self.alive():
            self._mixer.stop()
            self._mixer.stop_beat()
            time.sleep(0.03)  # time for the fade-out
        self._device.close()
        self._mixer.close()
