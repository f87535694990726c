"""`index --shard` and `merge` as a person or a job script types them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, invoke
from tests.support.libraries import index
from tests.support.library_rows import differences
from tests.support.pty import environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.indexing.shards.shard_file import PART
from tui_browser.indexing.workers import IndexWorkers

Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return partial(invoke, monkeypatch=monkeypatch, capture=capfd)


@pytest.mark.parametrize(
    "words",
    [
        ("index", "--shard", "1/3"),
        ("index", "--shard", "4/3", "--out", "x"),
        ("index", "--shard", "1/3", "--out", "-"),
        ("index", "--shard", "1/3", "--out", "x", "--engine", "dask", "--scheduler", "tcp://x:1"),
        ("index", "--out", "x"),
        ("index", "--force"),
        ("index", "--engine", "dask"),
        ("index", "--scheduler", "tcp://x:1"),
        ("index", "--path-map", "/a=/b"),
        ("index", "--engine", "dask", "--scheduler", "tcp://x:1", "--path-map", "/a"),
        ("index", "--engine", "dask", "--scheduler", "tcp://x:1", "--path-map", "a=/b"),
        ("merge",),
    ],
)
def test_words_that_do_not_go_together_are_wrong_usage(words: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    said = run(*words)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert not os.listdir(tmp_path)


def test_a_shard_is_written_and_merged(run: Run, tmp_path: Path) -> None:
    folder, library = tmp_path / "samples", tmp_path / "l.db"
    for number, kind in enumerate(("kick", "snare", "tom")):
        write(folder / f"{kind}\x1b\n.wav", one_shot(kind, number))
    model = tiny_bundle(tmp_path / "tiny").folder
    out = tmp_path / "1.shard"
    words = ("index", "--shard", "1/1", "--out", out, folder, "--model", model, "--library", library)
    said = run(*words, "--json")
    (manifest,) = said.rows()
    assert said.code == 0 and (manifest["files"], manifest["samples"], manifest["shard"], manifest["of"]) == (
        3,
        3,
        1,
        1,
    )
    assert not library.exists() and sorted(os.listdir(tmp_path)) == ["1.shard", "samples", "tiny"]
    again = run(*words)
    assert again.code == 0 and b"complete already" in again.out
    other = run("index", "--shard", "1/2", "--out", out, folder, "--model", model)
    assert (other.code, other.err.count("\n")) == (1, 1) and "another job" in other.err
    assert run("index", "--shard", "1/2", "--out", out, folder, "--model", model, "--force", "--quiet").code == 0
    missing = run("merge", out, "--library", library)
    assert (missing.code, missing.err.count("\n")) == (1, 1) and "shard 2 of 2 missing" in missing.err
    assert run(*words, "--force").code == 0
    told = run("merge", out, "--dry-run", "--json", "--library", library)
    assert told.code == 0 and told.rows()[0]["files"] == 3 and not library.exists()
    merged = run("merge", out, "--library", library, "--json")
    assert merged.code == 0 and (merged.rows()[0]["samples"], merged.rows()[0]["merged"]) == (3, 3)
    found = run("search", "", "--library", library, "--json")
    assert len(found.rows()) == 3


def test_what_cannot_be_merged_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.shard").write_bytes(b"something else")
    for file in (tmp_path / "none.shard", tmp_path / "not there", tmp_path):
        said = run("merge", file, "--library", tmp_path / "l.db")
        assert (said.code, said.out, said.err.count("\n")) == (1, b"", 1)
        assert str(file) in said.err
    said = run("index", "--shard", "1/2", "--out", tmp_path / "x", tmp_path / "nowhere")
    assert (said.code, said.err.count("\n")) == (1, 1)
    said = run("index", "--shard", "1/2", "--out", tmp_path / "x", "--library", tmp_path / "l.db")
    assert (said.code, said.err.count("\n")) == (1, 1) and "no folder to index" in said.err


@linux_only
@pytest.mark.slow
def test_a_third_of_the_shards_killed_and_repeated_loses_nothing(tmp_path: Path) -> None:
    kernels = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS")}
    folder, env = tmp_path / "samples", environment(tmp_path, **kernels)  # others differ in the last bit
    for number in range(240):
        sound = 0.5 * np.sin(np.arange(2000) * (0.01 + 0.0009 * number)) * np.linspace(1, 0, 2000)
        write(folder / f"{number % 5}" / f"{number:03}.wav", sound.astype(np.float32))
    bundle = tiny_bundle(tmp_path / "tiny")

    def shard(number: int) -> subprocess.Popen[bytes]:
        words = ("index", "--shard", f"{number}/3", "--out", out(number), folder, "--jobs", "1")
        return subprocess.Popen(program(*words, "--model", bundle.folder, "--quiet"), env=env, start_new_session=True)

    def out(number: int) -> Path:
        return tmp_path / f"{number}.shard"

    assert shard(1).wait(120) == 0 and shard(3).wait(120) == 0
    killed, part = shard(2), Path(str(out(2)) + PART)
    until(lambda: part.exists() and part.stat().st_size > 5000, "the first outcomes", every_s=0.002)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert part.exists() and not out(2).exists()
    stopped = shard(2)
    until(lambda: stopped.poll() is not None or running(env, stopped), "its decoders")
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(120) in (130, 0)
    assert shard(2).wait(120) == 0 and not part.exists()
    library, local = tmp_path / "merged.db", tmp_path / "local.db"
    words = ("merge", out(3), out(1), out(2), "--library", library, "--quiet")
    assert subprocess.run(program(*words), env=env, timeout=120).returncode == 0
    workers = IndexWorkers(bundle, jobs=2, nice=False)
    try:
        index(local, folder, workers=workers)
    finally:
        workers.close()
    assert differences(library, local) == []


def running(env: dict[str, str], process: subprocess.Popen[bytes]) -> bool:
    """Whether the process has children."""
    path = f"/proc/{process.pid}/task/{process.pid}/children"
    return os.path.exists(path) and bool(Path(path).read_text().split())
