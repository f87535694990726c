"""remote: from the key to the first frame on the laptop's device, through a real sshd with delay on the line."""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks.delay import SlowLine
from benchmarks.report import Table, show
from benchmarks.sshd import Sshd, Unavailable
from benchmarks.timing import median, p95
from tui_browser.playback.messages import Finished, Ready, Started
from tui_browser.playback.player import Player
from tui_browser.playback.remote.listener import Listener, ListenerOptions
from tui_browser.playback.remote.pairing import own_token

RATE = 44_100
_NEW_OVER_MS = 50.0
_KNOWN_OVER_MS = 10.0
_WAIT_S = 30.0
_REST_S = 0.05
"""So long the silent device needs to come to rest; from then on it begins at once."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--round-trips", default="0,20,40,100", help="milliseconds there and back")
    parser.add_argument("--sounds", type=int, default=15, help="how many at each")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--no-desk", action="store_true", help="over SSH only")


def run(args: argparse.Namespace) -> int:
    table = Table("Key to first frame over SSH: 0.5 s one-shots, mono, 44.1 kHz, 16 bit")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = os.path.join(folder, name)
        sounds = write_sounds(folder, args.sounds)
        if not args.no_desk:
            _desk(table, sounds)
        listener = silent_listener(folder)
        try:
            with Sshd(folder, home=folder) as sshd:
                for number, round_trip in enumerate(args.round_trips.split(",")):
                    own = [_other(path, folder, number) for path in sounds]
                    _over(table, sshd, listener.address, own, folder, round_trip_ms=float(round_trip))
        except Unavailable as reason:
            table.remarks.append(f"not measured: {reason}")
        finally:
            listener.close()
    table.remarks.append(
        "Budgets: the round trip and 50 ms for a sound that goes over for the first time, half of it and 10 ms for one "
        "that is known there. The device is the silent one, which begins at once; a real one adds its buffer."
    )
    show([table], markdown=args.markdown)
    return 0


def silent_listener(folder: str) -> Listener:
    """A listener with a silent device, its socket `l.sock` and its cache in `folder`."""
    return Listener(
        ListenerOptions(
            address=os.path.join(folder, "l.sock"),
            token=own_token(),
            cache_folder=os.path.join(folder, "cache"),
            cache_bytes=64 << 20,
            player="null",
        )
    )


def _desk(table: Table, sounds: list[str]) -> None:
    with _Played("null") as played:
        taken = [1e3 * played.told_after_s(path) for path in sounds]
    table.add("at the desk, new", median(taken), "ms", budget=30.0, note=f"p95 {p95(taken):.0f}")


def _over(table: Table, sshd: Sshd, listener: str, sounds: list[str], folder: str, *, round_trip_ms: float) -> None:
    port = sshd.port + 1
    meeting = os.path.join(folder, f"m-{round_trip_ms:.0f}.sock")
    slow = SlowLine(f"127.0.0.1:{port}", f"127.0.0.1:{sshd.port}", round_trip_s=round_trip_ms / 1e3)
    with slow:
        # with a terminal, as a person has it: without one ssh lets small packets wait (Nagle), up to 40 ms
        command = [f"{sshd.client(port=port)}/ssh", "-tt", "-R", f"{meeting}:{listener}", "studio", "sleep 600"]
        login = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            with _Played(f"remote:{meeting}") as played:
                new = [1e3 * played.told_after_s(path) - round_trip_ms / 2 for path in sounds]
                before = slow.there_bytes + slow.back_bytes
                known = [1e3 * played.told_after_s(path) - round_trip_ms / 2 for path in sounds]
                each = (slow.there_bytes + slow.back_bytes - before) / len(sounds)
        finally:
            login.terminate()
            login.wait()
    what = f"SSH, {round_trip_ms:.0f} ms"
    table.add(f"{what}, new", median(new), "ms", budget=round_trip_ms + _NEW_OVER_MS, note=f"p95 {p95(new):.0f}")
    table.add(
        f"{what}, known",
        median(known),
        "ms",
        budget=round_trip_ms / 2 + _KNOWN_OVER_MS,
        note=f"p95 {p95(known):.0f}; {each:.0f} bytes each with all that ssh adds",
    )


class _Played:
    """A player that tells how long each sound took."""

    def __init__(self, backend: str) -> None:
        self._local = not backend.startswith("remote")
        self._player = Player(backend)
        self._token = 0
        self.told_s: list[float] = []
        """What the player itself says."""

    def __enter__(self) -> _Played:
        self._until(lambda event: isinstance(event, Ready) and (self._local or "/" in event.backend))
        return self

    def __exit__(self, *_: object) -> None:
        self._player.close()

    def told_after_s(self, path: str) -> float:
        """From the request to the news of the first frame, which over SSH has come half the round trip back."""
        self._token += 1
        asked = time.monotonic()
        self._player.play(os.fsencode(path), token=self._token)
        started = self._until(lambda event: isinstance(event, Started) and event.token == self._token)
        after_s = time.monotonic() - asked
        self._until(lambda event: event == Finished(self._token))
        time.sleep(_REST_S)
        self.told_s.append(started.after_s)
        return after_s

    def _until(self, wanted: Any) -> Any:
        end = time.monotonic() + _WAIT_S
        while time.monotonic() < end:
            for event in self._player.poll():
                if wanted(event):
                    return event
            time.sleep(0.001)
        raise TimeoutError("the player did not answer")


def write_sounds(folder: str, count: int) -> list[str]:
    """Write this many one-shots of 0.5 s; returns their paths."""
    import soundfile

    paths = []
    for seed in range(count):
        path = os.path.join(folder, f"{seed}.wav")
        fall = np.exp(-np.arange(RATE // 2) / 4000)
        noise = np.random.default_rng(seed).normal(0, 0.2, RATE // 2) * fall
        soundfile.write(path, noise.clip(-1, 1), RATE, subtype="PCM_16")
        paths.append(path)
    return paths


def _other(path: str, folder: str, number: int) -> str:
    """A copy that sounds a little different, so that it is new to the listener."""
    import soundfile

    samples, rate = soundfile.read(path)
    other = os.path.join(folder, f"{number}-{os.path.basename(path)}")
    soundfile.write(other, samples * (0.9 - 0.1 * number), rate, subtype="PCM_16")
    return other
