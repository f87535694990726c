"""thin: what a step waits for on lines of little rate and long delay, while sounds are sent ahead."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.delay import SlowLine
from benchmarks.remote import silent_listener
from benchmarks.report import Table, show
from benchmarks.sshd import Sshd, Unavailable
from benchmarks.timing import median, p95
from tui_browser.playback.messages import Finished, Ready, Started
from tui_browser.playback.player import Player
from tui_browser.playback.remote.listener import Listener

RATE = 44_100
_WAIT_S = 60.0
_OVER_MS = 100.0
_STEP_MS = 70.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rates", default="100,1000,10000", help="kbit/s each way")
    parser.add_argument("--round-trips", default="40,200", help="milliseconds there and back")
    parser.add_argument("--sounds", type=int, default=8, help="how many of each kind")
    parser.add_argument("--bare", action="store_true", help="without ssh on the line")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    where = "" if args.bare else ", through ssh"
    table = Table(f"Key to first frame on thin lines{where}: 0.5 s and 12 s, stereo, 44.1 kHz, 16 bit")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = os.path.join(folder, name)
        try:
            with contextlib.ExitStack() as around:
                sshd = None if args.bare else around.enter_context(Sshd(folder, home=folder))
                for rate in args.rates.split(","):
                    for round_trip in args.round_trips.split(","):
                        own = os.path.join(folder, f"{rate}-{round_trip}")
                        os.mkdir(own)
                        _line(table, own, sshd, args.sounds, kbit_s=float(rate), round_trip_ms=float(round_trip))
        except Unavailable as reason:
            table.remarks.append(f"not measured: {reason}")
    table.remarks.append(
        "Half the round trip is in each figure; the rate is known, from one sound before. A known sound is asked for "
        "while eight others wait to be sent ahead. The transfer is that of the sound as FLAC and half the round trip. "
        "The device is the silent one."
    )
    show([table], markdown=args.markdown)
    return 0


def _line(table: Table, folder: str, sshd: Sshd | None, count: int, *, kbit_s: float, round_trip_ms: float) -> None:
    listener = silent_listener(folder)
    try:
        with _address(listener, folder, sshd, kbit_s=kbit_s, round_trip_ms=round_trip_ms) as address:
            new, long, steps = _measured(f"remote:{address}", folder, count)
    finally:
        listener.close()
    flac_bytes = os.path.getsize(_sound(folder, 0.5, 1, extension="flac"))
    transfer_ms = flac_bytes / (kbit_s * 125) * 1e3 + round_trip_ms / 2
    line = f"{kbit_s:,.0f} kbit/s, {round_trip_ms:.0f} ms"
    table.add(f"{line}: a known sound", median(steps), "ms", budget=round_trip_ms / 2 + _STEP_MS, note=_worst(steps))
    table.add(
        f"{line}: a new sound of 0.5 s",
        median(new),
        "ms",
        peer="its transfer",
        theirs=transfer_ms,
        budget=transfer_ms + _OVER_MS,
        note=_worst(new),
    )
    table.add(f"{line}: a new sound of 12 s", median(long), "ms", note=_worst(long))


@contextlib.contextmanager
def _address(
    listener: Listener, folder: str, sshd: Sshd | None, *, kbit_s: float, round_trip_ms: float
) -> Iterator[str]:
    """Where the listener answers at the end of such a line, of ssh where there is an `sshd`."""
    delay_s, rate = round_trip_ms / 1e3, kbit_s * 125
    if sshd is None:
        with SlowLine(os.path.join(folder, "s"), listener.address, round_trip_s=delay_s, rate=rate) as bare:
            yield bare.path
        return
    port = sshd.port + 1
    meeting = os.path.join(folder, "m.sock")
    with SlowLine(f"127.0.0.1:{port}", f"127.0.0.1:{sshd.port}", round_trip_s=delay_s, rate=rate):
        # with a terminal, as a person has it: without one ssh lets small packets wait (Nagle), up to 40 ms
        command = [
            f"{sshd.client(port=port)}/ssh", "-tt", "-R", f"{meeting}:{listener.address}", "studio", "sleep 600",
        ]  # fmt: skip
        login = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            yield meeting
        finally:
            login.terminate()
            login.wait()


def _measured(backend: str, folder: str, count: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds to the first frame of new sounds, of long ones, and of one that the listener has."""
    with _Played(backend) as played:
        new = [1e3 * played.after_s(_sound(folder, 0.5, seed)) for seed in range(count + 1)][1:]
        long = [1e3 * played.after_s(_sound(folder, 12.0, 100 + seed), whole=False) for seed in range(2)]
        known = _sound(folder, 0.5, 1)
        steps = []
        for turn in range(count):
            ahead = [os.fsencode(_sound(folder, 3.0, 1000 + 10 * turn + each)) for each in range(8)]
            played.player.prefetch(ahead)
            time.sleep(0.3)
            steps.append(1e3 * played.after_s(known))
    return new, long, steps


def _worst(values: list[float]) -> str:
    return f"p95 {p95(values):.0f}"


class _Played:
    """A player that tells how long each sound took."""

    def __init__(self, backend: str) -> None:
        self.player = Player(backend)
        self._token = 0

    def __enter__(self) -> _Played:
        self._until(lambda event: isinstance(event, Ready) and "/" in event.backend)
        return self

    def __exit__(self, *_: object) -> None:
        self.player.close()

    def after_s(self, path: str, *, whole: bool = True) -> float:
        """From the request to the first frame, as the player knows it; with `whole` plays to the end."""
        self._token += 1
        self.player.play(os.fsencode(path), token=self._token)
        started = self._until(lambda event: isinstance(event, Started) and event.token == self._token)
        if whole:
            self._until(lambda event: event == Finished(self._token))
        else:
            self.player.stop()
            time.sleep(0.5)
        return float(started.after_s)

    def _until(self, wanted: Any) -> Any:
        end = time.monotonic() + _WAIT_S
        while time.monotonic() < end:
            for event in self.player.poll():
                if wanted(event):
                    return event
            time.sleep(0.001)
        raise TimeoutError("the player did not answer")


def _sound(folder: str, seconds: float, seed: int, *, extension: str = "wav") -> str:
    import soundfile

    path = os.path.join(folder, f"{seconds}-{seed}.{extension}")
    if not os.path.exists(path):
        at = np.arange(round(seconds * RATE)) / RATE
        rng = np.random.default_rng(seed)
        tone = 0.4 * np.sin(2 * np.pi * (110 + seed) * at)[:, None] + rng.normal(0, 0.03, (len(at), 2))
        soundfile.write(path, tone.clip(-1, 1), RATE, subtype="PCM_16")
    return path
