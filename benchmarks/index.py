"""index: both passes beside bare decoding, stage by stage, the growth with tiny files, and a rescan of many files."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks import budgets, peers
from benchmarks.app import Home, command
from benchmarks.index_growth import growth_table
from benchmarks.index_stages import stage_tables
from benchmarks.index_trees import one_shot_tree
from benchmarks.libraries import library, parse_sizes, size_arguments, size_name
from benchmarks.report import Table, show
from tui_browser.indexing.file_encoder import load_model
from tui_browser.records import AUDIO_ENDINGS

MFCC_FILES = 400
"""Files that librosa gets; its rate is taken for all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    size_arguments(parser, sizes="100k")
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="real sounds; without it only the rescan")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeat", type=int, default=3, help="first runs, each into a new library")
    parser.add_argument("--one-shots", type=int, default=0, metavar="N", help="a tree of N one-shots made in code, too")
    parser.add_argument(
        "--tiny", type=parse_sizes, default=[], metavar="SIZES", help="trees of tiny files, as 1k,10k,100k"
    )


def run(args: argparse.Namespace) -> int:
    tables = []
    folders = [os.path.abspath(args.folder)] if args.folder else []
    if args.one_shots:
        folders.append(one_shot_tree(os.path.join(args.libraries, "one-shots"), args.one_shots))
    for folder in folders:
        tables.append(_real(folder, jobs=args.jobs, repeat=args.repeat))
        tables += stage_tables(_files(folder))
    if args.tiny:
        tables.append(growth_table(args.tiny, folder=args.libraries, jobs=args.jobs))
    rescan = Table("Rescan of unchanged files: the whole `index` command on a synthetic library")
    for samples in args.sizes:
        path = library(samples, folder=args.libraries)
        with Home() as home:
            took, answer = index(path, home, "--layout", "none")
        note = f"{answer['decoded']} decoded, {answer['unchanged']:,} unchanged"
        rescan.add(size_name(samples), took, "s", budget=budgets.RESCAN_S if samples <= 100_000 else None, note=note)
    show([*tables, rescan], markdown=args.markdown)
    return 0


