"""A PulseAudio server of a test's own; nothing is ever heard."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest


class Pulse:
    """A PulseAudio of its own with nothing but a null sink."""

    record = (
        "parec", "-d", "out.monitor", "--format=float32le", "--rate=48000", "--channels=2", "--raw",
        "--latency-msec=20",
    )  # fmt: skip
    """The command that writes what is heard."""

    def __init__(self, home: Path) -> None:
        self._socket = home / "socket"
        self._log = home / "log"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, *, port: int = 0) -> None:
        """With `port` over TCP as well."""
        command = [
            "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--disable-shm=yes",
            "-L", "module-null-sink sink_name=out rate=48000 format=float32le channels=2",
            "-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            *(("-L", f"module-native-protocol-tcp port={port} listen=127.0.0.1 auth-anonymous=1") if port else ()),
        ]  # fmt: skip
        with open(self._log, "ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not self._socket.exists() and self._server.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if self._server.poll() is not None:
            pytest.skip("PulseAudio does not start here: " + self._log.read_text()[-200:])

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)
            self._server = None
