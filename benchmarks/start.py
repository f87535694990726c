"""start: from exec to the first painted map beside a bare Textual app, memory, and modules that must not be there."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass

from benchmarks import budgets, processes
from benchmarks.app import Home, open_app
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.peers import script
from benchmarks.report import Table, show
from benchmarks.terminal import Painted, Terminal, shows_map
from benchmarks.timing import median

FORBIDDEN = ("torch", "numba", "umap", "sklearn", "scipy", "pynndescent")


@dataclass(frozen=True, slots=True)
class Opened:
    """One start: until the first map, and how much the process itself had worked by then."""

    wall_ms: float
    cpu_ms: float


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="1k,10k,100k,1M")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--rows", type=int, default=50)


def run(args: argparse.Namespace) -> int:
    start = Table(f"Start: exec to the first painted map, {args.columns}x{args.rows}, median of {args.repeat}")
    memory = Table("Memory of the app's process once all is loaded")
    found: set[str] = set()
    for samples in args.sizes:
        path = library(samples, folder=args.libraries)
        with Home() as home:
            _settle(path, home, args)
            ours, bare = [], []
            for _ in range(args.repeat):  # in turns, so that a busy moment hits both
                bare.append(_bare(home, args))
                ours.append(_first_map(path, home, args))
            wall, bare_wall = [one.wall_ms for one in ours], [one.wall_ms for one in bare]
            gap = median([one - other for one, other in zip(wall, bare_wall, strict=True)])
            name, cpu = size_name(samples), median([one.cpu_ms for one in ours])
            start.add(f"{name}, beyond bare", gap, "ms", budget=budgets.start_ms(samples))
            note = f"processor time {cpu:.0f} beside {median([one.cpu_ms for one in bare]):.0f}"
            start.add(
                f"{name}, whole", median(wall), "ms", peer="bare Textual app", theirs=median(bare_wall), note=note
            )
            found |= _memory(memory, path, samples, home, args)
    start.remarks.append(f"Imported or mapped and forbidden: {', '.join(sorted(found)) or 'none'}.")
    show([start, memory], markdown=args.markdown)
    return 1 if found else 0


def _settle(path: str, home: str, args: argparse.Namespace) -> None:
    """One start that does not count: the service compares the library with the disk once, caches get warm."""
    with open_app(path, home, columns=args.columns, rows=args.rows) as terminal:
        terminal.until(shows_map)
        terminal.rest()


def _first_map(path: str, home: str, args: argparse.Namespace) -> Opened:
    with open_app(path, home, columns=args.columns, rows=args.rows) as terminal:
        return _opened(terminal, shows_map)


def _bare(home: str, args: argparse.Namespace) -> Opened:
    argv = [sys.executable, script("bare")]
    with Terminal(argv, columns=args.columns, rows=args.rows, home=home) as terminal:
        return _opened(terminal, lambda data: b"bare and painted" in data)


def _opened(terminal: Terminal, painted: Painted) -> Opened:
    wall_s, _ = terminal.until(painted)
    return Opened(wall_s * 1e3, processes.own_cpu_s(processes.app(terminal.process.pid)) * 1e3)


def _memory(table: Table, path: str, samples: int, home: str, args: argparse.Namespace) -> set[str]:
    """Memory at rest, and what is forbidden among the modules and mapped libraries."""
    out = os.path.join(home, "modules.txt")
    probe = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.py")
    terminal = open_app(path, home, columns=args.columns, rows=args.rows, argv=[sys.executable, probe, out])
    with terminal:
        terminal.until(shows_map)
        terminal.rest()
        pid = processes.app(terminal.process.pid)
        resident = processes.resident_mb(pid)
        if resident is not None:
            every = sum(processes.memory_mb(member) or 0 for member in processes.family(terminal.process.pid))
            note = f"with its helper processes {every:,.0f} MB (PSS)"
            table.add(size_name(samples), resident, "MB", budget=budgets.memory_mb(samples), note=note)
        found = set(processes.mapped(pid))
    with open(out) as file:
        return found | ({name.split(".")[0] for name in file.read().split()} & set(FORBIDDEN))
