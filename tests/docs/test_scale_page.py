"""docs/scale.md: its job script and its commands for Dask work as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.libraries import index
from tests.support.library_rows import differences
from tests.support.pty import environment, installed, linux_only
from tests.support.sounds import write
from tui_browser.indexing.shards.job import ShardJob, ShardManifest, manifest_fields
from tui_browser.indexing.workers import IndexWorkers

PAGE = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
DASK, SCRIPT, SUBMIT = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
SHARDS = 2
pytestmark = linux_only


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a person with the program on the PATH, a tiny model and some sounds."""
    kernels = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS")}
    env = environment(tmp_path, **kernels)
    env["PATH"] = f"{installed(tmp_path / 'bin')}:{env['PATH']}"
    dask = tmp_path / "bin" / "dask"
    dask.write_text(f'#!/bin/sh\nexec {sys.executable} -m dask "$@"\n')
    dask.chmod(0o755)
    model = tiny_bundle(tmp_path / "tiny").folder
    config = Path(env["XDG_CONFIG_HOME"]) / "tui-browser" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'model = "{model}"\n')
    for number in range(12):
        sound = 0.5 * np.sin(np.arange(2000) * (0.02 + 0.004 * number)) * np.linspace(1, 0, 2000)
        write(tmp_path / "samples" / f"{number}.wav", sound.astype(np.float32))
    return env


def one_machine(tmp_path: Path) -> Path:
    path = tmp_path / "one machine.db"
    workers = IndexWorkers(tiny_bundle(tmp_path / "tiny"), jobs=1, nice=False)
    try:
        index(path, tmp_path / "samples", workers=workers)
    finally:
        workers.close()
    return path


@pytest.mark.slow
def test_the_job_script_and_the_merge_make_what_one_machine_makes(tmp_path: Path, home: dict[str, str]) -> None:
    script = SCRIPT.replace("/srv/samples", str(tmp_path / "samples")).replace("shards=20", f"shards={SHARDS}")
    assert str(SHARDS) in script and "--array=1-20" in script
    job = tmp_path / "index.sh"
    job.write_text(script)
    for task in range(1, SHARDS + 1):
        slurm = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_SUBMIT_DIR": str(tmp_path), "SLURM_CPUS_PER_TASK": "1"}
        subprocess.run(["bash", str(job)], cwd=tmp_path, env={**home, **slurm}, check=True, timeout=120)
    merge = SUBMIT.strip().splitlines()[-1].partition("#")[0]
    assert merge.split()[:2] == ["tui-browser", "merge"]
    library = tmp_path / "merged.db"
    env = {**home, "TUI_BROWSER_LIBRARY": str(library)}
    subprocess.run(["bash", "-c", merge], cwd=tmp_path, env=env, check=True, timeout=120)
    assert differences(library, one_machine(tmp_path)) == []


@pytest.mark.slow
def test_the_dask_commands_make_what_one_machine_makes(tmp_path: Path, home: dict[str, str]) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    file = tmp_path / "scheduler.json"
    scheduler, worker, indexing = (shlex.split(line, comments=True) for line in DASK.strip().splitlines())
    assert scheduler[:2] == ["dask", "scheduler"] and worker[:2] == ["dask", "worker"]
    here = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    running = [_started([*scheduler[:2], *here], tmp_path, home)]
    try:
        words = [str(file) if word.startswith("tcp://") else word for word in worker[2:]]
        there = words[words.index(str(file)) + 1 :]
        running.append(
            _started([*worker[:2], "--scheduler-file", str(file), *there[:-1], "1", "--no-dashboard"], tmp_path, home)
        )
        address = _address(file)
        library = tmp_path / "dask.db"
        words = [address if word.startswith("tcp://") else word for word in indexing]
        words = [str(tmp_path / "samples") if word == "/srv/samples" else word for word in words]
        subprocess.run([*words, "--library", str(library)], env=home, check=True, timeout=120)
    finally:
        for process in running[::-1]:
            process.terminate()
            process.wait()
    assert differences(library, one_machine(tmp_path)) == []


def _started(words: list[str], folder: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _address(file: Path) -> str:
    import json

    from tests.support.pty import until

    return str(json.loads(until(lambda: file.exists() and file.read_text(), "the scheduler"))["address"])


def test_every_field_of_the_manifest_is_told() -> None:
    job = ShardJob(1, 2, (b"/a",), "drums", "drums-1", "1.0")
    manifest = ShardManifest(1, 1, 0, 0, 0, 10, 2, "", "", 0.1, "")
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert set(manifest_fields(job, manifest)) - {"format"} <= told
