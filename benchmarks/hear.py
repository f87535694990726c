"""hear: from the key to the first frame handed to a device, at the desk: sounds at hand, cold, short and long."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks.report import Table, show
from benchmarks.timing import median, p95
from tui_browser.playback.messages import AS_IT_IS, Ready, Started, TimeStretch
from tui_browser.playback.player import Player
from tui_browser.playback.stretching import can_stretch

RATE = 44_100
_WAIT_S = 30.0
_TOKENS = itertools.count(1)
_REST_S = 0.08
_BUDGET_MS = 30.0
_STRETCHED_BUDGET_MS = 120.0
_STRETCH = TimeStretch(1.2, 2)
_LOOPS = (("wav", 1.5, 2), ("wav", 8.0, 2), ("flac", 8.0, 2), ("mp3", 8.0, 2))
_KINDS = (("wav", 0.5, 1), ("flac", 3.9, 2), ("mp3", 3.9, 2), ("wav", 30.0, 2))


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sounds", type=int, default=15, help="how many of each kind")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table("Key to first frame handed to the device, at the desk, evened level")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "PULSE_RUNTIME_PATH"):
            os.environ[name] = folder
        for device in ("auto", "null"):
            server = _pulse(folder) if device == "auto" else None
            if device == "auto" and server is None:
                table.remarks.append("PulseAudio is not installed: the silent device alone was measured")
                continue
            try:
                _measure(table, device, folder, count=args.sounds)
            finally:
                if server is not None:
                    server.terminate()
                    server.wait()
    table.remarks.append(
        "PulseAudio asks for 20 ms at a time, so half of that passes on average before it asks; what is heard adds its "
        "buffer, up to 60 ms. The silent device asks at once."
    )
    show([table], markdown=args.markdown)
    return 0


def _measure(table: Table, device: str, folder: str, *, count: int) -> None:
    player = Player(device, log=os.path.join(folder, "log"), level=True)
    try:
        ready = _until(player, lambda event: isinstance(event, Ready))
        for form, seconds, channels in _KINDS:
            paths = [_sound(folder, number, form, seconds, channels) for number in range(count)]
            for what in ("cold", "again"):
                taken = _taken(player, paths)
                label = f"{ready.backend}, {form} of {seconds:g} s, {what}"
                table.add(label, median(taken), "ms", budget=_BUDGET_MS, note=f"p95 {p95(taken):.0f}")
        if can_stretch():
            _measure_stretched(table, player, ready.backend, folder, count=count)
    finally:
        player.close()


def _measure_stretched(table: Table, player: Player, backend: str, folder: str, *, count: int) -> None:
    """Loops at another tempo and pitch, at most four of them so that the cache holds all."""
    warm = _sound(folder, 1000, "wav", 1.5, 2)
    _taken(player, [warm], _STRETCH)  # starts the processes that stretch, as the app does when a project is set
    for form, seconds, channels in _LOOPS:
        paths = [_sound(folder, number, form, seconds, channels) for number in range(min(count, 4))]
        new = _taken(player, paths, _STRETCH, rest_s=0.6)
        cached = _taken(player, paths, _STRETCH)
        for what, taken, budget in (("new", new, _STRETCHED_BUDGET_MS), ("from the cache", cached, _BUDGET_MS)):
            label = f"{backend}, {form} of {seconds:g} s, stretched, {what}"
            table.add(label, median(taken), "ms", budget=budget, note=f"p95 {p95(taken):.0f}")


def _taken(
    player: Player, paths: list[str], stretch: TimeStretch = AS_IT_IS, *, rest_s: float = _REST_S
) -> list[float]:
    """Milliseconds to the first frame of each; it is stopped after `rest_s`."""
    taken = []
    for path in paths:
        token = next(_TOKENS)
        player.play(os.fsencode(path), token=token, stretch=stretch)
        taken.append(1e3 * _started(player, token).after_s)
        time.sleep(rest_s - _REST_S)
        player.stop()
        time.sleep(_REST_S)
    return taken


def _started(player: Player, token: int) -> Any:
    return _until(player, lambda event: isinstance(event, Started) and event.token == token)


def _until(player: Player, wanted: Any) -> Any:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        for event in player.poll():
            if wanted(event):
                return event
        time.sleep(0.001)
    raise TimeoutError("the player did not answer")


def _sound(folder: str, number: int, form: str, seconds: float, channels: int) -> str:
    import soundfile

    path = os.path.join(folder, f"{seconds:g}-{number}.{form}")
    if not os.path.exists(path):
        frames = round(RATE * seconds)
        noise = np.random.default_rng(number).normal(0, 0.2, (frames, channels)).clip(-1, 1)
        soundfile.write(path, noise * np.exp(-np.arange(frames) / RATE)[:, None], RATE)
    return path


def _pulse(folder: str) -> subprocess.Popen[bytes] | None:
    """A PulseAudio with nothing but a silent sink; None where there is none."""
    if shutil.which("pulseaudio") is None:
        return None
    address = os.path.join(folder, "socket")
    os.environ["PULSE_SERVER"] = f"unix:{address}"
    command = [
        "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--disable-shm=yes",
        "-L", "module-null-sink sink_name=out rate=48000 format=float32le channels=2",
        "-L", f"module-native-protocol-unix socket={address} auth-anonymous=1",
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + _WAIT_S
    while not os.path.exists(address) and time.monotonic() < end:
        time.sleep(0.05)
    return server
