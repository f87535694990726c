"""beat: processor time of the player while it plays a beat, and bytes on the line, beside a bare loop of one WAV."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks.delay import SlowLine
from benchmarks.processes import own_cpu_s
from benchmarks.remote import silent_listener
from benchmarks.report import Table, show
from tui_browser.playback.messages import FIRST_BEAT_TOKEN, BeatPart, Ready, Started
from tui_browser.playback.player import Player

RATE = 44_100
STEP_S = 0.125
_BUDGET = 10.0
_ROUND_TRIP_S = 0.1
_WAIT_S = 60.0
_KINDS = ("kick", "snare", "hat_closed", "hat_open", "clap", "tom", "cymbal", "shaker")
_PATTERNS = ("x...x...x...x...", "....x.......x...", "x.x.x.x.x.x.x.x.", "..x...x...x...x.")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each is measured")
    parser.add_argument("--backend", default="null", help="as the setting `player`: null, miniaudio ...")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table("A beat at 120 bpm: processor time of the player, in percent of one core")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = os.path.join(folder, name)
        parts = beat_parts(folder, 16)
        loop = _loop(folder)
        cases: dict[str, Callable[[Player], None]] = {
            "at rest": lambda _: None,
            "a bare loop of one WAV": lambda player: player.play(loop, token=1, loop=True),
            "a beat of 4 tracks": lambda player: play(player, parts[:4]),
            "a beat of 16 tracks": lambda player: play(player, parts),
        }
        shares = {what: _share(begin, args.backend, args.seconds) for what, begin in cases.items()}
        bare = shares["a bare loop of one WAV"]
        for what, share in shares.items():
            own = what.startswith("a beat")
            table.add(
                what, share, "%", peer="the bare loop" if own else "", theirs=bare if own else None,
                budget=_BUDGET if own else None,
            )  # fmt: skip
        lines = _over_the_line(folder, parts, args.seconds)
    load = os.getloadavg()[0]
    table.remarks.append(
        f"{args.seconds:.0f} s each, back end {args.backend}, mean load of the machine {load:.1f} on {os.cpu_count()} "
        "cores: processor time of the player's process and its threads, not time by the clock."
    )
    show([table, lines], markdown=args.markdown)
    return 0


def beat_parts(folder: str, count: int) -> list[BeatPart]:
    """Parts of made drums, 0.1 to 1 s long."""
    import soundfile

    from tui_browser.synth.render import render

    parts = []
    for number in range(count):
        path = os.path.join(folder, f"drum-{number}.wav")
        kind = _KINDS[number % len(_KINDS)]
        soundfile.write(path, render(kind, np.random.default_rng(number), rate=RATE), RATE, subtype="PCM_16")
        velocities = tuple(0.8 * (letter == "x") for letter in _PATTERNS[number % len(_PATTERNS)])
        choke = 1 if kind.startswith("hat") else 0
        parts.append(BeatPart(os.fsencode(path), velocities, gain=0.2, pan=(number % 5 - 2) / 4, choke=choke))
    return parts


def play(player: Player, parts: Sequence[BeatPart], *, step_s: float = STEP_S) -> None:
    player.play_beat(parts, token=FIRST_BEAT_TOKEN, step_s=step_s, swing=56.0, steps=16)


def until(player: Player, wanted: Callable[[Any], bool], wait_s: float = _WAIT_S) -> None:
    """Wait for an event."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if any(wanted(event) for event in player.poll()):
            return
        time.sleep(0.002)
    raise TimeoutError("the player did not answer")


@contextmanager
def started_player(backend: str) -> Iterator[Player]:
    """A player that is ready."""
    player = Player(backend)
    try:
        until(player, lambda event: isinstance(event, Ready) and ("remote" not in backend or "/" in event.backend))
        yield player
    finally:
        player.close()


def _loop(folder: str) -> bytes:
    import soundfile

    path = os.path.join(folder, "loop.wav")
    samples = np.random.default_rng(0).normal(0, 0.1, (2 * RATE, 2)).astype(np.float32)
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return os.fsencode(path)


def _share(begin: Callable[[Player], None], backend: str, seconds: float) -> float:
    """Percent of one core that the player's process uses while this plays."""
    with started_player(backend) as player:
        begin(player)
        time.sleep(1.0)  # decoded by then
        assert player.pid is not None
        used, at = own_cpu_s(player.pid), time.monotonic()
        while time.monotonic() - at < seconds:
            time.sleep(0.1)
            player.poll()
        return 100 * (own_cpu_s(player.pid) - used) / (time.monotonic() - at)


def _over_the_line(folder: str, parts: Sequence[BeatPart], seconds: float) -> Table:
    table = Table("The same at a listener, round trip 100 ms: bytes on the line, without what ssh adds")
    listener = silent_listener(folder)
    try:
        line_end = os.path.join(folder, "slow")
        with (
            SlowLine(line_end, listener.address, round_trip_s=_ROUND_TRIP_S) as line,
            started_player(f"remote:{line_end}") as player,
        ):
            table.add("first start of 4 tracks", _bytes(line, lambda: _started(player, parts[:4])) / 1e3, "kB")
            table.add("while it plays", _bytes(line, lambda: time.sleep(seconds)) / seconds, "bytes a second")
            table.add("another tempo", _bytes(line, lambda: _changed(player, parts[:4], 0.11)), "bytes")
            swapped = [parts[8], *parts[1:4]]
            table.add("a sound that is new there", _bytes(line, lambda: _changed(player, swapped, 0.11)) / 1e3, "kB")
            table.add("one that is known there", _bytes(line, lambda: _changed(player, parts[:4], 0.11)), "bytes")
    finally:
        listener.close()
    table.remarks.append("Both directions together. Each change is followed for two seconds.")
    return table


def _bytes(line: SlowLine, work: Callable[[], object]) -> float:
    before = line.there_bytes + line.back_bytes
    work()
    return line.there_bytes + line.back_bytes - before


def _started(player: Player, parts: Sequence[BeatPart]) -> None:
    play(player, parts)
    until(player, lambda event: isinstance(event, Started))


def _changed(player: Player, parts: Sequence[BeatPart], step_s: float) -> None:
    play(player, parts, step_s=step_s)
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        player.poll()
        time.sleep(0.01)
