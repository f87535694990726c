"""`index` on real files: what is read, what is not read again, and what survives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import running_workers, settle
from tests.support.sounds import one_shot, touch_later, tree, write
from tui_browser.indexing import pipeline
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import FAVOURITE, SampleId, SampleState


class Bench:
    """A library, a folder of sounds, and workers with a tiny model that run already."""

    def __init__(self, tmp_path: Path, workers: IndexWorkers) -> None:
        self.folder = tmp_path / "samples"
        self.folder.mkdir()
        self.path = str(tmp_path / "library.db")
        self.workers = workers

    def index(self, *, workers: IndexWorkers | None = None, add: bool = True) -> IndexResult:
        with open_for_writing(self.path) as store:
            return index_library(
                store,
                add=[os.fsencode(self.folder)] if add else [],
                model=None,
                jobs=2,
                layout="auto",
                report=lambda _: None,
                workers=workers or self.workers,
            )

    def library(self) -> Library:
        return Library.open(self.path)

    def id_of(self, name: str) -> SampleId | None:
        with self.library() as library:
            return library.id_of(os.fsencode(self.folder / name))


@pytest.fixture(scope="module")
def other_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    """Another model, without a map head."""
    with running_workers(tmp_path_factory.mktemp("models") / "other", seed=9, has_map=False) as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


def test_every_sound_gets_a_class_a_vector_and_a_place(bench: Bench) -> None:
    made = tree(bench.folder)
    outcome = bench.index()
    assert (outcome.samples, outcome.counts.encoded, outcome.counts.rejected) == (len(made), len(made), 0)
    with bench.library() as library:
        snapshot = library.snapshot()
        rows = list(library.all_rows())
    assert snapshot.vectors is not None
    assert np.allclose(np.linalg.norm(snapshot.vectors, axis=1), 1, atol=1e-5)
    assert np.isfinite(snapshot.xy).all()
    assert ((snapshot.xy >= 0) & (snapshot.xy <= 1)).all()
    assert {os.fsdecode(row.path) for row in rows} == {str(bench.folder / name) for name in made}
    assert all(row.class_name and 0 < (row.class_p or 0) <= 1 for row in rows)


def test_a_sound_that_ends_early_is_placed_and_its_mark_kept(bench: Bench) -> None:
    whole = write(bench.folder / "kick.wav", one_shot("kick", 1)).read_bytes()
    (bench.folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    write(bench.folder / "click.wav", one_shot("rim", 2)[:200])
    outcome = bench.index()
    assert (outcome.samples, outcome.counts.rejected) == (3, 0)
    with bench.library() as library:
        rows = {os.path.basename(row.path): row for row in library.all_rows()}
        snapshot = library.snapshot()
    assert rows[b"cut.wav"].note.startswith("ends early: ")
    assert rows[b"kick.wav"].note == rows[b"click.wav"].note == ""
    assert all(row.class_name and row.state is SampleState.READY for row in rows.values())
    assert snapshot.xy.shape == (3, 2) and np.isfinite(snapshot.xy).all()


def test_a_second_run_reads_nothing(bench: Bench) -> None:
    made = tree(bench.folder)
    bench.index()
    settle(bench.path)
    again = bench.index()
    assert (again.counts.decoded, again.counts.unchanged) == (0, len(made))


def test_an_edited_file_is_heard_again_alone_and_keeps_what_was_said_of_it(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    sample = bench.id_of("kit 0/kick 0.wav")
    assert sample is not None
    with open_for_writing(bench.path) as store:
        store.set_tags([sample], ["mine"])
        store.set_flag([sample], FAVOURITE, True)
    write(bench.folder / "kit 0/kick 0.wav", one_shot("cymbal", 5))
    touch_later(bench.folder / "kit 0/kick 0.wav")
    again = bench.index()
    assert again.counts.decoded == 1
    with bench.library() as library:
        row = library.sample(sample)
    assert row is not None
    assert (row.tags, row.favourite) == (("mine",), True)


def test_renamed_and_moved_files_keep_id_and_place_and_are_not_heard_again(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    sample = bench.id_of("kit 0/kick 0.wav")
    assert sample is not None
    with bench.library() as library:
        before = library.sample(sample)
    (bench.folder / "new place").mkdir()
    os.rename(bench.folder / "kit 0/kick 0.wav", bench.folder / "new place/Boom.wav")
    again = bench.index()
    assert (again.counts.decoded, again.counts.encoded, again.counts.moved) == (0, 0, 1)
    assert bench.id_of("new place/Boom.wav") == sample
    with bench.library() as library:
        after = library.sample(sample)
    assert before is not None and after is not None
    assert (after.x, after.y) == (before.x, before.y)


def test_a_file_moved_by_copying_keeps_its_id_by_its_sound(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    sample = bench.id_of("kit 0/kick 0.wav")
    copy = bench.folder / "elsewhere.wav"
    shutil.copyfile(bench.folder / "kit 0/kick 0.wav", copy)
    touch_later(copy)
    os.unlink(bench.folder / "kit 0/kick 0.wav")
    again = bench.index()
    assert (again.counts.encoded, again.counts.moved) == (0, 1)
    assert bench.id_of("elsewhere.wav") == sample


def test_a_deleted_file_goes_and_what_was_said_of_it_returns_with_its_sound(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    path = bench.folder / "kit 0/kick 0.wav"
    sample = bench.id_of("kit 0/kick 0.wav")
    assert sample is not None
    with open_for_writing(bench.path) as store:
        store.set_tags([sample], ["mine"])
    kept = path.read_bytes()
    path.unlink()
    assert bench.index().counts.removed == 1
    assert bench.id_of("kit 0/kick 0.wav") is None
    path.write_bytes(kept)
    bench.index()
    found = bench.id_of("kit 0/kick 0.wav")
    assert found is not None
    with bench.library() as library:
        row = library.sample(found)
    assert row is not None
    assert row.tags == ("mine",)


def test_an_unplugged_root_and_an_empty_mount_lose_nothing(bench: Bench, tmp_path: Path) -> None:
    made = tree(bench.folder, each=1)
    bench.index()
    os.rename(bench.folder, tmp_path / "unplugged")
    gone = bench.index(add=False)
    assert (gone.samples, gone.counts.missing) == (len(made), len(made))
    bench.folder.mkdir()
    empty = bench.index()
    assert empty.samples == len(made)
    assert empty.counts.empty_roots == [os.fsencode(bench.folder)]
    bench.folder.rmdir()
    os.rename(tmp_path / "unplugged", bench.folder)
    back = bench.index()
    assert (back.samples, back.counts.decoded) == (len(made), 0)
    with bench.library() as library:
        assert library.status()["missing"] == 0


def test_a_file_that_breaks_leaves_the_map_with_its_reason_and_returns_when_mended(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    path = bench.folder / "kit 0/kick 0.wav"
    kept = path.read_bytes()
    path.write_bytes(b"RIFFnonsense")
    touch_later(path)
    broken = bench.index()
    assert broken.counts.rejected == 1
    with bench.library() as library:
        assert [reject.stat.path for reject in library.rejects()] == [os.fsencode(path)]
    assert bench.id_of("kit 0/kick 0.wav") is None
    assert bench.index().counts.decoded == 0  # a known reject is not tried again
    path.write_bytes(kept)
    touch_later(path, 4)
    bench.index()
    assert bench.id_of("kit 0/kick 0.wav") is not None
    with bench.library() as library:
        assert library.rejects() == []


def test_without_a_map_head_components_place_and_no_dot_moves_for_a_newcomer(
    tmp_path: Path, other_workers: IndexWorkers
) -> None:
    bench = Bench(tmp_path, other_workers)
    tree(bench.folder)
    outcome = bench.index()
    assert outcome.layout == "pca"
    with bench.library() as library:
        assert np.isfinite(library.snapshot().xy).all()
    write(bench.folder / "late.wav", one_shot("snare", 77))
    with bench.library() as library:
        before = library.snapshot()
    bench.index()
    with bench.library() as library:
        after = library.snapshot()
    kept = np.isin(after.ids, before.ids)
    assert np.array_equal(after.xy[kept], before.xy)
    assert np.isfinite(after.xy).all()


def test_copies_have_a_place_and_a_row_each(bench: Bench) -> None:
    for folder in "abc":
        write(bench.folder / folder / "kick.wav", one_shot("kick", 1))
    tree(bench.folder / "d")
    bench.index()
    with bench.library() as library:
        snapshot = library.snapshot()
        copies = np.array([library.id_of(os.fsencode(bench.folder / folder / "kick.wav")) for folder in "abc"])
    rows = np.searchsorted(snapshot.ids, copies)
    assert len(np.unique(snapshot.xy[rows], axis=0)) == 3
    apart = np.linalg.norm(snapshot.xy[:, np.newaxis] - snapshot.xy[rows], axis=2)
    assert apart[rows].max() < 0.5 * apart.max()  # this network has random weights: more is in tests of the map


def test_an_empty_folder_is_no_error(bench: Bench) -> None:
    assert bench.index().samples == 0


def test_many_files_below_a_link_are_told_before_they_are_read(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MANY_BELOW_LINK", 3)
    for number in range(3):
        write(tmp_path / "far" / f"{number}.wav", one_shot("kick", number))
    os.symlink(tmp_path / "far", bench.folder / "link")
    told: list[tuple[str, int]] = []
    for _ in range(2):
        with open_for_writing(bench.path) as store:
            index_library(
                store,
                add=[os.fsencode(bench.folder)],
                model=None,
                jobs=2,
                layout="none",
                report=lambda _: None,
                tell=lambda note: told.append((note, store.counts().samples)),
                workers=bench.workers,
            )
    ((note, stored),) = told
    assert note == f"a link leads to 3 new files, which are read now: {bench.folder / 'link'}" and stored == 0
    with bench.library() as library:
        assert len(library) == 3
