"""scale: what a file costs on this machine, and what a million and a hundred million files would cost by that."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.app import Home, command
from benchmarks.report import Table, show
from benchmarks.timing import median, times_ms
from tui_browser.folder.scan import scan
from tui_browser.indexing.shards.job import shard_of
from tui_browser.search.nearest import top_k

FEW = 40
"""Files of the small shard, by which the start of all processes is told from the work."""
LISTED = 50_000
"""Empty files that are listed."""
SHARDS_OF_MANY = 1000
CORES = 16
"""Of a machine in the arithmetic."""
TARGETS = {"1 million": 1_000_000, "100 million": 100_000_000}


@dataclass(frozen=True, slots=True)
class FileCosts:
    """What was measured, by file."""

    audio_bytes: float
    start_s: float
    """Processor time until a machine begins with its files."""
    encode_s: float
    """Processor time."""
    shard_bytes: float
    merge_s: float
    """Processor time of the one writer, without fitting a map."""
    merge_bytes: float
    """Memory of the merge above that of an empty one."""
    library_bytes: float
    scan_s: float
    """Processor time to list a file and read its size and times."""
    pass_s: float
    """Processor time to list a file that is of another shard."""
    search_s: float
    """Time of an exact search among vectors of this width."""
    search_bytes: float
    """Memory of its vector."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="real sounds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--markdown", action="store_true", help="as it stands in docs/scale.md")


def run(args: argparse.Namespace) -> int:
    load = os.getloadavg()[0]
    costs, measured = _measure(os.path.abspath(args.folder), args)
    measured.remarks.append(f"Load at the start: {load:.1f} on {os.cpu_count()} processors; times are processor time.")
    show([measured, *(_worked_out(name, files, costs) for name, files in TARGETS.items())], markdown=args.markdown)
    return 0


def _measure(folder: str, args: argparse.Namespace) -> tuple[FileCosts, Table]:
    table = Table(f"Measured on {folder}")
    with Home() as home, tempfile.TemporaryDirectory() as place:
        whole = os.path.join(place, "whole.shard")
        all_s, manifest = _tool(home, "index", folder, "--shard", "1/1", "--out", whole, "--jobs", str(args.jobs))
        files = int(manifest["files"])
        part = ("--shard", f"1/{max(1, files // FEW)}", "--out", os.path.join(place, "few.shard"))
        few_s, few = _tool(home, "index", folder, *part, "--jobs", str(args.jobs))
        encode_s = (all_s - few_s) / (files - int(few["files"]))
        lib = os.path.join(place, "library.db")
        empty_s, _ = _tool(home, "merge", whole, "--library", lib, "--dry-run")
        merge_s, merged = _tool(home, "merge", whole, "--library", lib, "--layout", "none")
        shard_bytes, library_bytes = os.path.getsize(whole) / files, os.path.getsize(lib) / files
    audio = int(manifest["bytes_read"]) / files
    start_s = max(0.0, few_s - encode_s * int(few["files"]))
    table.add("files", files, "", note=f"{manifest['samples']} samples, {manifest['rejects']} rejects")
    table.add("audio a file", audio / 1e3, "kB")
    table.add("start of a shard", start_s, "s", note="decoders, PyTorch, the model")
    table.add("decode and encode a file", 1e3 * encode_s, "ms", note="both passes in one")
    table.add("shard file, a file", shard_bytes / 1e3, "kB")
    table.add("merge a file", 1e3 * (merge_s - empty_s) / files, "ms", note=f"{merged['merged']} merged by one writer")
    table.add("library, a file", library_bytes / 1e3, "kB")
    costs = FileCosts(
        audio, start_s, encode_s, shard_bytes, (merge_s - empty_s) / files, _merge_memory(), library_bytes,
        *_scanned(table), *_searched(table),
    )  # fmt: skip
    table.add("memory of index and merge, a file", costs.merge_bytes, "B", note="a FileStat, its path and its place")
    return costs, table


