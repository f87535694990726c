"""The approximate index: as good as exact search, fresh samples included, and never of another library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.clips import ROOT
from tui_browser.errors import LibraryError
from tui_browser.library.neighbour_index import NeighbourIndex, build, index_folder
from tui_browser.records import FloatArray
from tui_browser.search.nearest import top_k
from tui_browser.store.bulk_writer import SampleBatch, write_library
from tui_browser.store.store import Store

COUNT, DIM = 1_200, 8


def unit(count: int, seed: int) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIM))
    unit_vectors: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit_vectors


def write(path: str, vectors: FloatArray) -> None:
    count, random = len(vectors), np.random.default_rng(1)
    batch = SampleBatch(
        paths=[ROOT + b"/%d.wav" % i for i in range(count)],
        files=random.integers(0, 1 << 40, (count, 4)),
        hashes=[f"{i:032x}" for i in range(count)],
        sounds=np.full((count, 3), (44_100, 1, 1_000)),
        features=random.integers(0, 24, (count, 8)).astype(np.float32),
        embedding=vectors,
        z=np.zeros((count, 4), dtype=np.float32),
        probabilities=random.random((count, 11), dtype=np.float32),
        xy=random.random((count, 2), dtype=np.float32),
        flags=np.zeros(count, dtype=np.uint8),
        tags={},
    )
    write_library(path, [batch], root=ROOT, space="made-up", layout="pca", notes={})


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("indexed") / "library.db")
    vectors = unit(COUNT, 1)
    vectors[100:160] = vectors[100]  # copies: more than a vector has neighbours in the graph
    vectors[7] = np.nan  # silence
    write(path, vectors)
    assert build(path) == COUNT - 1
    return path


@pytest.fixture(scope="module")
def index(library: str) -> Iterator[NeighbourIndex]:
    index = NeighbourIndex(library)
    yield index
    index.close()


@pytest.mark.slow
@pytest.mark.timeout(900)  # numba compiles: half a minute, and two once after an installation
def test_it_finds_what_exact_search_finds(library: str, index: NeighbourIndex) -> None:
    with Store.open(library) as store:
        snapshot = store.load()
    assert snapshot.vectors is not None
    shares = []
    for query in unit(100, 2):
        rows, distances = top_k(snapshot.vectors, query, k=10)
        nearest = index.nearest(query, k=10)
        shares.append(np.isin(snapshot.ids[rows], [sample for sample, _, _ in nearest]).mean())
        assert nearest[0][1] == distances[0]
    assert np.mean(shares) >= 0.99


def test_copies_of_a_sound_are_all_at_distance_zero(library: str, index: NeighbourIndex) -> None:
    with Store.open(library) as store:
        vector = store.vectors_of([101])[101]
    nearest = index.nearest(vector, k=60)
    assert [distance for _, distance, _ in nearest] == [0.0] * 60
    assert sorted(int(sample) for sample, _, _ in nearest) == list(range(101, 161))


def test_it_is_stored_without_pickle(library: str) -> None:
    endings = {os.path.splitext(name)[1] for name in os.listdir(index_folder(library))}
    assert endings == {".npy", ".json"}
    assert not [name for name in os.listdir(os.path.dirname(library)) if name.startswith("library.db.neighbours.")]


def test_the_index_of_another_library_is_refused(library: str, tmp_path: Path) -> None:
    other = str(tmp_path / "other.db")
    write(other, unit(COUNT, 3))
    with pytest.raises(LibraryError, match="no neighbour index"):
        NeighbourIndex(other)
    os.symlink(index_folder(library), index_folder(other))
    with pytest.raises(LibraryError, match="another library"):
        NeighbourIndex(other)


def test_a_library_of_a_few_samples_gets_none(tmp_path: Path) -> None:
    path = str(tmp_path / "few.db")
    write(path, unit(20, 4))
    with pytest.raises(LibraryError, match="too few"):
        build(path)
