"""Rows before vectors: what is read while the network loads is on disk, survives a kill, and is heard later."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.clips import ROOT, clip, clip_entry, silent_entry
from tests.support.pty import all_gone, environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.indexing.decoder_pool import DecodeOutcome
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.pipeline import WAITING, IndexRun
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.layouts.shown import Placer
from tui_browser.library.library import Library, open_for_writing
from tui_browser.store.records import UNHEARD, ClipEntry
from tui_browser.store.store import Store

FILES = 300


class Bench:
    """A folder of short sounds, a tiny model, and runs of `index` in which torch never gets loaded."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "samples"
        self.library = str(base / "l.db")
        self.model = tiny_bundle(base / "tiny").folder
        self.env = environment(base)
        stub = base / "stub" / "torch.py"
        stub.parent.mkdir()
        stub.write_text("import time\nwhile True:\n    time.sleep(60)\n")
        self._stub = str(stub.parent)
        for number in range(FILES):
            sound = 0.5 * np.sin(np.arange(2000) * (0.01 + 0.001 * number)) * np.linspace(1, 0, 2000)
            write(self.folder / f"{number:03}.wav", sound.astype(np.float32))

    def words(self, *more: str) -> list[str]:
        return program("--library", self.library, "--model", self.model, *more)

    def start(self) -> subprocess.Popen[bytes]:
        """`index` while torch loads for ever."""
        return subprocess.Popen(
            self.words("index", str(self.folder), "--layout", "none", "--jobs", "2", "--quiet"),
            env={**self.env, "PYTHONPATH": self._stub},
            start_new_session=True,
        )

    def said(self, *words: str) -> list[dict[str, object]]:
        """What a verb says as JSON lines."""
        done = subprocess.run(self.words(*words, "--json"), env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def grow(self, process: subprocess.Popen[bytes], beyond: int) -> None:
        """Wait until more rows than these are on disk, or the process has ended."""
        until(lambda: self.rows() > beyond or process.poll() is not None, "a new row", every_s=0.01)

    def rows(self) -> int:
        """Samples on disk, as another process finds them."""
        if not os.path.exists(self.library):
            return 0
        with closing(sqlite3.connect(f"file:{self.library}?mode=ro", uri=True)) as conn:
            try:
                count: int = conn.execute("SELECT count(*) FROM samples").fetchone()[0]
            except sqlite3.OperationalError:  # the tables are being made
                return 0
        return count


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    all_gone(made.env)


@linux_only
def test_b7_runs_that_are_killed_before_the_network_is_loaded_get_further_each_time(bench: Bench) -> None:
    counts = [0]
    for _ in range(3):
        process = bench.start()
        try:
            bench.grow(process, counts[-1])
        finally:
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        all_gone(bench.env)
        counts.append(bench.rows())
    assert sorted(set(counts)) == counts

    rows = bench.said("search", "", "-n", "0")
    assert len(rows) == counts[-1]
    assert all(row["class"] is None and row["x"] is None and row["content_hash"] and row["frames"] for row in rows)
    [status] = bench.said("status")
    assert (status["samples"], status["waiting"], status["silent"]) == (counts[-1], counts[-1], 0)

    bench.said("index", "--layout", "none")
    whole = bench.said("search", "", "-n", "0")
    assert len(whole) == FILES
    assert all(row["class"] is not None and row["x"] is not None for row in whole)
    ids = {row["path"]: row["id"] for row in whole}
    assert all(ids[row["path"]] == row["id"] for row in rows)
    with Library.open(bench.library) as library:
        assert all(row.note == "" for row in library.all_rows())
        vectors = library.snapshot().vectors
    assert vectors is not None and np.isfinite(vectors).all()
    [again] = bench.said("index", "--layout", "none")
    assert (again["decoded"], again["unchanged"]) == (0, FILES)


@linux_only
def test_a_library_that_nothing_was_heard_of_can_be_used(bench: Bench, tmp_path: Path) -> None:
    process = bench.start()
    bench.grow(process, 5)
    process.kill()
    process.wait()
    file = str(bench.said("search", "", "-n", "1")[0]["path"])
    told = subprocess.run(bench.words("status"), env=bench.env, capture_output=True, text=True, check=True).stdout
    assert f"{bench.rows()} not encoded yet" in told
    near = subprocess.run(bench.words("near", file), env=bench.env, capture_output=True, text=True, check=False)
    assert near.returncode == 1 and near.stderr.count("\n") == 1 and "no sample is encoded yet" in near.stderr
    bench.said("export", "table", "--out", str(tmp_path / "t.tsv"))
    bench.said("export", "vectors", "--out", str(tmp_path / "v.npz"))
    with np.load(tmp_path / "v.npz") as arrays:
        assert len(arrays["paths"]) == len(arrays["vectors"]) == 0
    for words in (["layout", "pca"], ["layout", "x=length y=brightness"], ["layout", "grid"]):
        done = subprocess.run(bench.words(*words), env=bench.env, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1) and "inside" not in done.stderr, done.stderr


def test_the_store_tells_what_was_not_heard_from_what_has_no_sound(store: Store) -> None:
    waiting = ClipEntry(clip(b"new.wav", sound=3), ROOT)
    store.put_clips([clip_entry(b"a.wav", sound=1), silent_entry(b"s.wav"), waiting], space="a", layout="pca")
    known = store.known("a")
    spaces = {os.path.basename(path): row.encoded_space for path, row in known.items()}
    assert spaces == {b"a.wav": "a", b"s.wav": "", b"new.wav": UNHEARD}
    counts = store.counts()
    assert (counts.samples, counts.silent, counts.unheard, counts.encoded) == (3, 1, 1, 1)
    assert {row.encoded_space for row in store.known("b").values()} == {"a", "", UNHEARD}
    store.put_clips([clip_entry(b"new.wav", sound=3)], space="a", layout="pca")
    assert store.counts().unheard == 0 and store.known("a")[ROOT + b"/new.wav"].encoded_space == "a"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "library.db"), mode="write") as opened, opened.writing():
        opened.add_root(ROOT)
        yield opened