def _tool(home: str, *words: str) -> tuple[float, dict[str, Any]]:
    """Processor seconds of the command with all its processes, and its last answer. Raises CalledProcessError."""
    folders = {f"XDG_{kind}_HOME": os.path.join(home, kind.lower()) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    before = _processor_s(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command(), *words, "--json", "--quiet"], env={**os.environ, "HOME": home, **folders},
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return _processor_s(resource.RUSAGE_CHILDREN) - before, answer


def _processor_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _merge_memory() -> float:
    """Bytes that listing one file takes in Python: what limits how many one process can compare or merge."""
    import tracemalloc

    from tui_browser.indexing.shards.shard_file import StoredOutcome
    from tui_browser.records import FileStat

    count = 20_000
    tracemalloc.start()
    kept = {}
    for number in range(count):
        path = b"/srv/samples/kit %05d/sample number %07d.wav" % (number // 100, number)
        stat = FileStat(path, 50_000 + number, 10**18 + number, 2049, 10**6 + number, 10**18 + number)
        kept[path] = StoredOutcome(stat, "sample", 1400 * number, 1400, b"%016d" % number)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept)


def _scanned(table: Table) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as place:
        for number in range(LISTED):
            folder = os.path.join(place, f"{number // 100:04}")
            if number % 100 == 0:
                os.mkdir(folder)
            os.close(os.open(os.path.join(folder, f"{number:06}.wav"), os.O_CREAT | os.O_WRONLY))
        root = os.fsencode(place)
        began = _processor_s(resource.RUSAGE_SELF)
        scan([root])
        between = _processor_s(resource.RUSAGE_SELF)
        scan([root], wanted=lambda path: shard_of(path, (root,), of=SHARDS_OF_MANY) == 1)
        scan_s, pass_s = between - began, _processor_s(resource.RUSAGE_SELF) - between
    table.add("list a file", 1e6 * scan_s / LISTED, "us", note=f"{LISTED:,} files on a local disk")
    table.add("pass a file of another shard", 1e6 * pass_s / LISTED, "us", note="size and times are not asked for")
    return scan_s / LISTED, pass_s / LISTED


def _searched(table: Table, *, samples: int = 1_000_000, dim: int = 64) -> tuple[float, float]:
    vectors = np.random.default_rng(0).standard_normal((samples, dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turn = iter(range(100))

    def search() -> None:
        top_k(vectors, vectors[next(turn)], k=10)

    began, used = time.perf_counter(), _processor_s(resource.RUSAGE_SELF)
    took = median(times_ms(search, repeat=20, warm=2))
    busy = (_processor_s(resource.RUSAGE_SELF) - used) / (time.perf_counter() - began)
    table.add(f"exact search among {samples:,}", took, "ms", note=f"{100 * busy:.0f} % of it on a processor")
    return took * min(1.0, busy) / 1e3 / samples, 4.0 * dim


def _worked_out(name: str, files: int, costs: FileCosts) -> Table:
    table = Table(f"{name} files, by these figures")
    encode_h = files * costs.encode_s / 3600
    table.add("audio", files * costs.audio_bytes / 1e12, "TB", note="files x audio a file")
    table.add("decode and encode", encode_h, "core hours", note="files x decode and encode")
    for machines in (1, 10, 100):
        shard_s = costs.start_s + files * costs.pass_s + files / machines * costs.encode_s / CORES
        note = "start + files x pass + files / machines x encode / cores"
        table.add(f"on {machines} x {CORES} cores", *_time(shard_s), note=note)
    rate = CORES * costs.audio_bytes / costs.encode_s / 1e6
    table.add(
        f"read by {CORES} cores", rate, "MB/s", note="cores x audio / encode: what the drive must give each machine"
    )
    table.add("all shard files", files * costs.shard_bytes / 1e9, "GB", note="files x shard file")
    table.add("merge", *_time(files * costs.merge_s), note="files x merge, one process")
    table.add("memory of index or merge", files * costs.merge_bytes / 1e9, "GB", note="files x memory")
    table.add("library", files * costs.library_bytes / 1e9, "GB", note="files x library")
    table.add("look at unchanged files", *_time(files * costs.scan_s), note="files x list a file")
    table.add("one exact search", 1e3 * files * costs.search_s, "ms", note="files x search")
    table.add("vectors in memory", files * costs.search_bytes / 1e9, "GB", note="files x 256 B")
    return table


def _time(seconds: float) -> tuple[float, str]:
    """A time in the unit that suits it."""
    if seconds < 120:
        return seconds, "s"
    return (seconds / 60, "min") if seconds < 7200 else (seconds / 3600, "h")
