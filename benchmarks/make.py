"""make: from asking for a new sound to hearing it, through the app's own service, and where on the map it then lies."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import select
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.app import Home, open_app
from benchmarks.report import Table, show
from benchmarks.terminal import shows_cursor, shows_map
from benchmarks.timing import median, p95
from tui_browser.errors import BrowserError
from tui_browser.map.interpolation import interpolation_weights
from tui_browser.playback.messages import Ready, Started
from tui_browser.playback.player import Player
from tui_browser.records import FEATURES, SampleId, Snapshot
from tui_browser.service.client import ServiceClient
from tui_browser.service.messages import GenerateSound, GenerationFailed, SoundGenerated, SoundHeard
from tui_browser.store.store import Store

_LENGTHS_S = (0.2, 0.5, 1.0, 2.0)
_BUDGET_MS = 100.0
_HEARD_BUDGET_MS = 250.0
_KEY_BUDGET_MS = 100.0
_WAIT_S = 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--library", required=True, metavar="FILE", help="an indexed library; a copy of it is used")
    parser.add_argument("--sounds", type=int, default=40, help="variations of each length")
    parser.add_argument("--places", type=int, default=100, help="places of the map, and samples, to make sounds at")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = folder
        path = shutil.copy(args.library, os.path.join(folder, "library.db"))
        with Store.open(path) as store:
            snapshot = store.load()
        studio = _Studio(path, os.path.join(folder, "player.log"))
        try:
            cold = studio.make((SampleId(int(snapshot.ids[0])),), variance=0.3)
            times = _variations(studio, snapshot, count=args.sounds)
            landing = _places(studio, snapshot, times, count=args.places)
        finally:
            studio.close()
        _keys_meanwhile(times, path)
    times.remarks.append(f"The first sound, for which torch and the model are loaded, took {cold.file_ms / 1e3:.1f} s.")
    show([times, landing], markdown=args.markdown)
    return 0


def _variations(studio: _Studio, snapshot: Snapshot, *, count: int) -> Table:
    table = Table("A new sound, warm")
    lengths = np.nan_to_num(snapshot.features[:, FEATURES.index("duration_s")], nan=1e-3)
    for wanted in _LENGTHS_S:
        rows = np.argsort(np.abs(np.log(lengths / wanted)), kind="stable")[:count]
        taken = [studio.make((SampleId(sample),), variance=0.3).file_ms for sample in snapshot.ids[rows].tolist()]
        note = f"p95 {p95(taken):.0f}, slowest {max(taken):.0f}"
        table.add(f"variation of {wanted} s, to its file", median(taken), "ms", budget=_BUDGET_MS, note=note)
    return table


def _places(studio: _Studio, snapshot: Snapshot, times: Table, *, count: int) -> Table:
    """Sounds for random places of the map and at samples: how soon they sound, and how far off they lie."""
    rng = np.random.default_rng(0)
    placed = np.flatnonzero(np.isfinite(snapshot.xy).all(axis=1))
    low, high = np.percentile(snapshot.xy[placed], (2.5, 97.5), axis=0)
    samples = rng.choice(placed, min(count, len(placed)), replace=False)
    anywhere = rng.uniform(low, high, (count, 2))
    table = Table(f"Where a made sound lies, heard again: distance from where it was asked for, map {snapshot.layout}")
    heard_ms: list[float] = []
    for what, points in (("at an empty place", anywhere), ("at a sample", snapshot.xy[samples].astype(np.float64))):
        made = []
        for x, y in points.tolist():
            rows, weights = interpolation_weights(snapshot.xy, (x, y))
            ids = tuple(SampleId(int(sample)) for sample in snapshot.ids[rows])
            made.append(studio.make(ids, weights=tuple(weights), at=(min(max(x, 0), 1), min(max(y, 0), 1)), hear=True))
            made[-1].same_class = snapshot.class_names[int(snapshot.classes[rows[0]])] == made[-1].class_name
        heard_ms += [each.sound_ms for each in made]
        _add_distances(table, what, [each.miss for each in made])
        share = 10 * sum(each.same_class for each in made) / len(made)
        table.add(f"{what}: heard as the class of its heaviest parent", share, "of 10")
    chance = np.linalg.norm(anywhere - snapshot.xy[rng.choice(placed, count)], axis=1)
    _add_distances(table, "by chance: from the place to any sample", chance.tolist())
    note = f"p95 {p95(heard_ms):.0f}, slowest {max(heard_ms):.0f}"
    times.add(
        "`g`, to the first frame handed to the device", median(heard_ms), "ms", budget=_HEARD_BUDGET_MS, note=note
    )
    return table


def _keys_meanwhile(table: Table, path: str) -> None:
    """Walk in the app, in a real terminal, while it makes a morph of many steps."""
    with Home() as home, open_app(path, home, columns=120, rows=36) as terminal:
        terminal.until(shows_map)
        terminal.rest()
        for key in ("l", "~", "\x15", "64", "\r"):
            terminal.key(key, bool, quiet_s=0.3)
        terminal.until(lambda painted: b" of 64" in painted)
        painted = []
        for key in "hljkh" * 6:
            start = time.perf_counter()
            terminal.write(key)
            with contextlib.suppress(TimeoutError):  # a step at the map's edge leads nowhere
                terminal.until(shows_cursor, timeout_s=1.0)
                painted.append(1e3 * (time.perf_counter() - start))
        terminal.key("\x1b", bool)
    note = f"p50 {median(painted):.0f}, slowest {max(painted):.0f}, {len(painted)} of 30 steps"
    table.add("a step of the walk while a morph is made, p95", p95(painted), "ms", budget=_KEY_BUDGET_MS, note=note)


def _add_distances(table: Table, what: str, distances: Sequence[float]) -> None:
    """The distribution of distances, in percent of the map's width."""
    ten, quarter, half, three, ninety = (100 * float(np.percentile(distances, part)) for part in (10, 25, 50, 75, 90))
    note = f"10 % below {ten:.1f}, 25 % {quarter:.1f}, 75 % {three:.1f}, 90 % {ninety:.1f}"
    table.add(f"{what}: median", half, "% of the map", note=note)