def test_rows_without_vectors_are_no_ground_for_a_map(store: Store) -> None:
    for number in range(4):
        store.put_clips([ClipEntry(clip(b"%d.wav" % number, sound=number), ROOT)], space="a", layout="")
    placer = Placer(store, space="a", has_map=False)
    placer.begin()
    assert placer.settle() == 0
    ids, vectors, _ = placer.sounds()
    assert len(ids) == len(vectors) == 0
    store.put_clips(
        [clip_entry(b"%d.wav" % number, sound=number, xy=None) for number in range(3)], space="a", layout=""
    )
    assert placer.settle() == 3
    xy = placer.look().xy
    assert np.isfinite(xy[:3]).all() and np.isnan(xy[3]).all()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[IndexWorkers]:
    """Workers that are started by whoever uses them first: the network still has to be loaded."""
    made = IndexWorkers(tiny_bundle(tmp_path / "tiny"), jobs=1, nice=False)
    yield made
    made.close()


def test_new_files_are_read_before_those_that_only_want_hearing(
    store: Store, workers: IndexWorkers, tmp_path: Path
) -> None:
    """Else a run that is killed early would read the same files as the one before it, and get no further."""
    folder = tmp_path / "samples"
    for number in range(8):
        write(folder / f"{number}.wav", one_shot("kick", number))
    root = os.fsencode(folder)
    store.add_root(root)
    from tui_browser.audio.decode import decode
    from tui_browser.indexing.file_encoder import stat_file

    old = [decode(stat_file(os.fsencode(folder / f"{n}.wav")), front_end=workers.bundle.front_end) for n in range(4)]
    store.put_clips([ClipEntry(each, root) for each in old], space="x", layout="")
    run = IndexRun(store, workers, space=workers.bundle.space, layout="map", roots=[root])
    order: list[bytes] = []
    take = workers.pool.take

    def taken() -> list[DecodeOutcome]:
        outcomes = take()
        order.extend(os.path.basename(outcome.stat.path) for outcome in outcomes)
        return outcomes

    workers.pool.take = taken  # type: ignore[method-assign]  # the real one, and what it gave
    notes: set[str] = set()
    try:
        while not run.done:
            run.step()
            notes |= {row.note for row in store.rows()}
            time.sleep(0.002)
    finally:
        del workers.pool.take
    assert set(order[:4]) == {b"4.wav", b"5.wav", b"6.wav", b"7.wav"} and len(order) == 8
    assert notes == {"", WAITING}
    assert store.counts().encoded == 8 and {row.note for row in store.rows()} == {""}


def test_a_file_that_changed_keeps_its_place_until_it_is_heard_anew(tmp_path: Path) -> None:
    """The early row is for new files: an old dot does not leave the map while the network loads."""
    folder, path = tmp_path / "samples", str(tmp_path / "l.db")
    write(folder / "a.wav", one_shot("kick", 1))
    model = tiny_bundle(tmp_path / "tiny").folder

    def index() -> None:
        with open_for_writing(path) as store:
            index_library(store, add=[os.fsencode(folder)], model=model, jobs=1, layout="none", report=lambda _: None)

    index()
    write(folder / "a.wav", one_shot("cymbal", 2))
    seen: list[bool] = []
    put = Store.put_clips

    def watched(self: Store, items: Sequence[ClipEntry], **more: Any) -> int:
        seen.extend(item.encoding is not None for item in items)
        return put(self, items, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "put_clips", watched)
        index()
    assert seen == [True]
