"""What every way out for sound is: something that plays voices. Those that pull frames share one mixer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from tui_browser.playback.mixer import Mixer, SoundEvent, Voice

_SILENT_FOR_S = 2.0
_DRY_SPELLS = 3


class Backend(Protocol):
    """A way out for sound, one sound at a time."""

    name: str
    sounds: bool
    """Whether a person can hear it."""
    rate: int
    """The rate that voices must have."""
    poll_s: float | None
    """How often `events` must be asked; None when `notify` is called for each."""

    def play(self, voice: Voice, token: int, *, asked: float, ring: bool = False) -> None:
        """Sound this in place of what sounds; with `ring`, that may go on to its end where the output can mix."""

    def set_gain(self, gain: float) -> None:
        """Multiply all that is heard."""

    def stop(self) -> None:
        """Silence, without a click."""

    def events(self) -> list[SoundEvent]:
        """What has begun and ended since the last call."""

    def alive(self) -> bool:
        """Whether it still takes sound."""

    def strained(self) -> bool:
        """Whether it ran dry several times and would do better with a larger buffer."""

    def close(self) -> None:
        """Let go of the device."""


class FrameDevice(Protocol):
    """A thing that asks for frames by itself."""

    name: str
    sounds: bool
    rate: int
    runs_always: bool
    """Whether it asks for frames even in silence."""
    buffer_s: float | None
    """How long it can go on without asking; None where that makes no difference."""

    def start(self, mixer: Mixer) -> None:
        """Begin to ask; raises PlayerError when it cannot."""

    def close(self) -> None:
        """Ask no more."""


class MixerBackend:
    """An `Backend` made of a device and a mixer."""

    def __init__(self, device: FrameDevice, notify: Callable[[], None]) -> None:
        self.name = device.name
        self.sounds = device.sounds
        self.rate = device.rate
        self.poll_s: float | None = None
        self._device = device
        self._mixer = Mixer(device.rate, notify, buffer_s=device.buffer_s)
        device.start(self._mixer)

    def play(self, voice: Voice, token: int, *, asked: float, ring: bool = False) -> None:
        self._mixer.play(voice, token, asked=asked, ring=ring)

    def set_gain(self, gain: float) -> None:
        self._mixer.set_gain(gain)

    def stop(self) -> None:
        self._mixer.stop()

    def events(self) -> list[SoundEvent]:
        return self._mixer.events()

    def alive(self) -> bool:
        asks = self._device.runs_always or self._mixer.sounding.is_set()
        return not asks or time.monotonic() - self._mixer.mixed_at < _SILENT_FOR_S

    def strained(self) -> bool:
        return self._mixer.dry_spells >= _DRY_SPELLS

    def close(self) -> None:
        if self._mixer.sounding.is_set() and self.alive():
            self._mixer.stop()
            time.sleep(0.03)  # the fade goes out first
        self._device.close()
        self._mixer.drop()
