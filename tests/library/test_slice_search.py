"""Long files in a library: found by their hits, near by their sounds and rhythms, heard one way everywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench
from tests.support.loops import RHYTHMS, drum_kit, drum_loop, recording
from tests.support.pilot import driving, run
from tests.support.sounds import RATE, one_shot, tree, write
from tui_browser.indexing.file_encoder import FileEncoder, model_folders
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.library.slice_search import nearest_slices, nearest_slices_in_parts
from tui_browser.model.bundle import load_bundle
from tui_browser.records import SliceTable
from tui_browser.store import slices
from tui_browser.store.slices import select_files

pytestmark = pytest.mark.slow

KINDS = ("kick", "snare", "tom", "rim", "clap", "cowbell")
TIMES = (0.7, 5.2, 11.4, 16.0, 22.9, 27.3)


@pytest.fixture(scope="module")
def workers() -> Iterator[IndexWorkers]:
    workers = IndexWorkers(load_bundle("drums", folders=model_folders()), jobs=2, nice=False)
    workers.warm()
    yield workers
    workers.close()


def index(folder: Path, workers: IndexWorkers) -> str:
    path = str(folder.parent / f"{folder.name}.db")
    with open_for_writing(path) as store:
        index_library(
            store, add=[os.fsencode(folder)], model=None, jobs=2, layout="none", report=lambda _: None, workers=workers
        )
    return path


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("long") / "samples"
    tree(folder, each=2)
    hits = [(at, one_shot(kind, 40)) for at, kind in zip(TIMES, KINDS, strict=True)]
    write(folder / "six.wav", recording(hits, seconds=30))
    for kind in KINDS:
        write(folder / f"alone/{kind}.wav", one_shot(kind, 40))
    return folder, index(folder, workers)


def test_each_hit_is_found_by_the_sound_that_it_is_of(indexed: tuple[Path, str]) -> None:
    folder, path = indexed
    with Library.open(path) as library:
        sample = library.id_of(os.fsencode(folder / "six.wav"))
        assert sample is not None
        assert np.allclose([one.onset_s for one in library.slices(sample)], TIMES, atol=0.02)
        row = library.sample(sample)
        assert row is not None and list(row.slices) == library.slices(sample)
        for kind, at in zip(KINDS, TIMES, strict=True):
            alone = os.fsencode(folder / f"alone/{kind}.wav")
            vector = library.vector_of(alone)
            assert vector is not None
            found = [(row, far) for row, far in library.near(vector, k=5, leave_out=alone) if row.id == sample]
            assert found, kind
            assert found[0][0].onset_s == pytest.approx(at, abs=0.02)
            assert found[0][1] < 0.5


def test_a_file_is_heard_alone_as_it_was_in_the_index(indexed: tuple[Path, str], workers: IndexWorkers) -> None:
    folder, path = indexed
    long = os.fsencode(folder / "six.wav")
    ear = FileEncoder(workers.bundle, workers=workers)
    with Library.open(path) as library:
        whole = library.vector_of(long)
        sample = library.id_of(long)
        assert whole is not None and sample is not None
        assert np.array_equal(ear.encode(long).embedding[0], whole)
        for one in library.slices(sample):
            vector = ear.encode(long, start_s=one.onset_s).embedding[0]
            (row, distance), *_ = library.near(vector, k=1)
            assert (row.id, row.onset_s, distance) == (sample, one.onset_s, 0.0)


def test_c5_near_lists_a_file_once_and_by_its_nearest_part(
    indexed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, path = indexed
    with Library.open(path) as library:
        vector = library.vector_of(os.fsencode(folder / "alone/tom.wav"))
        assert vector is not None
        found = library.near(vector, k=500)
        snapshot, hits = library.snapshot(), library.all_slices()
        again = library.near(vector, k=500)
        monkeypatch.setattr(slices, "MEMORY_LIMIT_BYTES", 1)
        with Library.open(path) as aside:
            assert aside.near(vector, k=500) == again == found, "also where the hits are too many to be kept"
    assert len({row.id for row, _ in found}) == len(found) == len(snapshot)
    distances = [distance for _, distance in found]
    assert distances == sorted(distances)
    assert snapshot.vectors is not None
    for row, distance in found:
        whole = snapshot.vectors[np.searchsorted(snapshot.ids, row.id)]
        mine = np.vstack([whole, hits.vectors[hits.samples == row.id]])
        assert distance == pytest.approx(float(np.linalg.norm(mine - vector, axis=1).min()), abs=1e-5)


def test_c5_the_app_goes_from_a_one_shot_to_its_hit_and_plays_from_there(indexed: tuple[Path, str]) -> None:
    folder, path = indexed
    with Library.open(path) as library:
        snare, long = (library.id_of(os.fsencode(folder / name)) for name in ("alone/snare.wav", "six.wav"))
        assert snare is not None and long is not None
        bench = Bench(library=library)  # type: ignore[arg-type]

        async def go() -> None:
            async with driving(bench, size=(110, 30), ready=False) as drive:
                state = drive.controllers.state
                await drive.until(lambda: state.map_model.snapshot.vectors is not None, what="the vectors")
                drive.controllers.cursor.go(snare)
                for _ in range(50):
                    await drive.press("n")
                    if drive.selected == long:
                        break
                await drive.sees(f"slice at {library.slices(long)[1].onset_s:.2f} s")
                await drive.press("space")
                assert bench.player.played == [os.fsencode(folder / "six.wav")]
                assert bench.player.starts == [pytest.approx(TIMES[1], abs=0.02)]
                await drive.press("escape", "b")
                assert drive.controllers.state.cursor.neighbours is None

        run(go)


def test_exported_hits_follow_their_file(
    indexed: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tui_browser.cli.main import main

    folder, path = indexed
    out = tmp_path / "v.npz"
    words = ["tui-browser", "export", "vectors", "--library", path, "--quiet", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code, capsys.readouterr().err
    with Library.open(path) as library:
        files = len(library)
    with np.load(out) as arrays:
        rows = np.flatnonzero(arrays["paths"] == str(folder / "six.wav"))
        assert len(rows) == 7 and np.array_equal(rows, np.arange(rows[0], rows[0] + 7))
        assert np.allclose(arrays["onset_s"][rows], [TIMES[0], *TIMES], atol=0.02)
        assert np.allclose(np.linalg.norm(arrays["vectors"], axis=1), 1, atol=1e-4)
        counts = {len(arrays[name]) for name in arrays.files}
        assert counts == {files + 6}


def test_twelve_loops_lie_by_their_rhythms_and_sounds(tmp_path: Path, workers: IndexWorkers) -> None:
    folder = tmp_path / "loops"
    which = [(rhythm, seed) for rhythm in RHYTHMS for seed in (21, 22, 23, 24)]
    for number, (rhythm, seed) in enumerate(which):
        bpm = 92.0 + 4 * number
        write(folder / f"{rhythm} {seed}.wav", drum_loop(rhythm, drum_kit(seed), bpm=bpm))
    tree(folder / "one-shots", each=3)
    with Library.open(index(folder, workers)) as library:
        snapshot = library.snapshot()
        rows = list(library.all_rows())
    tempo = {os.path.basename(row.path): row.bpm for row in rows if row.duration_s > 2}
    assert sum(bpm is not None for bpm in tempo.values()) >= 12
    at = {os.path.basename(snapshot.names[i]).decode(): i for i in range(len(snapshot))}
    loops = np.array([at[f"{rhythm} {seed}.wav"] for rhythm, seed in which])
    assert snapshot.vectors is not None
    vectors = snapshot.vectors[loops]
    far = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + 9 * np.eye(len(loops))
    nearest = [which[i] for i in far.argmin(axis=1)]
    shared = [a[0] == b[0] or a[1] == b[1] for a, b in zip(which, nearest, strict=True)]
    assert np.mean(shared) >= 0.8


def hits_of(counts: list[int], *, seed: int = 3, dim: int = 8) -> SliceTable:
    """So many hits in each of some files, whose ids are 10, 13, 16 ..."""
    vectors = np.random.default_rng(seed).standard_normal((sum(counts), dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.intp)
    onsets = np.concatenate([0.5 * np.arange(count) for count in counts])
    return SliceTable(10 + 3 * np.arange(len(counts)), starts, onsets, np.full(len(onsets), 0.5), vectors)


def brute(hits: SliceTable, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, int]]:
    """Samples and places of the nearest hit of each file, nearest first."""
    far = np.linalg.norm(hits.vectors.astype(np.float64) - vector, axis=1)
    found: dict[int, int] = {}
    for row in np.argsort(far, kind="stable").tolist():
        sample = int(hits.samples[row])
        if among is None or sample in among:
            found.setdefault(sample, row - int(hits.starts[np.searchsorted(hits.files, sample)]))
    return list(found.items())[:k]


def test_the_nearest_hits_are_those_of_brute_force_one_a_file() -> None:
    hits = hits_of([3, 1, 17, 2, 60, 5, 1, 9])
    for row in range(0, len(hits), 7):
        vector = hits.vectors[row]
        for k in (1, 3, 8, 20):
            found = nearest_slices(hits, vector, k=k)
            assert [(hit.sample, hit.number) for hit in found] == brute(hits, vector, k)
        assert found[0].distance == 0.0 and found[0].onset_s == hits.onset_s[row]
    some = np.array([4, 13, 22, 23, 31, 400])
    found = nearest_slices(hits, hits.vectors[30], k=5, among=some)
    assert [(hit.sample, hit.number) for hit in found] == brute(hits, hits.vectors[30], 5, some)
    assert len(found) == 3
    assert nearest_slices(hits, hits.vectors[0], k=3, among=np.array([5])) == []


def test_of_equal_hits_the_first_of_each_file_counts_and_a_twin_is_no_copy() -> None:
    hits = hits_of([40, 40, 40])
    vectors = hits.vectors.copy()
    vectors[:] = vectors[0]
    vectors[50] = vectors[0]
    near = vectors[0] + np.float32(4e-4) * np.eye(8, dtype=np.float32)[0]  # as like as float32 can tell
    vectors[80:100] = near / np.linalg.norm(near)
    hits = replace(hits, vectors=vectors)
    found = nearest_slices(hits, vectors[0], k=3)
    assert [(hit.sample, hit.number, hit.distance) for hit in found] == [(10, 0, 0.0), (13, 0, 0.0), (16, 20, 0.0)]


def test_parts_of_all_hits_give_what_the_whole_gives() -> None:
    hits = hits_of([3, 1, 17, 2, 60, 5, 1, 9])
    parts = [select_files(hits, np.isin(np.arange(8), which)) for which in ([0, 1], [2], [3, 4, 5, 6], [7])]
    for row in (0, 20, 97):
        assert nearest_slices_in_parts(parts, hits.vectors[row], k=4) == nearest_slices(hits, hits.vectors[row], k=4)


def test_nothing_is_near_where_there_are_no_hits() -> None:
    empty = SliceTable(
        np.zeros(0, np.int64), np.zeros(1, np.intp), np.zeros(0), np.zeros(0), np.zeros((0, 0), np.float32)
    )
    assert nearest_slices(empty, np.ones(4, np.float32), k=3) == []
    hits = hits_of([2, 2])
    assert nearest_slices(hits, np.ones(4, np.float32), k=3) == [], "of another model"
    assert nearest_slices(hits, np.full(8, np.nan, np.float32), k=3) == []


def test_a_crash_and_a_pad_stay_one(tmp_path: Path, workers: IndexWorkers) -> None:
    t = np.arange(4 * RATE) / RATE
    crash = np.random.default_rng(5).standard_normal(len(t)) * np.exp(-1.1 * t)
    write(tmp_path / "s/crash.wav", (0.2 * crash).astype(np.float32))
    write(tmp_path / "s/pad.wav", (0.4 * np.sin(2 * np.pi * 220 * t) * np.minimum(t, 1)).astype(np.float32))
    with Library.open(index(tmp_path / "s", workers)) as library:
        assert len(library.all_slices()) == 0 and len(library) == 2