@dataclass(slots=True)
class _Made:
    """One sound: when it came, and how it was heard."""

    file_ms: float
    sound_ms: float = math.nan
    miss: float = math.nan
    class_name: str = ""
    same_class: bool = False


class _Studio:
    """The app's service and a silent player."""

    def __init__(self, library: str, log: str) -> None:
        self._number = 0
        self._service = ServiceClient(library, fallback="drums")
        self._service.start()
        self._player = Player("null", log=log, level=True)
        while not any(isinstance(event, Ready) for event in self._player.poll()):
            time.sleep(0.001)

    def make(
        self,
        samples: tuple[SampleId, ...],
        *,
        weights: tuple[float, ...] | None = None,
        variance: float = 0.0,
        at: tuple[float, float] | None = None,
        hear: bool = False,
    ) -> _Made:
        """Ask for a sound; with `hear` also play it, and wait until it was heard again. Raises BrowserError."""
        self._number += 1
        start = time.perf_counter()
        self._service.send(GenerateSound(self._number, samples, weights, variance, at))
        made: _Made | None = None
        while True:
            select.select([self._service.fileno()], [], [], _WAIT_S)
            for event in self._service.poll():
                if isinstance(event, GenerationFailed) and event.number == self._number:
                    raise BrowserError(event.reason)
                if isinstance(event, SoundGenerated) and event.number == self._number:
                    made = _Made(1e3 * (time.perf_counter() - start))
                    if not hear:
                        return made
                    self._play(event.path)
                    made.sound_ms = 1e3 * (time.perf_counter() - start)
                if isinstance(event, SoundHeard) and event.number == self._number and made is not None:
                    made.class_name = event.guest.class_name or ""
                    if at is not None and event.placed:
                        made.miss = math.dist(at, event.guest.xy)
                    return made

    def _play(self, path: bytes) -> None:
        """Play a file until its first frame was handed to the device."""
        self._player.play(path, token=self._number)
        while not any(isinstance(event, Started) and event.token == self._number for event in self._player.poll()):
            time.sleep(0.0005)
        self._player.stop()

    def close(self) -> None:
        self._player.close()
        self._service.close()
