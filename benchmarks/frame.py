"""frame: a key to its painted frame in a pseudo-terminal, bytes, rest; and drawing alone beside other canvases."""

from __future__ import annotations

import argparse
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import budgets, peers, processes
from benchmarks.app import Home, open_app
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from benchmarks.terminal import Painted, Reply, Terminal, shows_cursor, shows_map
from benchmarks.timing import median, p95, times_ms
from tui_browser.map.raster import Raster
from tui_browser.map.viewport import Viewport
from tui_browser.records import Snapshot
from tui_browser.store.store import Store

SCREENS = ((80, 24), (200, 50))
BUDGETED = (200, 50)
REST_S = 3.0
CANVASES = ("plotext", "drawille")
APPS = ("textual_plot_app", "hires_canvas_app")


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="1k,10k,100k,1M")
    parser.add_argument("--keys", type=int, default=60, help="keys of each kind")
    parser.add_argument("--no-app", action="store_true", help="drawing alone")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers-up-to", type=int, default=100_000, metavar="N")


def run(args: argparse.Namespace) -> int:
    keys = [Table(f"Key to painted frame, {columns}x{rows}") for columns, rows in SCREENS]
    drawing = Table("Drawing alone: all points to 160x45 cells of braille, no terminal")
    for samples in args.sizes:
        path = library(samples, folder=args.libraries)
        with Store.open(path) as store:
            snapshot = store.load(vectors=False)
        with_peers = not args.no_peers and samples <= args.peers_up_to
        measure_drawing(drawing, snapshot, path, with_peers=with_peers)
        for table, screen in zip(keys, SCREENS, strict=True):
            if not args.no_app:
                _keys(table, path, samples, screen, count=args.keys)
                if with_peers and screen == BUDGETED:
                    _peer_apps(table, path, screen, samples)
    show([drawing] if args.no_app else [*keys, drawing], markdown=args.markdown)
    return 0


# --- keys in the app ---


def _keys(table: Table, path: str, samples: int, screen: tuple[int, int], *, count: int) -> None:
    columns, rows = screen
    name, budgeted = size_name(samples), screen == BUDGETED
    with Home() as home, open_app(path, home, columns=columns, rows=rows) as terminal:
        terminal.until(shows_map)
        terminal.rest()
        terminal.key("l", shows_cursor)
        terminal.rest()
        asleep = terminal.listen(REST_S)
        moves = _press(terminal, _walk(count), shows_cursor)
        for key in "+++":
            terminal.key(key, bool, quiet_s=0.3)
        pans = _press(terminal, itertools.islice(itertools.cycle("LLHHKKJJ"), count), _map_frame)
        zooms = _press(terminal, itertools.islice(itertools.cycle("+--+"), count), _map_frame)
    for what, pressed, budget, size in (
        ("cursor move", moves, budgets.MOVE_MS, budgets.MOVE_BYTES),
        ("pan", pans, budgets.pan_ms(samples), budgets.PAN_BYTES),
        ("zoom", zooms, budgets.pan_ms(samples), budgets.PAN_BYTES),
    ):
        _add(table, f"{name} {what}", pressed, budget if budgeted else None, size if budgeted else None)
    table.add(f"{name} at rest, {REST_S:.0f} s", asleep, "B", budget=0)


def _walk(count: int) -> Iterator[str]:
    """A walk that goes nowhere in particular; the same every time."""
    return iter(np.random.default_rng(5).choice(list("hjkl"), count).tolist())


def _map_frame(data: bytes) -> bool:
    return data.count(b"\xe2") >= 20 or len(data) >= 2000  # in letters it has no braille


@dataclass(frozen=True, slots=True)
class Pressed:
    """Replies to some keys, and how long the process itself worked for one."""

    replies: list[Reply]
    cpu_ms: float


def _press(terminal: Terminal, keys: Iterator[str], painted: Painted) -> Pressed:
    """The reply to each key that changed anything."""
    pid = processes.app(terminal.process.pid)
    before = processes.own_cpu_s(pid)
    replies = [terminal.key(key, painted) for key in keys]
    cpu_ms = (processes.own_cpu_s(pid) - before) * 1e3 / max(1, len(replies))
    return Pressed([reply for reply in replies if reply.painted_ms is not None], cpu_ms)


