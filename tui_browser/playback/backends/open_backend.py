"""Opens the back end that the settings name, else the first that works, else a silent one with a note."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.errors import PlayerError
from tui_browser.playback.backends.backend import Backend, MixerBackend
from tui_browser.playback.backends.miniaudio_device import PERIODS_MS, MiniaudioDevice
from tui_browser.playback.backends.paced_devices import NullDevice, RecorderDevice
from tui_browser.playback.backends.simpleaudio_backend import SimpleaudioBackend


def open_backend(choice: str, notify: Callable[[], None], *, period_ms: int = PERIODS_MS[0]) -> tuple[Backend, str]:
    """The back end for `auto`, `miniaudio`, `simpleaudio`, `null` or `recorder:FILE`; else a silent one and a note.

    `notify` is called from any thread when there are events; `period_ms` is the device's period.
    """
    if choice == "null":
        return MixerBackend(NullDevice(), notify), ""
    try:
        if choice.startswith("recorder:"):
            return MixerBackend(RecorderDevice(choice.removeprefix("recorder:")), notify), ""
        if choice == "simpleaudio":
            return SimpleaudioBackend(), ""
        return MixerBackend(MiniaudioDevice(period_ms=period_ms), notify), ""
    except PlayerError as error:
        reason = str(error)
    if choice == "auto":
        try:
            return SimpleaudioBackend(), ""
        except PlayerError:
            reason = "no device was found; connect one, or start PulseAudio or PipeWire"
    return MixerBackend(NullDevice(), notify), f"No sound: {reason}"
