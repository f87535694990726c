"""search: a keystroke in the engine beside `fzf --filter` and textual's fuzzy search, and in the app on a screen."""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import tempfile
import time
from dataclasses import replace

from benchmarks import budgets, peers, processes
from benchmarks.app import Home, open_app
from benchmarks.libraries import library, size_arguments, size_name
from benchmarks.report import Table, show
from benchmarks.terminal import Reply, shows_map
from benchmarks.timing import median, p95
from tui_browser.config.places import shipped
from tui_browser.records import Names, Snapshot
from tui_browser.search.matcher import Matches, NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.sound_strengths import SoundStrengths
from tui_browser.search.word_directions import FILE, WordDirections, read_directions
from tui_browser.store.store import Store

TYPED = ("kick", "dusty hat", "snare punchy", "808", "north cym", "zzq", "dark boomy kick", "bright kick sort:dur")
"""Typed letter by letter; with sound words, which read vectors, and an order."""
TEXTUAL_NAMES = 2_000
"""Names that textual's search is tried on; the rest is extrapolated."""


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="1k,10k,100k,1M")
    parser.add_argument("--no-app", action="store_true", help="the engine alone")


def run(args: argparse.Namespace) -> int:
    engine = Table(f"Search, one keystroke in the engine ({len(keystrokes())} of them: {', '.join(TYPED)})")
    app = Table("Search keystroke to the redrawn map and list, 200x50")
    if peers.fzf() is None:
        engine.remarks.append("fzf is not installed: apt install fzf.")
    for samples in args.sizes:
        path = library(samples, folder=args.libraries)
        with Store.open(path) as store:
            measure(engine, store.load())
        if not args.no_app:
            _in_app(app, path, samples)
    show([engine, app] if app.rows else [engine], markdown=args.markdown)
    return 0


def keystrokes() -> list[str]:
    """What stands in the search line after each letter."""
    return [text[:end] for text in TYPED for end in range(1, len(text) + 1)]


def measure(table: Table, snapshot: Snapshot) -> None:
    """Every keystroke, each narrowing the one before, as the app does it; peers on the same names."""
    started = time.perf_counter()
    index = NameIndex(snapshot.names)
    built = time.perf_counter() - started
    sounds = SoundStrengths(functools.partial(_directions, snapshot))
    ours, worked = [], time.process_time()
    for text in TYPED:
        previous: Matches | None = None
        for end in range(1, len(text) + 1):
            began = time.perf_counter()
            previous = match(parse(text[:end]), snapshot, index, previous=previous, sounds=sounds)
            ours.append((time.perf_counter() - began) * 1e3)
    name, worked = size_name(len(snapshot)), (time.process_time() - worked) * 1e3 / len(ours)
    theirs = _fzf(snapshot.names) if peers.fzf() else None
    budget = budgets.search_ms(len(snapshot))
    note = f"p95 {p95(ours):.1f}, processor {worked:.1f} on average, index built in {built:.2f} s"
    table.add(name, median(ours), "ms", peer="fzf --filter", theirs=theirs, budget=budget, note=note)
    table.add(f"{name}, p95", p95(ours), "ms", peer="textual.fuzzy", theirs=_textual(snapshot.names), budget=budget)


def _directions(snapshot: Snapshot, space: str) -> WordDirections | None:
    """The shipped directions, as if the synthetic vectors were of their space."""
    known = read_directions(os.path.join(shipped("models"), "drums", FILE))
    return None if known is None or snapshot.vectors is None else replace(known, space=space)


def _fzf(names: Names) -> float:
    """Median over a few keystrokes of one run of `fzf --filter` on the whole list."""
    with tempfile.NamedTemporaryFile(prefix="tui-browser-names-") as file:
        file.write(b"\n".join(names[row] for row in range(len(names))))
        file.flush()
        found = []
        for word in ("k", "kick", "dusty hat", "snare p", "808", "zzq"):
            with open(file.name, "rb") as lines:
                began = time.perf_counter()
                subprocess.run(["fzf", "--filter", word], stdin=lines, stdout=subprocess.DEVNULL, check=False)
                found.append((time.perf_counter() - began) * 1e3)
    return median(found)


def _textual(names: Names) -> float:
    """Textual's own fuzzy search on some of the names, times what is left out."""
    from textual.fuzzy import Matcher

    step = max(1, len(names) // TEXTUAL_NAMES)
    some = [os.fsdecode(names[row]) for row in range(0, len(names), step)]
    found = []
    for word in ("kick", "dusty", "808"):
        matcher = Matcher(word)
        began = time.perf_counter()
        for text in some:
            matcher.match(text)
        found.append((time.perf_counter() - began) * 1e3 * len(names) / len(some))
    return median(found)


def _in_app(table: Table, path: str, samples: int) -> None:
    with Home() as home, open_app(path, home, columns=200, rows=50) as terminal:
        terminal.until(shows_map)
        terminal.rest()
        replies: list[Reply] = []
        worked = processes.own_cpu_s(processes.app(terminal.process.pid))
        for text in TYPED:
            terminal.key("/", bool)
            replies += [terminal.key(letter, shows_map, quiet_s=0.4) for letter in text]
            terminal.key("\x1b", bool, quiet_s=0.6)
            terminal.key("\x1b", bool, quiet_s=0.3)
        worked = processes.own_cpu_s(processes.app(terminal.process.pid)) - worked
    painted = [reply.painted_ms for reply in replies if reply.painted_ms is not None]
    settled = [reply.settled_ms for reply in replies if reply.settled_ms is not None]
    size = median([reply.total_bytes for reply in replies]) / 1e3
    note = f"p95 {p95(painted):.0f}, fastest {min(painted):.0f}; {len(painted)} of {len(replies)} changed the map"
    name, budget = size_name(samples), budgets.search_ms(samples)
    table.add(f"{name}, first frame with the map", median(painted), "ms", budget=budget, note=note)
    note = f"p95 {p95(settled):.0f}; {size:,.1f} kB; processor {worked * 1e3 / len(replies):.1f} a letter"
    table.add(f"{name}, all settled", median(settled), "ms", note=note)
