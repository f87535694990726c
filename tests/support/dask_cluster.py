"""A Dask cluster on this machine, in processes of its own: `python dask_cluster.py WORKERS` until its input ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster."""

    process: subprocess.Popen[bytes] | None
    address: str
    pids: tuple[int, ...]
    """Of its workers when it started."""

    def stop(self) -> None:
        """End it with all its workers."""
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def running_cluster(folder: Path, *, workers: int = 2, env: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster with so many worker processes of one thread each; `folder` is for what Dask writes."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(workers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the cluster did not start"
    told = json.loads(line)
    cluster = Cluster(process, told["address"], tuple(told["pids"]))
    try:
        yield cluster
    finally:
        cluster.stop()


def main() -> None:
    """Run a cluster: its address and the pids of its workers on one line, then nothing until standard input ends."""
    from distributed import Client, LocalCluster

    settings = {"n_workers": int(sys.argv[1]), "threads_per_worker": 1, "processes": True, "scheduler_port": 0}
    with LocalCluster(**settings, dashboard_address=None, local_directory=".") as cluster:  # type: ignore[no-untyped-call]
        with Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            pids = client.run(os.getpid)
        sys.stdout.write(json.dumps({"address": cluster.scheduler_address, "pids": list(pids.values())}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
