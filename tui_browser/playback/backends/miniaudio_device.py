"""The default device: miniaudio, opened once and kept open."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Mapping

from tui_browser.errors import PlayerError
from tui_browser.playback.mixer import Mixer

PERIODS_MS = (20, 50, 100)
"""The period tried first, and larger ones for a machine that is too busy for it."""
_PERIODS = 3
"""Periods in the device's buffer, miniaudio's default."""
_NETWORK_PERIOD_MS = 200
"""Period for PulseAudio over TCP; shorter ones stutter at a round trip of 40 ms."""
_RATES = range(8_000, 192_001)


class MiniaudioDevice:
    """The default sound device at its own rate; raises PlayerError when there is none."""

    sounds = True
    runs_always = True

    def __init__(self, *, period_ms: int = PERIODS_MS[0]) -> None:
        import miniaudio

        if is_pulse_over_tcp(os.environ):
            period_ms = max(period_ms, _NETWORK_PERIOD_MS)

        real = sorted(
            (b for b in miniaudio.get_enabled_backends() if b.name not in ("NULL", "CUSTOM")),
            key=lambda b: int(b.value),
        )
        self._failure: type[Exception] = miniaudio.MiniaudioError
        try:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=2,
                sample_rate=0,  # the device's own rate, so that nothing is resampled twice
                buffersize_msec=period_ms,
                backends=real,
                app_name="tui-browser",
            )
        except miniaudio.MiniaudioError as error:
            raise PlayerError("miniaudio found no sound device", hint=f"error {error.args[-1]}") from error
        self.name = f"miniaudio ({self._device.backend})"
        self.rate = int(self._device._device.sampleRate)
        self.buffer_s: float | None = _PERIODS * period_ms / 1000
        if self.rate not in _RATES:
            self._device.close()
            raise PlayerError("miniaudio opened a device at an impossible sample rate", hint=f"{self.rate} Hz")

    def start(self, mixer: Mixer) -> None:
        feed = _frames(mixer)
        next(feed)
        self._device.stop_callback = mixer.lose_device  # called when the sound server ends or the device is unplugged
        try:
            self._device.start(feed)
        except self._failure as error:
            self._device.close()
            raise PlayerError("the sound device could not be started", hint=str(error.args[-1])) from error

    def close(self) -> None:
        self._device.stop_callback = None
        self._device.close()  # from the main thread: a device must not be stopped from its own callback


def _frames(mixer: Mixer) -> Generator[bytes, int, None]:
    frames = yield b""
    while True:
        frames = yield mixer.mix(frames).tobytes()


def is_pulse_over_tcp(env: Mapping[str, str]) -> bool:
    """Whether PulseAudio is reached over TCP, as when it is forwarded from another machine."""
    setting = env.get("PULSE_SERVER") or _configured_server(env)
    servers = (word.rpartition("}")[2] for word in setting.split())
    return any(server.startswith(("tcp:", "tcp4:", "tcp6:")) for server in servers)


def _configured_server(env: Mapping[str, str]) -> str:
    """The server named in PulseAudio's client.conf; empty when there is none."""
    home = env.get("HOME", "")
    config = env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    first = env.get("PULSE_CLIENTCONFIG") or os.path.join(config, "pulse", "client.conf")
    for path in (first, os.path.join(home, ".pulse", "client.conf"), "/etc/pulse/client.conf"):
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition("=")
                if name.strip() == "default-server":
                    return value.strip()
            return ""  # only the first file that exists counts
    return ""
