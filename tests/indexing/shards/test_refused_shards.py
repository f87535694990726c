"""Shards that are left alone, refused, or merged in part."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.libraries import index
from tests.support.library_rows import differences
from tests.support.shard_jobs import Job
from tests.support.sounds import one_shot, write
from tui_browser.errors import BrowserError, LibraryError
from tui_browser.indexing.shards.shard_file import ShardError, ShardReader, ShardWriter, is_complete
from tui_browser.indexing.workers import IndexWorkers


def test_a_complete_shard_is_known_and_another_is_not_replaced(job: Job) -> None:
    assert not is_complete(job.path(1), job.job(1))
    job.run(1)
    assert is_complete(job.path(1), job.job(1))
    with pytest.raises(ShardError, match="a shard of another job"):
        is_complete(job.path(1), job.job(2))
    with pytest.raises(ShardError, match="not a shard"):
        is_complete(str(write(job.base / "sound.wav", one_shot("kick", 1))), job.job(1))


def test_two_processes_do_not_write_one_shard(job: Job) -> None:
    first = ShardWriter(job.path(1), job.job(1))
    with pytest.raises(ShardError, match="another process works on this shard"):
        ShardWriter(job.path(1), job.job(1))
    first.close()
    ShardWriter(job.path(1), job.job(1)).close()
    with pytest.raises(ShardError, match="unfinished shard of another job"):
        ShardWriter(job.path(1), job.job(2))


def test_a_machine_that_does_not_see_the_folder_makes_no_shard(job: Job) -> None:
    for folder, said in ((job.base / "nowhere", "not there"), (job.base / "empty", "no sound")):
        if said == "no sound":
            folder.mkdir()
        with pytest.raises(ShardError, match=said):
            job.run(1, job=job.job(1, folder=folder))
    assert not os.path.exists(job.path(1))


def test_shards_that_do_not_belong_together_are_refused(job: Job) -> None:
    job.run_all()
    files = [job.path(number) for number in (1, 2, 3)]
    _refused(job, files[:2], "shard 3 of 3 missing")
    _refused(job, files[1:2], "shards 1, 3 of 3 missing")
    job.run(1, job=job.job(1, of=2), path=job.path(9))
    _refused(job, [*files, job.path(9)], "overlap: this is of 2 shards, not 3")
    write(job.base / "more" / "x.wav", one_shot("kick", 5))
    job.run(2, job=job.job(2, folder=job.base / "more"), path=job.path(8))
    _refused(job, [files[0], job.path(8), files[2]], "of other folders")
    _refused(job, [*files, str(job.base / "none")], "cannot be read")
    write(job.folder / "a.wav", one_shot("tom", 1))
    write(job.folder / "b.wav", one_shot("tom", 2))
    write(job.folder / "c.wav", one_shot("tom", 3))
    write(job.folder / "d.wav", one_shot("tom", 4))
    contents = [_content(file) for file in files]
    twin = next(number for number in (1, 2, 3) if job.run(number, path=job.path(7)).content != contents[number - 1])
    _refused(job, [*files, job.path(7)], f"two different files are shard {twin} of 3")
    assert not os.path.exists(job.library)


def _content(file: str) -> str:
    reader = ShardReader(file)
    reader.close()
    return reader.manifest.content


def _refused(job: Job, files: Sequence[str], said: str) -> None:
    with pytest.raises(ShardError, match=said):
        job.merge(files)


def test_shards_of_another_model_are_refused(job: Job) -> None:
    job.run_all()
    other = Job(job.base, IndexWorkers(tiny_bundle(job.base / "other model", seed=5), jobs=1, nice=False))
    try:
        other.run(3, job=other.job(3), path=job.path(6))
        _refused(job, [job.path(1), job.path(2), job.path(6)], "another model")
        index(job.library, job.folder, workers=other.workers)
        with pytest.raises(BrowserError, match=r"the library uses the model .*, the shards"):
            job.merge()
    finally:
        other.workers.close()


def test_part_of_a_job_is_merged_on_request_and_takes_nothing_else_away(job: Job) -> None:
    index(job.library, job.folder, workers=job.workers)
    for kit in ("kit 0", "kit 1"):
        (job.folder / kit / "tom 0.wav").unlink(missing_ok=True)
        (job.folder / kit / "tom 1.wav").unlink(missing_ok=True)
    manifests = job.run_all()
    first = job.merge([job.path(2)], partial=True)
    rest = job.merge()
    assert first.counts.removed + rest.counts.removed == 2 and sum(manifest.files for manifest in manifests) == 22
    assert differences(job.library, job.index(), without={"x", "y"}) == []  # samples stay in their places


@pytest.mark.parametrize("place", [3, 40, 400, -400, -30])
def test_a_damaged_shard_is_refused_whole(job: Job, place: int) -> None:
    job.of = 1
    job.run(1)
    content = bytearray(Path(job.path(1)).read_bytes())
    content[place] ^= 0x10
    Path(job.path(1)).write_bytes(content)
    _refused(job, [job.path(1)], "damaged|not a shard")
    assert not os.path.exists(job.library)


def test_the_last_line_of_a_shard_is_its_manifest(job: Job) -> None:
    manifest = job.run(2)
    last = json.loads(Path(job.path(2)).read_bytes().rstrip().rpartition(b"\n")[2])
    assert (last["shard"], last["of"], last["content"]) == (2, 3, manifest.content)
    assert last["space"] == job.workers.bundle.space and last["roots"] == [str(job.folder)]


def test_a_merge_into_what_is_no_library_is_refused(job: Job) -> None:
    job.run_all()
    Path(job.library).write_text("something else")
    with pytest.raises(LibraryError):
        job.merge()