def _real(folder: str, *, jobs: int, repeat: int) -> Table:
    paths = _files(folder)
    size = sum(os.path.getsize(path) for path in paths) / 1e6
    table = Table(f"Index of {len(paths):,} real sounds ({size:,.0f} MB), {jobs} processes, no layout")
    for path in paths:  # from the disk into memory, for everybody
        with open(path, "rb") as file:
            file.read()
    runs, work = [], []
    for _ in range(repeat):  # in turns, so that a busy moment hits all
        before = _processor_s()
        bare = _loop("decode", paths, jobs=jobs, python=sys.executable)
        bare_s = _processor_s() - before
        with Home() as home, tempfile.TemporaryDirectory() as place:
            first_s = first_pass(os.path.join(place, "first.db"), home, folder, jobs=jobs)
            lib = os.path.join(place, "library.db")
            before = _processor_s()
            took, answer = index(lib, home, folder, "--jobs", str(jobs), "--layout", "none")
            work.append((bare_s, first_s, _processor_s() - before))
            again, second = index(lib, home, "--jobs", str(jobs), "--layout", "none")
        handled = answer["decoded"] + answer["rejected"]
        runs.append((handled / took, handled / answer["first_pass_seconds"], bare, again, second["decoded"]))
    whole, first_pass_rate, bare_rate, again = (
        sorted(column)[repeat // 2] for column in list(zip(*runs, strict=True))[:4]
    )
    note = f"{answer['encoded']:,} encoded, {answer['finished']:,} long, {answer['rejected']} rejected"
    bare_loop = "bare decode + resample"
    table.add(
        "first pass: the whole map", first_pass_rate, "files/s", peer=bare_loop, theirs=bare_rate,
        budget=budgets.INDEX_SHARE * bare_rate, note=note,
    )  # fmt: skip
    table.add("both passes, start of the command included", whole, "files/s", peer=bare_loop, theirs=bare_rate)
    bare_ms, first_ms, both_ms = (1e3 * min(column) / len(paths) for column in zip(*work, strict=True))
    note = "start of all processes included; other load moves it least"
    table.add(
        "processor time a file, first pass", first_ms, "ms", peer=bare_loop, theirs=bare_ms,
        budget=bare_ms / budgets.INDEX_SHARE, note=note,
    )  # fmt: skip
    table.add(
        "processor time a file, both passes", both_ms, "ms", peer=bare_loop, theirs=bare_ms,
        budget=budgets.BOTH_PASSES * bare_ms, note=note,
    )  # fmt: skip
    first = sorted(first_rows(folder, jobs=jobs) for _ in range(repeat))[repeat // 2]
    table.add("first rows on disk", first, "s", budget=budgets.FIRST_ROWS_S, note="from the start of the command")
    table.add("second run, nothing changed", again, "s", note=f"{runs[-1][4]} decoded")
    _mfcc(table, paths, first_pass_rate, jobs=jobs)
    return table


_ONLY_HEADS = """
import os, sys
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import open_for_writing
with open_for_writing(sys.argv[1]) as store:
    index_library(
        store, add=[os.fsencode(sys.argv[2])], model=None, jobs=int(sys.argv[3]), layout="none",
        report=lambda _: None, second_pass=False,
    )
"""


def first_pass(lib: str, home: str, folder: str, *, jobs: int) -> float:
    """Processor seconds of the first pass alone, into a new library."""
    before = _processor_s()
    argv = [sys.executable, "-c", _ONLY_HEADS, lib, folder, str(jobs)]
    subprocess.run(argv, env=_environment(home), stdout=subprocess.DEVNULL, check=True)
    return _processor_s() - before


def _processor_s() -> float:
    """Processor seconds of all processes that were started here and have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _mfcc(table: Table, paths: list[bytes], ours: float, *, jobs: int) -> None:
    if not os.path.exists(peers.python()):
        table.remarks.append("librosa is not installed: python -m benchmarks peers.")
        return
    rate = _loop("mfcc", paths[:: max(1, len(paths) // MFCC_FILES)], jobs=jobs, python=peers.python())
    if rate:
        budget = budgets.MFCC_TIMES * rate
        table.add("first pass", ours, "files/s", peer="librosa MFCC loop", theirs=rate, budget=budget)
    else:
        table.remarks.append("librosa is not installed: python -m benchmarks peers.")


def first_rows(folder: str, *, jobs: int) -> float:
    """Seconds from the start of `index` to the first samples that another process finds in a new library."""
    with Home() as home, tempfile.TemporaryDirectory() as place:
        lib = os.path.join(place, "library.db")
        argv = [*command(), "index", folder, "--jobs", str(jobs), "--layout", "none", "--library", lib, "--quiet"]
        start = time.perf_counter()
        process = subprocess.Popen(argv, env=_environment(home), stdout=subprocess.DEVNULL)
        try:
            while process.poll() is None and not _rows(lib):
                time.sleep(0.01)
            return time.perf_counter() - start
        finally:
            process.kill()
            process.wait()


def _rows(lib: str) -> int:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{lib}?mode=ro", uri=True)) as conn:
            count: int = conn.execute("SELECT count(*) FROM samples").fetchone()[0]
    except sqlite3.Error:  # not there, or its tables are being made
        return 0
    return count


def _environment(home: str) -> dict[str, str]:
    folders = {f"XDG_{kind}_HOME": os.path.join(home, kind.lower()) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    return {**os.environ, "HOME": home, **folders}


def index(lib: str, home: str, *arguments: str) -> tuple[float, dict[str, Any]]:
    """Wall seconds of one `tui-browser index --json`, and its answer. Raises CalledProcessError."""
    argv = [*command(), "index", *arguments, "--library", lib, "--json", "--quiet"]
    start = time.perf_counter()
    done = subprocess.run(argv, env=_environment(home), stdout=subprocess.PIPE, check=True)
    took = time.perf_counter() - start
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return took, answer


def _loop(name: str, paths: list[bytes], *, jobs: int, python: str) -> float:
    """Files a second of a bare loop over the files; 0 where it cannot run."""
    front = load_model(None).front_end
    argv = [python, peers.script("bare_decode"), name, str(jobs), str(front.sample_rate), str(front.window_s)]
    done = subprocess.run(argv, input=b"\0".join(paths), capture_output=True, check=False)
    if done.returncode:
        return 0.0
    answer = json.loads(done.stdout.splitlines()[-1])
    if answer["failed"] == answer["files"]:
        return 0.0
    return float(answer["files"] / answer["seconds"])


def _files(folder: str) -> list[bytes]:
    found = []
    for place, _, names in os.walk(os.fsencode(folder)):
        found += [os.path.join(place, name) for name in names if os.path.splitext(name)[1].lower() in AUDIO_ENDINGS]
    return sorted(found)
