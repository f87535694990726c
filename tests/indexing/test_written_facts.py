"""What names, chunks and tags say: indexed, found by queries, kept through moves, and told with its source."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.audio.test_chunks import acid, with_chunks
from tests.support.clips import as_version_6
from tests.support.libraries import index, running_workers
from tests.support.sounds import RATE, one_shot, write
from tui_browser.cli.common import sample_fields
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.records import SampleRow, WrittenFacts


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    with running_workers(tmp_path_factory.mktemp("model")) as running:
        yield running


def swell(seconds: float, seed: int) -> np.ndarray:
    """A sound without a beat."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    noise = rng.standard_normal(count) * np.sin(np.linspace(0, np.pi, count)) * 0.2
    return noise.astype(np.float32)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "s"
    write(root / "pad 97bpm Ebm.wav", swell(4, 1))
    with_chunks(write(root / "x.wav", swell(4, 2)), acid(flags=0, root=0, beats=8, tempo=133.0))
    write(root / "150 bpm loops" / "kick.wav", one_shot("kick", 1))
    write(root / "One Shots" / "long.wav", swell(3, 3))
    write(root / "snare.wav", one_shot("snare", 1))
    return root


def found(library: Library, query: str) -> set[str]:
    return {os.path.basename(os.fsdecode(row.path)) for row, _ in library.search(query)}


def row_of(library: Library, name: str) -> SampleRow:
    return next(row for row in library.all_rows() if os.fsdecode(row.path).endswith(name))


def test_written_facts_are_found_by_queries_and_told_with_their_sources(
    tmp_path: Path, root: Path, workers: IndexWorkers
) -> None:
    index(tmp_path / "l.db", root, workers=workers, layout="none")
    with Library.open(str(tmp_path / "l.db")) as library:
        assert found(library, "bpm:97") == {"pad 97bpm Ebm.wav"} == found(library, "key:ebm")
        assert found(library, "bpm:130-135") == {"x.wav"}
        assert found(library, "is:loop") >= {"pad 97bpm Ebm.wav", "x.wav", "kick.wav"}, "a folder says so"
        assert found(library, "is:oneshot") == {"long.wav", "snare.wav"}
        fields = sample_fields(row_of(library, "x.wav"))
        assert (fields["bpm"], fields["bpm_source"], fields["bpm_heard"]) == (133.0, "acid", None)
        assert fields["facts"] == [{"source": "acid", "bpm": 133.0, "loop": True}] and fields["kind"] == "loop"
        kick = sample_fields(row_of(library, "kick.wav"))
        assert kick["bpm"] is None and kick["facts"] == [{"source": "folder", "bpm": 150.0, "loop": True}]


def test_facts_follow_a_file_to_its_new_name(tmp_path: Path, root: Path, workers: IndexWorkers) -> None:
    index(tmp_path / "l.db", root, workers=workers, layout="none")
    (root / "x.wav").rename(root / "y 66bpm Gm.wav")
    (root / "pad 97bpm Ebm.wav").rename(root / "pad.wav")
    assert index(tmp_path / "l.db", root, workers=workers, layout="none").counts.moved == 2
    with Library.open(str(tmp_path / "l.db")) as library:
        moved = row_of(library, "y 66bpm Gm.wav")
        assert moved.facts == (
            WrittenFacts("acid", bpm=133.0, loop=True), WrittenFacts("name", bpm=66.0, key="Gm"),
        )  # fmt: skip
        assert (moved.bpm, moved.key) == (66.0, "Gm") and found(library, "bpm:66") == {"y 66bpm Gm.wav"}
        assert row_of(library, "pad.wav").facts == () and not found(library, "bpm:97")


def test_an_older_library_has_the_facts_of_names_once_it_is_opened(
    tmp_path: Path, root: Path, workers: IndexWorkers
) -> None:
    index(tmp_path / "l.db", root, workers=workers, layout="none")
    with closing(sqlite3.connect(tmp_path / "l.db", isolation_level=None)) as conn:
        as_version_6(conn)
        conn.execute("UPDATE samples SET flags = flags & 15")
    with Library.open(str(tmp_path / "l.db")) as library:
        assert found(library, "bpm:97") == {"pad 97bpm Ebm.wav"}
        assert "kick.wav" in found(library, "is:loop") and not found(library, "bpm:133")
