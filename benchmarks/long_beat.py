"""long-beat: a beat that is changed all the time, for an hour or faster than time; memory and descriptors along it."""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.beat import STEP_S, beat_parts, play, started_player
from benchmarks.processes import own_cpu_s, resident_mb
from benchmarks.report import Table, show
from tui_browser.playback.messages import FIRST_BEAT_TOKEN, BeatPart, Failed, PlayBeat
from tui_browser.playback.player import Player

_SOUNDS = 200
"""Samples that the chosen track goes through."""
_WARM_S = 60.0
"""Caches are full after that, and the figures of the beginning are taken."""
_LOOKS = 12


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=60.0, help="of beat")
    parser.add_argument("--fast", action="store_true", help="as fast as it is mixed, without a device, in this process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table(f"{args.minutes:g} minutes of a beat of 16 tracks, changed every second")
    with tempfile.TemporaryDirectory() as folder:
        parts = beat_parts(folder, _SOUNDS)
        work = _fast if args.fast else _in_time
        work(table, parts, args.minutes * 60, random.Random(args.seed))  # noqa: S311 - changes by number
    table.remarks.append(f"Mean load of the machine at the end {os.getloadavg()[0]:.1f}.")
    show([table], markdown=args.markdown)
    return 0


def _in_time(table: Table, parts: Sequence[BeatPart], seconds: float, chance: random.Random) -> None:
    """Through the player's process and the null device, with sounds auditioned beside it."""
    with started_player("null") as player:
        assert player.pid is not None
        pid = player.pid
        begun, looked, failed, changes = time.monotonic(), 0.0, 0, 0
        walk = list(parts[:16])
        while (at := time.monotonic() - begun) < seconds:
            _change(player, walk, parts, chance)
            changes += 1
            end = time.monotonic() + 1.0
            while time.monotonic() < end:
                failed += sum(isinstance(event, Failed) for event in player.poll())
                time.sleep(0.02)
            if at >= _WARM_S + looked * (seconds - _WARM_S) / _LOOKS:
                looked += 1
                _look(table, pid, at)
        _look(table, pid, time.monotonic() - begun)
        table.add("changes", changes, "", note=f"{failed} failed; player {'lives' if player.pid == pid else 'DIED'}")


def _change(player: Player, walk: list[BeatPart], parts: Sequence[BeatPart], chance: random.Random) -> None:
    walk[chance.randrange(16)] = replace(chance.choice(parts), gain=chance.uniform(0.05, 0.3))
    play(player, walk[: chance.choice((4, 12, 15, 16))], step_s=STEP_S * chance.choice((1.0, 1.0, 1.0, 0.8)))
    if chance.random() < 0.3:
        player.play(chance.choice(parts).path, token=chance.randrange(1 << 20))
    elif chance.random() < 0.1:
        player.stop(beat=False)


def _look(table: Table, pid: int, at_s: float) -> None:
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    threads = len(os.listdir(f"/proc/{pid}/task"))
    note = f"{descriptors} descriptors, {threads} threads, {own_cpu_s(pid):.0f} s of processor"
    table.add(f"after {at_s / 60:.0f} min", resident_mb(pid) or 0.0, "MB", note=note)
    print(f"{at_s / 60:5.1f} min  {resident_mb(pid) or 0.0:.1f} MB  {note}", flush=True)


def _fast(table: Table, parts: Sequence[BeatPart], seconds: float, chance: random.Random) -> None:
    """The loader, the voice and the mixer alone."""
    from tui_browser.playback.beat.beat_loader import BeatLoader
    from tui_browser.playback.beat.beat_voice import BeatVoice
    from tui_browser.playback.mixer import Mixer

    rate, block = 48_000, 960
    loader, mixer = BeatLoader(rate, lambda: None), Mixer(rate, lambda: None)
    voice: BeatVoice | None = None
    walk = list(parts[:16])
    looks = np.linspace(min(_WARM_S, seconds / 2), seconds, _LOOKS).tolist()
    for second in range(round(seconds)):
        walk[chance.randrange(16)] = replace(chance.choice(parts), gain=chance.uniform(0.05, 0.3))
        step_s = STEP_S * chance.choice((1.0, 1.0, 1.0, 0.8))
        loader.load(PlayBeat(FIRST_BEAT_TOKEN, tuple(walk[: chance.choice((4, 15, 16))]), step_s, 56.0, 16, 0.0))
        while (loaded := loader.take()) is None:
            time.sleep(0.001)
        if voice is None:
            voice = BeatVoice(loaded.plan, rate=rate)
            mixer.play_beat(voice, FIRST_BEAT_TOKEN, requested_at=0.0)
        voice.change(loaded.plan)
        for _ in range(rate // block):
            mixer.mix(block)
        mixer.events()
        if second + 1 >= looks[0]:
            del looks[0]
            _look(table, os.getpid(), second + 1)
    loader.close()
    mixer.close()
