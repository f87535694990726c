"""`index --engine dask` on a real cluster of two worker processes: equal to one machine, whatever is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.dask_cluster import Cluster, running_cluster
from tests.support.libraries import index
from tests.support.library_rows import differences
from tests.support.loops import drum_kit, drum_loop
from tests.support.pty import environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.indexing.cluster import pool
from tui_browser.indexing.workers import IndexWorkers

pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = [pytest.mark.slow, linux_only]

FILES = 450


class Bench:
    """A folder of sounds, a tiny model, and a home for the program."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folder = base / "samples"
        self.model = tiny_bundle(base / "model").folder
        self.env = environment(base)

    def start(
        self, cluster: Cluster, library: Path, *more: str, folder: Path | None = None, model: str | None = None
    ) -> subprocess.Popen[bytes]:
        words = ("index", str(folder or self.folder), "--engine", "dask", "--scheduler", cluster.address, "--json")
        return subprocess.Popen(
            program(*words, *more, "--library", library, "--model", model or self.model, "--layout", "none"),
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def index(
        self, cluster: Cluster, library: Path, *more: str, folder: Path | None = None, model: str | None = None
    ) -> tuple[int, str, str]:
        """Exit code, standard output and the complaints on standard error."""
        return ended(self.start(cluster, library, *more, folder=folder, model=model))


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    complaints = [line for line in err.decode().splitlines() if not line.startswith(("scanning", "indexing"))]
    return process.returncode, out.decode(), "\n".join(complaints)


def rows(library: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True)) as conn:
            count: int = conn.execute("SELECT count(*) FROM samples").fetchone()[0]
            return count
    except sqlite3.Error:
        return 0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("dask"))
    for number in range(FILES):
        sound = 0.5 * np.sin(np.arange(2000) * (0.01 + 0.0003 * number)) * np.linspace(1, 0, 2000)
        write(made.folder / f"{number % 7}" / f"{number:04}.wav", sound.astype(np.float32))
    write(made.folder / "loop.wav", drum_loop("break", drum_kit(1), bpm=100))
    write(made.folder / "silent.wav", np.zeros(3000, np.float32))
    (made.folder / "broken.wav").write_bytes(b"RIFF")
    return made


@pytest.fixture(scope="module")
def cluster(bench: Bench) -> Iterator[Cluster]:
    folder = bench.base / "cluster"
    folder.mkdir()
    with running_cluster(folder, env={name: bench.env[name] for name in bench.env if name.startswith("XDG")}) as made:
        yield made


@pytest.fixture(scope="module")
def few(bench: Bench) -> Path:
    folder = bench.base / "few"
    for number in range(5):
        write(folder / f"{number}.wav", one_shot("kick", number))
    return folder


@pytest.fixture(scope="module")
def local(bench: Bench) -> Path:
    """The library that one machine makes."""
    path = bench.base / "local.db"
    workers = IndexWorkers(tiny_bundle(bench.base / "model"), jobs=2, nice=False)
    try:
        index(path, bench.folder, workers=workers, layout="none")
    finally:
        workers.close()
    return path


def test_g1_a_worker_that_is_killed_midway_loses_no_row(bench: Bench, cluster: Cluster, local: Path) -> None:
    library = bench.base / "killed.db"
    process = bench.start(cluster, library)
    until(lambda: rows(library), "the first rows", every_s=0.005)
    os.kill(cluster.pids[0], signal.SIGKILL)
    assert rows(library) < FILES
    code, out, err = ended(process)
    assert (code, err) == (0, "")
    assert json.loads(out)["samples"] == FILES + 2
    assert differences(library, local) == []


def test_a_path_map_leads_to_the_same_rows(bench: Bench, cluster: Cluster, few: Path) -> None:
    there = bench.base / "there"
    shutil.copytree(few, there)  # with its times
    hidden = bench.base / "seen here alone"
    few.rename(hidden)
    try:
        library = bench.base / "mapped.db"
        code, _, err = bench.index(cluster, library, "--path-map", f"{hidden}={there}", folder=hidden)
        assert (code, err) == (0, "")
        until(lambda: not _children(cluster.pids[1]), "the end of the decoders and encoders on the cluster")
        one = bench.base / "one.db"
        other = IndexWorkers(tiny_bundle(bench.base / "model"), jobs=1, nice=False)
        try:
            index(one, hidden, workers=other, layout="none")
        finally:
            other.close()
        assert differences(library, one) == []
    finally:
        hidden.rename(few)