def _add(table: Table, what: str, pressed: Pressed, budget: float | None, size: float | None) -> None:
    replies = pressed.replies
    if not replies:
        table.remarks.append(f"{what}: no key painted anything.")
        return
    painted = [reply.painted_ms for reply in replies if reply.painted_ms is not None]
    settled = [reply.settled_ms for reply in replies if reply.settled_ms is not None]
    frame, total = [reply.painted_bytes for reply in replies], [reply.total_bytes for reply in replies]
    note = (
        f"p50 {median(painted):.1f}, fastest {min(painted):.1f}, processor {pressed.cpu_ms:.1f}; "
        f"all settled p50 {median(settled):.1f}, p95 {p95(settled):.1f}"
    )
    table.add(f"{what}, p95", p95(painted), "ms", budget=budget, note=note)
    table.add(f"{what}, bytes of the frame", median(frame), "B", budget=size, note=f"p95 {p95(frame):,.0f}")
    if median(total) > median(frame):
        table.add(f"{what}, bytes with what follows", median(total), "B", budget=size, note=f"p95 {p95(total):,.0f}")


def _peer_apps(table: Table, path: str, screen: tuple[int, int], samples: int) -> None:
    """Textual apps that show the same points with other canvases: a pan key in the same terminal."""
    for app in APPS:
        if not os.path.exists(peers.python()):
            table.remarks.append("peers not installed: python -m benchmarks peers.")
            return
        argv = [peers.python(), peers.script(app), _points(path)]
        label = app.removesuffix("_app").replace("_", "-")
        try:
            with Terminal(argv, columns=screen[0], rows=screen[1]) as terminal:
                terminal.until(shows_map, timeout_s=60)
                terminal.rest(timeout_s=60)
                count = 12 if samples > 10_000 else 24
                pressed = _press(terminal, itertools.islice(itertools.cycle("LH"), count), _map_frame)
        except (TimeoutError, EOFError) as error:
            table.remarks.append(f"peer {label}: {error}.")
            continue
        _add(table, f"{size_name(samples)} pan, peer {label}", pressed, None, None)


# --- drawing alone ---


def measure_drawing(table: Table, snapshot: Snapshot, path: str, *, with_peers: bool) -> None:
    """Our raster at the whole map and zoomed in, and other canvases with the same points."""
    raster = Raster(snapshot.xy, snapshot.classes)
    whole = Viewport(160, 45)
    near = whole.zoom(8, about=(0.5, 0.5))
    mask = snapshot.classes == 0
    name = size_name(len(snapshot))
    every = times_ms(lambda: raster.draw(whole), repeat=15, warm=2)
    ours = median(every)
    near_ms = median(times_ms(lambda: raster.draw(near), repeat=15))
    masked = median(times_ms(lambda: raster.draw(whole, mask=mask), repeat=15))
    note = f"fastest {min(every):.1f}; zoomed in {near_ms:.1f}, searched {masked:.1f}"
    theirs = [_canvas(table, canvas, path) for canvas in CANVASES] if with_peers else []
    if not theirs:
        table.add(name, ours, "ms", note=note)
    for canvas, figure in zip(CANVASES, theirs, strict=False):
        table.add(name, ours, "ms", peer=canvas, theirs=figure, note=note)


def _canvas(table: Table, canvas: str, path: str) -> float | None:
    answer, problem = peers.ask("canvases", canvas, _points(path))
    if problem and problem not in table.remarks:
        table.remarks.append(problem)
    return float(answer["ms"]) if answer else None


def _points(path: str) -> str:
    """The places and classes of a library as a file that a peer can read."""
    out = f"{path}.points.npz"
    if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(path):
        with Store.open(path) as store:
            snapshot = store.load(vectors=False)
        np.savez(out, xy=snapshot.xy, classes=snapshot.classes)
    return out
