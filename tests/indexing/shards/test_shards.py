"""Shards of a job: together they are one index run, whatever was killed and repeated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries import index
from tests.support.library_rows import differences
from tests.support.loops import drum_kit, recording
from tests.support.odd_files import make_odd_files
from tests.support.shard_jobs import Job
from tests.support.sounds import one_shot, touch_later, tree, write
from tui_browser.config.pathmap import PathMap
from tui_browser.folder.scan import scan
from tui_browser.indexing.decoder_pool import DecodeOutcome
from tui_browser.indexing.encode_step import encode_files
from tui_browser.indexing.engine import Engine
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.shards import run
from tui_browser.indexing.shards.job import parse_shard, shard_of
from tui_browser.indexing.shards.shard_file import PART, ShardWriter
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import FAVOURITE, FileStat
from tui_browser.search.nearest import top_k


def test_every_file_is_in_one_shard_and_the_shards_are_even() -> None:
    roots = (b"/a", b"/a/b")
    paths = [b"/a/%d/x%d.wav" % (n % 7, n) for n in range(3000)] + [b"/a/b/%d.wav" % n for n in range(3000)]
    numbers = [shard_of(path, roots, of=5) for path in paths]
    assert set(numbers) == {1, 2, 3, 4, 5}
    assert max(map(numbers.count, range(1, 6))) < 1.1 * len(paths) / 5
    assert shard_of(b"/c/x.wav", roots, of=5) == 0
    moved = tuple(root.replace(b"/a", b"/mnt") for root in roots)
    assert numbers == [shard_of(path.replace(b"/a/", b"/mnt/", 1), moved, of=5) for path in paths]


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "1/99999999"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="as in 3/20"):
        parse_shard(text)
    assert parse_shard("3/20") == (3, 20)


def test_g1_merged_shards_equal_one_machine_row_for_row(job: Job) -> None:
    manifests = job.run_all()
    assert sum(manifest.files for manifest in manifests) == 24
    assert sum(manifest.rejects for manifest in manifests) == 1
    assert {manifest.listed for manifest in manifests} == {24}
    merged = job.merge()
    assert (merged.samples, merged.counts.decoded, merged.counts.rejected) == (23, 23, 1)
    assert differences(job.library, job.index()) == []


def test_c5_c6_slices_and_neighbours_in_a_merged_library(tmp_path: Path, workers: IndexWorkers) -> None:
    job = Job(tmp_path, workers, of=2)
    hits = [1.0, 6.2, 11.5, 16.0, 21.3, 26.4]
    kit = [*drum_kit(1).values(), *drum_kit(2).values()]
    long = recording(list(zip(hits, kit, strict=True)), seconds=30)
    tree(job.folder, each=1)
    path = write(job.folder / "take.wav", long)
    job.run_all()
    job.merge()
    with Library.open(job.library) as library:
        row = next(row for row in library.all_rows() if row.path == os.fsencode(path))
        found = library.sample(row.id)
        assert found is not None and len(found.slices) in (5, 6, 7)
        onsets = np.array([each.onset_s for each in found.slices])
        assert sum(np.abs(onsets - hit).min() < 0.05 for hit in hits) >= 5
        snapshot = library.snapshot()
        assert snapshot.vectors is not None
        own = snapshot.vectors[snapshot.ids == row.id][0]
        rows, distances = top_k(snapshot.vectors, own, k=4)
        brute = np.linalg.norm(snapshot.vectors - own, axis=1)
        assert rows.tolist() == np.argsort(brute, kind="stable")[:4].tolist() and distances[0] == 0


@pytest.mark.slow
def test_merged_shards_of_odd_files_equal_one_machine_row_for_row(tmp_path: Path, workers: IndexWorkers) -> None:
    job = Job(tmp_path, workers, of=2)
    make_odd_files(job.folder)
    job.run_all()
    job.merge()
    assert differences(job.library, job.index()) == []


def test_merging_again_changes_nothing(job: Job) -> None:
    job.run_all()
    job.merge()
    with Library.open(job.library) as library:
        revision = library.snapshot().revision
    again = job.merge()
    assert (again.counts.decoded, again.counts.rejected) == (0, 0)
    with Library.open(job.library) as library:
        assert library.snapshot().revision == revision
    assert differences(job.library, job.index()) == []


def test_an_index_after_a_merge_finds_nothing_new(job: Job) -> None:
    job.run_all()
    job.merge()
    with open_for_writing(job.library) as store:
        counts = index_library(
            store, model=None, jobs=1, layout="none", report=lambda _: None, workers=job.workers
        ).counts
    assert (counts.decoded, counts.moved, counts.removed) == (0, 0, 0)
    assert counts.unchanged + counts.checked >= 23


def test_merging_keeps_ids_and_annotations_also_of_moved_samples(job: Job) -> None:
    index(job.library, job.folder, workers=job.workers)
    stays, moves = job.folder / "kit 0" / "tom 0.wav", job.folder / "kit 0" / "snare 0.wav"
    with open_for_writing(job.library) as store:
        ids = [store.id_of(os.fsencode(path)) for path in (stays, moves)]
        found = [each for each in ids if each is not None]
        store.set_tags(found, add=["mine"])
        store.set_flag(found, FAVOURITE, True)
    moved = job.folder / "new" / "s.wav"
    moved.parent.mkdir()
    moves.rename(moved)
    gone = job.folder / "kit 1" / "tom 1.wav"
    gone.unlink()
    write(job.folder / "later.wav", one_shot("clap", 9))
    job.run_all()
    merged = job.merge()
    assert (merged.counts.moved, merged.counts.removed, merged.counts.decoded) == (1, 1, 1)
    with Library.open(job.library) as library:
        assert [library.id_of(os.fsencode(path)) for path in (stays, moved)] == ids
        rows = {row.id: row for row in library.all_rows()}
        assert all(rows[each].tags == ("mine",) and rows[each].favourite for each in found)
        assert library.id_of(os.fsencode(moves)) is library.id_of(os.fsencode(gone)) is None


def test_a_merge_removes_nothing_that_came_after_the_shards(job: Job) -> None:
    job.run_all()
    late = write(job.folder / "late.wav", one_shot("rim", 3))
    index(job.library, job.folder, workers=job.workers)
    merged = job.merge()
    assert merged.counts.removed == 0 and merged.samples == 24
    with Library.open(job.library) as library:
        assert library.id_of(os.fsencode(late)) is not None


def test_a_merge_where_the_folder_is_not_there_removes_nothing(job: Job) -> None:
    index(job.library, job.folder, workers=job.workers)
    (job.folder / "kit 0" / "tom 0.wav").unlink()
    job.run_all()
    job.folder.rename(job.base / "unplugged")
    assert job.merge().counts.removed == 0
    job.folder.mkdir()  # its mount point
    assert job.merge().counts.removed == 0
    job.folder.rmdir()
    (job.base / "unplugged").rename(job.folder)
    assert job.merge().counts.removed == 1


def test_other_roots_of_the_library_stay_as_they_are(job: Job) -> None:
    other = job.base / "other"
    write(other / "x.wav", one_shot("kick", 5))
    index(job.library, other, workers=job.workers)
    job.run_all()
    assert job.merge().samples == 24
    with Library.open(job.library) as library:
        assert library.id_of(os.fsencode(other / "x.wav")) is not None


def test_shards_are_merged_where_the_library_sees_the_files(job: Job) -> None:
    job.run_all()
    here = job.base / "here"
    job.folder.rename(here)
    rule = (os.fsencode(job.folder), os.fsencode(here))
    assert job.merge(path_map=PathMap((rule,))).samples == 23
    job.folder = here
    assert differences(job.library, job.index()) == []


def test_a_shard_goes_on_where_it_was(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = job.run(1)
    full = Path(job.path(1))
    content = full.read_bytes()
    full.unlink()
    stopped = content[: len(content) * 2 // 3]  # in the middle of a record
    Path(job.path(1) + PART).write_bytes(stopped)
    read: list[int] = []
    monkeypatch.setattr(run, "encode_files", _counting(read))
    again = job.run(1)
    assert 0 < sum(read) < whole.files
    assert (again.files, again.samples, again.listing) == (whole.files, whole.samples, whole.listing)
    assert again.content == whole.content
    assert not os.path.exists(job.path(1) + PART)


def _counting(read: list[int]) -> Callable[..., Iterator[list[DecodeOutcome]]]:
    def counted(files: Sequence[FileStat], *, engine: Engine) -> Iterator[list[DecodeOutcome]]:
        read.append(len(files))
        return encode_files(files, engine=engine)

    return counted


def test_a_shard_that_goes_on_sees_what_changed_meanwhile(job: Job) -> None:
    job.of = 1
    stopped = ShardWriter(job.path(1), job.job(1))
    for outcomes in encode_files(scan([os.fsencode(job.folder)]).files, engine=job.workers):
        stopped.add(outcomes)
    stopped.close()
    changed = write(job.folder / "kit 0" / "kick 0.wav", one_shot("cowbell", 4))
    touch_later(changed)
    (job.folder / "kit 1" / "kick 1.wav").unlink()
    (job.folder / "broken.wav").unlink()
    manifest = job.run(1)
    assert (manifest.files, manifest.samples, manifest.rejects) == (22, 22, 0)
    job.merge()
    assert differences(job.library, job.index()) == []
