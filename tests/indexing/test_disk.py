"""What drives, rights and other programs do to files: nothing true is forgotten, nothing false is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.indexing.test_indexer import Bench
from tests.support.libraries import settle
from tests.support.sounds import one_shot, tree, write
from tui_browser.errors import RejectCode
from tui_browser.folder.scan import FolderScan, scan
from tui_browser.indexing import workers as index_workers
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import open_for_writing
from tui_browser.records import FileStat, Reject, SampleId, bounded


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


def ids(bench: Bench) -> dict[str, SampleId]:
    """Path below the folder -> id, of all samples."""
    with bench.library() as library:
        return {os.path.relpath(os.fsdecode(row.path), bench.folder): row.id for row in library.all_rows()}


def sounds(bench: Bench) -> dict[str, str]:
    with bench.library() as library:
        return {os.path.relpath(os.fsdecode(row.path), bench.folder): row.content_hash for row in library.all_rows()}


def missing(bench: Bench) -> set[str]:
    with bench.library() as library:
        return {os.path.relpath(os.fsdecode(row.path), bench.folder) for row in library.all_rows() if row.missing}


def unseen(bench: Bench) -> dict[str, str]:
    with bench.library() as library:
        return {os.path.relpath(os.fsdecode(one.path), bench.folder): one.reason for one in library.unseen()}


def mount_tmpfs(folder: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a drive")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no drive can be mounted here: {done.stderr.decode().strip()}")


@pytest.fixture
def stick(bench: Bench) -> Iterator[Path]:
    """A drive that is mounted below the root."""
    folder = bench.folder / "stick"
    folder.mkdir()
    mount_tmpfs(folder)
    yield folder
    subprocess.run(["umount", folder], capture_output=True, check=False)


@pytest.mark.parametrize("keep_folder", [True, False])
def test_a_drive_below_a_root_that_goes_is_missing_and_comes_back_under_its_ids(
    bench: Bench, stick: Path, tmp_path: Path, keep_folder: bool
) -> None:
    tree(stick, each=1)
    write(bench.folder / "own.wav", one_shot("kick", 1))
    write(bench.folder / "gone.wav", one_shot("clap", 2))
    shutil.copytree(stick, tmp_path / "saved")
    bench.index()
    before = ids(bench)
    subprocess.run(["umount", stick], check=True)
    if not keep_folder:
        stick.rmdir()
    (bench.folder / "gone.wav").unlink()
    away = bench.index()
    assert (away.counts.removed, away.counts.missing) == (1, len(before) - 2)
    del before["gone.wav"]
    assert ids(bench) == before
    assert missing(bench) == {name for name in before if name.startswith("stick/")}
    assert unseen(bench) == {"stick": "on a drive that is not connected"}
    stick.mkdir(exist_ok=True)
    mount_tmpfs(stick)
    shutil.copytree(tmp_path / "saved", stick, dirs_exist_ok=True)
    back = bench.index()
    assert (back.counts.encoded, ids(bench), missing(bench), unseen(bench)) == (0, before, set(), {})


def test_an_emptied_folder_is_missing_and_a_deleted_one_is_gone(bench: Bench, tmp_path: Path) -> None:
    made = tree(bench.folder, each=3)
    bench.index()
    before = ids(bench)
    shutil.copytree(bench.folder / "kit 0", tmp_path / "saved")
    for path in (bench.folder / "kit 0").iterdir():
        path.unlink()
    shutil.rmtree(bench.folder / "kit 1")
    outcome = bench.index()
    assert outcome.counts.removed == sum(name.startswith("kit 1/") for name in made)
    assert missing(bench) == {name for name in made if name.startswith("kit 0/")}
    assert unseen(bench) == {"kit 0": "empty at the moment"}
    shutil.copytree(tmp_path / "saved", bench.folder / "kit 0", dirs_exist_ok=True)
    bench.index()
    assert ids(bench) == {name: sample for name, sample in before.items() if not name.startswith("kit 1/")}
    assert missing(bench) == set()


def test_files_moved_out_of_a_folder_take_their_ids_along(bench: Bench) -> None:
    tree(bench.folder, each=1)
    bench.index()
    before = ids(bench)
    os.mkdir(bench.folder / "sorted")
    for path in (bench.folder / "kit 0").iterdir():
        path.rename(bench.folder / "sorted" / path.name)
    outcome = bench.index()
    assert (outcome.counts.encoded, outcome.counts.removed, missing(bench)) == (0, 0, set())
    assert ids(bench) == {name.replace("kit 0", "sorted"): sample for name, sample in before.items()}


def test_a_link_that_leads_nowhere_just_now_forgets_nothing(bench: Bench, tmp_path: Path) -> None:
    made = tree(tmp_path / "elsewhere", each=1)
    write(bench.folder / "own.wav", one_shot("kick", 1))
    os.symlink(tmp_path / "elsewhere", bench.folder / "link")
    os.symlink(tmp_path / "nothing", bench.folder / "never.wav")
    bench.index()
    before = ids(bench)
    os.rename(tmp_path / "elsewhere", tmp_path / "away")
    assert bench.index().counts.missing == len(made)
    assert unseen(bench) == {"link": "a broken link"}
    os.rename(tmp_path / "away", tmp_path / "elsewhere")
    bench.index()
    assert (ids(bench), missing(bench), unseen(bench)) == (before, set(), {})


def test_a_folder_that_its_parent_names_and_the_drive_denies_is_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(bench.folder, each=2)
    bench.index()
    before = ids(bench)
    real = os.stat

    def failing(path: int | bytes | str, *args: Any, **more: Any) -> os.stat_result:
        if isinstance(path, bytes) and path.endswith(b"/kit 0"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(path, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", failing)
        outcome = bench.index()
    assert (outcome.counts.removed, ids(bench)) == (0, before)
    assert missing(bench) == {name for name in before if name.startswith("kit 0/")}
    assert unseen(bench) == {"kit 0": "cannot be read (listed in its folder, but not accessible)"}
    bench.index()
    assert (missing(bench), unseen(bench)) == (set(), {})


def test_a_file_replaced_by_another_of_its_size_and_time_is_heard(bench: Bench, tmp_path: Path) -> None:
    old, new = bench.folder / "a.wav", tmp_path / "new.wav"
    write(old, one_shot("kick", 1)[:6000])
    write(bench.folder / "b.wav", one_shot("snare", 2))
    write(new, one_shot("cymbal", 3)[:6000])
    for path in (old, new):
        os.utime(path, ns=(10**18, 10**18))
    bench.index()
    before, heard = ids(bench), sounds(bench)
    shutil.copy2(new, bench.folder / "t")
    os.rename(bench.folder / "t", old)
    assert bench.index().counts.encoded == 1
    assert ids(bench) == before
    assert sounds(bench)["a.wav"] != heard["a.wav"] and sounds(bench)["b.wav"] == heard["b.wav"]
    settle(bench.path)
    with open(old, "r+b") as file:  # in place: the inode stays, its ctime tells
        file.seek(3000)
        file.write(bytes(2000))
    os.utime(old, ns=(10**18, 10**18))
    edited = bench.index().counts
    assert (edited.encoded, edited.checked, edited.differing) == (1, 0, [os.fsencode(old)])
    settle(bench.path)
    assert bench.index().counts.checked == 0


def test_renumbered_files_take_ids_and_tags_along(bench: Bench) -> None:
    for number in (1, 2, 3):
        write(bench.folder / f"k{number}.wav", one_shot("tom", number)[:4000])
        os.utime(bench.folder / f"k{number}.wav", ns=(10**18, 10**18))
    bench.index()
    before, heard = ids(bench), sounds(bench)
    with open_for_writing(bench.path) as store:
        for name, sample in before.items():
            store.set_tags([sample], [name])
    for number in (3, 2, 1):
        os.rename(bench.folder / f"k{number}.wav", bench.folder / f"k{number + 1}.wav")
    outcome = bench.index()
    assert (outcome.counts.encoded, outcome.counts.moved, outcome.counts.removed) == (0, 3, 0)
    assert ids(bench) == {f"k{number + 1}.wav": before[f"k{number}.wav"] for number in (1, 2, 3)}
    assert sounds(bench) == {f"k{number + 1}.wav": heard[f"k{number}.wav"] for number in (1, 2, 3)}
    with bench.library() as library:
        for number in (1, 2, 3):
            row = library.sample(before[f"k{number}.wav"])
            assert row is not None and row.tags == (f"k{number}.wav",)


def test_a_file_with_the_inode_size_and_time_of_another_inherits_nothing(bench: Bench) -> None:
    old = bench.folder / "old.wav"
    write(old, one_shot("kick", 1)[:4000])
    write(bench.folder / "other.wav", one_shot("clap", 1))
    os.utime(old, ns=(10**18, 10**18))
    bench.index()
    sample = ids(bench)["old.wav"]
    with open_for_writing(bench.path) as store:
        store.set_tags([sample], ["mine"])
    os.rename(old, bench.folder / "new.wav")
    with open(bench.folder / "new.wav", "r+b") as file:
        file.seek(2000)
        file.write(bytes(3000))
    os.utime(bench.folder / "new.wav", ns=(10**18, 10**18))
    assert bench.index().counts.moved == 0
    assert ids(bench)["new.wav"] != sample


def test_a_drive_that_numbers_files_anew_is_not_read_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(90):
        write(bench.folder / f"{number}.wav", one_shot("hat_closed", 1)[: 1000 + number])
    bench.index()
    settle(bench.path)
    before = ids(bench)
    shift = 1

    def renumbered(roots: Sequence[bytes], *, folders: Collection[bytes] | None = None) -> FolderScan:
        found = scan(roots, folders=folders)
        files = tuple(FileStat(f.path, f.size, f.mtime_ns, f.device, f.inode + shift, f.ctime_ns) for f in found.files)
        return type(found)(files, *(getattr(found, name) for name in list(found.__slots__)[1:]))

    monkeypatch.setattr(index_workers, "scan", renumbered)
    first = bench.index().counts
    assert (first.checked, first.encoded, first.again) == (64, 0, {"inode": 64})
    settle(bench.path, inode_shift=shift)
    assert bench.index().counts.checked == 0
    shift = 2
    assert bench.index().counts.checked == 8
    settle(bench.path, inode_shift=shift)
    assert bench.index().counts.checked == 0
    shift = 3
    for number in range(90):  # and now all are others
        path = bench.folder / f"{number}.wav"
        facts = os.stat(path)
        write(path, one_shot("hat_open", 1)[: 1000 + number])
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert bench.index().counts.encoded == 90
    assert ids(bench) == before


def test_a_root_that_was_renamed_keeps_ids_and_tags(bench: Bench, tmp_path: Path) -> None:
    tree(bench.folder, each=1)
    bench.index()
    before = ids(bench)
    os.rename(bench.folder, tmp_path / "renamed")
    bench.folder = tmp_path / "renamed"
    outcome = bench.index()
    assert (outcome.counts.encoded, outcome.counts.moved) == (0, len(before))
    assert ids(bench) == before


@pytest.mark.parametrize("code", [code for code in RejectCode if code is not RejectCode.MISSING_EXTRA])
def test_only_a_fault_of_the_file_takes_its_sample_away_and_stays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, code: RejectCode
) -> None:
    tree(bench.folder, each=1)
    bench.index()
    before = ids(bench)
    victim = os.fsencode(bench.folder / "kit 0/kick 0.wav")
    os.utime(victim, ns=(10**18, 10**18))
    pool = bench.workers.pool
    real = pool.take

    def refusing() -> list[object]:
        return [Reject(one.stat, "no", code) if one.stat.path == victim else one for one in real()]

    with monkeypatch.context() as patch:
        patch.setattr(pool, "take", refusing)
        tally = bench.index().counts
    mine = code is RejectCode.CONTENT
    assert (tally.rejected, tally.removed, tally.to_try_again) == (1, int(mine), [] if mine else [victim])
    assert ("kit 0/kick 0.wav" in ids(bench)) is not mine
    with bench.library() as library:
        assert [(reject.stat.path, reject.code) for reject in library.rejects()] == [(victim, code)]
    settle(bench.path)
    again = bench.index().counts
    assert again.rejected == 0
    if mine:
        assert again.unchanged == len(before)
        return
    assert ids(bench) == before
    with bench.library() as library:
        assert library.rejects() == []


def test_a_date_beyond_any_range_is_bounded_and_costs_nobody_anything(bench: Bench) -> None:
    made = tree(bench.folder, each=1)
    odd = bench.folder / min(made)
    os.utime(odd, ns=(10**19, 10**19))
    if os.stat(odd).st_mtime_ns <= bounded(10**30):
        pytest.skip("this file system has no dates beyond the year 2262")
    outcome = bench.index()
    assert (outcome.samples, outcome.counts.rejected, outcome.counts.unsettled) == (len(made), 0, [])
    with bench.library() as library:
        row = library.sample(ids(bench)[min(made)])
        assert row is not None and row.mtime_ns == (1 << 63) - 1
        assert library.vector_of(os.fsencode(odd)) is not None
    assert bench.index().counts.decoded == 0