def _children(pid: int) -> list[str]:
    """Processes that a worker has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_ctrl_c_ends_it_and_the_next_run_goes_on(bench: Bench, cluster: Cluster, local: Path) -> None:
    library = bench.base / "stopped.db"
    process = bench.start(cluster, library)
    until(lambda: rows(library), "the first rows", every_s=0.005)
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, err) == (130, "")
    had = rows(library)
    assert 0 < had < FILES + 2
    code, out, _ = bench.index(cluster, library)
    assert code == 0 and json.loads(out)["decoded"] <= FILES + 2 - had + 64
    assert differences(library, local) == []


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("model", "a worker lacks the model"),
        ("samples", "the workers do not see the files"),
    ],
)
def test_what_workers_do_not_see_is_one_sentence(
    there: str, said: str, bench: Bench, cluster: Cluster, few: Path, tmp_path: Path
) -> None:
    model = tiny_bundle(tmp_path / "another model", seed=4).folder
    mapped = model if there == "model" else few
    library = tmp_path / "l.db"
    code, out, err = bench.index(cluster, library, "--path-map", f"{mapped}=/nowhere", folder=few, model=model)
    assert (code, out, rows(library)) == (1, "", 0)
    assert said in err and "--path-map" in err and len(err.splitlines()) == 1


def test_a_file_that_only_the_workers_lack_is_tried_again_later(bench: Bench, cluster: Cluster, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for number in range(8):
        write(here / f"{number}.wav", one_shot("snare", number))
    shutil.copytree(here, there)
    (there / "3.wav").unlink()
    write(there / "4.wav", one_shot("tom", 1))  # another file there
    library = tmp_path / "l.db"
    code, out, err = bench.index(cluster, library, "--path-map", f"{here}={there}", folder=here)
    answer = json.loads(out)
    assert code == 0 and "still being written" in err
    assert answer["samples"] == 6
    assert answer["to_try_again"] == [str(here / "3.wav")] and answer["unsettled"] == [str(here / "4.wav")]
    code, out, _ = bench.index(cluster, library, folder=here)
    assert json.loads(out)["samples"] == 8


def test_another_version_on_the_workers_is_one_sentence(
    bench: Bench, cluster: Cluster, few: Path, tmp_path: Path
) -> None:
    stub = tmp_path / "stub" / "sitecustomize.py"
    stub.parent.mkdir()
    stub.write_text("import tui_browser.version\ntui_browser.version.__version__ = '99.1'\n")
    bench.env["PYTHONPATH"] = str(stub.parent)
    try:
        code, out, err = bench.index(cluster, tmp_path / "l.db", folder=few)
    finally:
        del bench.env["PYTHONPATH"]
    assert (code, out) == (1, "")
    assert "of tui-browser, here is 99.1" in err and len(err.splitlines()) == 1


def test_it_waits_for_a_worker_and_one_without_the_program_is_one_sentence(
    bench: Bench, few: Path, tmp_path: Path
) -> None:
    with running_cluster(tmp_path, workers=0) as empty:
        process = bench.start(empty, tmp_path / "l.db", folder=few)
        assert process.stderr is not None
        assert any(b"no worker is connected" in line for line in iter(process.stderr.readline, b""))
        words = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            empty.address,
            "--nthreads",
            "1",
            "--no-dashboard",
        ]
        worker = subprocess.Popen(
            words, cwd=tmp_path, env={**os.environ, **_lacking(tmp_path)}, stderr=subprocess.DEVNULL
        )
        try:
            code, out, err = ended(process)
            assert worker.poll() is None, "the worker serves others still"
        finally:
            worker.terminate()
            worker.wait()
    assert (code, out) == (1, "")
    assert "a worker of the cluster has no tui-browser" in err and len(err.splitlines()) == 1


def _lacking(folder: Path) -> dict[str, str]:
    """An environment in which the program is not installed."""
    stub = folder / "stub" / "tui_browser" / "__init__.py"
    stub.parent.mkdir(parents=True)
    stub.write_text("")
    return {"PYTHONPATH": str(folder / "stub")}


def test_a_scheduler_that_goes_away_is_one_sentence_and_what_is_done_stays(
    bench: Bench, local: Path, cluster: Cluster
) -> None:
    library = bench.base / "lost.db"
    folder = bench.base / "short"
    folder.mkdir()
    with running_cluster(folder, workers=1) as short:
        process = bench.start(short, library)
        until(lambda: rows(library), "the first rows", every_s=0.005)
        assert short.process is not None
        os.killpg(short.process.pid, signal.SIGKILL)
        code, out, err = ended(process)
    assert (code, out) == (1, "")
    assert "the connection to the Dask scheduler is lost" in err and len(err.splitlines()) == 1
    assert rows(library) > 0
    assert bench.index(cluster, library)[0] == 0
    assert differences(library, local) == []


def test_an_address_of_no_scheduler_is_one_sentence(bench: Bench, few: Path, tmp_path: Path) -> None:
    bench.env["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "1s"
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer_as_http, args=(server,))
        thread.start()
        http = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        wrong = ("nonsense", "magic://127.0.0.1:1", "tcp://127.0.0.1:1", "tcp://no.such.host.:8786", http)
        runs = [bench.start(Cluster(None, address, ()), tmp_path / "l.db", folder=few) for address in wrong]
        try:
            results = [ended(process) for process in runs]
        finally:
            del bench.env["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"]
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
    for code, out, err in results:
        assert (code, out, len(err.splitlines())) == (1, "", 1), err
        assert "Dask scheduler" in err and not (tmp_path / "l.db").exists()


def _answer_as_http(server: socket.socket) -> None:
    while True:
        try:
            conn, _ = server.accept()
        except OSError:
            return
        with conn:
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_any_other_failure_is_one_sentence() -> None:
    assert "\n" not in str(pool.told(RuntimeError("x\ny")))
