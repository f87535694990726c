"""How the work and the memory of an index grow with the number of tiny files."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from benchmarks import processes
from benchmarks.app import Home, command
from benchmarks.index_trees import tiny_tree
from benchmarks.libraries import size_name
from benchmarks.report import Table


def growth_table(sizes: Sequence[int], *, folder: str, jobs: int) -> Table:
    """Processor time and peak memory of a first index of trees of these sizes, with the exponents between them."""
    table = Table("Index of trees of tiny files (10 ms each), no layout")
    before: tuple[int, float, float] | None = None
    for size in sorted(sizes):
        seconds, megabytes = _run(tiny_tree(os.path.join(folder, "tiny"), size), jobs=jobs)
        table.add(f"{size_name(size)}: processor time a file", 1e3 * seconds / size, "ms")
        table.add(f"{size_name(size)}: peak memory of the largest process", megabytes, "MB")
        if before is not None:
            step = math.log(size / before[0])
            table.add("exponent of processor time", math.log(seconds / before[1]) / step, "", note="1 is linear")
            table.add("exponent of memory", math.log(megabytes / before[2]) / step, "", note="0 is flat")
        before = size, seconds, megabytes
    return table


def _run(folder: str, *, jobs: int) -> tuple[float, float]:
    """Processor seconds of all processes of one `index`, and the peak memory of the largest but for the encoder."""
    with Home() as home, tempfile.TemporaryDirectory() as place:
        words = ["index", folder, "--library", os.path.join(place, "l.db"), "--jobs", str(jobs), "--layout", "none"]
        kinds = ("CONFIG", "DATA", "CACHE", "STATE")
        env = {**os.environ, "HOME": home, **{f"XDG_{kind}_HOME": os.path.join(home, kind) for kind in kinds}}
        process = subprocess.Popen([*command(), *words, "--quiet"], env=env, stdout=sys.stderr)
        cpu: dict[int, float] = {}
        peak = 0.0
        while process.poll() is None:
            for pid in processes.family(process.pid):
                cpu[pid] = max(cpu.get(pid, 0.0), processes.own_cpu_s(pid))
                if "torch" not in processes.mapped(pid):
                    peak = max(peak, processes.resident_mb(pid) or 0.0)
            time.sleep(0.2)
        if process.returncode:
            raise RuntimeError(f"index of {folder} ended with {process.returncode}")
    return sum(cpu.values()), peak
