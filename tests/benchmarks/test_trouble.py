"""Short forms of the long trouble: random work, a burst, kills, bad drives and damaged files, each by its seed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.trouble.burst import burst
from benchmarks.trouble.damage_judge import judge
from benchmarks.trouble.damaged_files import make_damaged_files, make_whole_files, sound_kinds
from benchmarks.trouble.drives import DriveReport, try_drives
from benchmarks.trouble.killed_migration import KilledMigration
from benchmarks.trouble.kills import KillRun
from benchmarks.trouble.programs import Place
from benchmarks.trouble.same_library import LibraryFacts, differences
from benchmarks.trouble.sample_tree import SampleTree
from benchmarks.trouble.small_drive import NoDriveError, SmallDrive
from benchmarks.trouble.watched_work import WatchedWork
from tests.support.bundles import tiny_bundle
from tests.support.pty import linux_only

pytestmark = linux_only


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_bundle(tmp_path_factory.mktemp("model") / "tiny").folder


@pytest.fixture
def place(tmp_path: Path, model: str) -> Iterator[Place]:
    yield Place(str(tmp_path), model)
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_the_same_seed_does_the_same(tmp_path: Path) -> None:
    trees = [SampleTree(str(tmp_path / name), 7, most=40) for name in ("one", "other")]
    for _ in range(150):
        assert trees[0].step() == trees[1].step()
    contents = [
        {os.path.relpath(path, tree.folder): Path(path).read_bytes() for path in tree.files() if os.path.exists(path)}
        for tree in trees
    ]
    assert contents[0] == contents[1] and len(contents[0]) > 5


@pytest.mark.slow
def test_g1_random_work_under_the_watcher_ends_like_a_fresh_index(place: Place) -> None:
    with WatchedWork(place, seed=3, most=25) as work:
        report = work.round(50, pace_s=0.005)
    assert report.faults == [] and report.samples > 5


@pytest.mark.slow
def test_g1_a_burst_loses_nothing(place: Place) -> None:
    report = burst(place, files=150)
    assert (report.lost, report.faults) == (0, [])


@pytest.mark.slow
def test_g1_kills_at_random_moments_cost_nothing_that_was_confirmed(place: Place) -> None:
    run = KillRun(place, seed=5, files=10)
    assert run.kill_many(3, in_turn=("indexing", "watching", "tagging")) == []
    assert run.counts.total() == 3


@pytest.mark.attack
def test_many_kills_at_random_moments_cost_nothing_that_was_confirmed(place: Place) -> None:
    assert KillRun(place, seed=6, files=40).kill_many(30) == []


def test_a_kill_while_an_older_library_is_brought_up_to_date(place: Place) -> None:
    migration = KilledMigration(place, samples=1_000)
    for moment_s in (0.6, 1.2):
        faults, _ = migration.kill_once(moment_s)
        assert faults == []


def tried(place: Place, **options: Any) -> DriveReport:
    try:
        return try_drives(place, files=8, **options)
    except NoDriveError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_an_edit_a_migration_and_a_repair_on_full_and_read_only_drives(place: Place) -> None:
    report = tried(place, verbs=("tag",))
    assert report.faults == [] and report.steps == 6


@pytest.mark.attack
def test_each_step_on_full_and_read_only_drives(place: Place) -> None:
    report = tried(place)
    assert report.faults == [] and report.steps == 18


def test_a_full_drive_is_full_and_free_again(tmp_path: Path) -> None:
    try:
        with SmallDrive(str(tmp_path / "drive"), megabytes=2) as drive:
            drive.fill()
            with pytest.raises(OSError, match="No space"), open(tmp_path / "drive/more", "wb") as file:
                file.write(bytes(10_000))
            drive.free()
            assert drive.room > 1_500_000
    except NoDriveError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_a1_c12_damaged_files_are_a_sample_or_a_reject_with_a_true_reason(place: Place, tmp_path: Path) -> None:
    folder = str(tmp_path / "samples")
    damaged = list(make_damaged_files(folder, count=42, seed=2))
    whole = list(make_whole_files(f"{folder}/whole"))[::8]
    report = judge(place, damaged, whole, folder)
    assert report.faults == []
    assert report.samples + report.rejects == 42 and 5 < report.rejects < 35
    assert report.decoder_mb < 500


def test_every_format_that_soundfile_writes_is_among_the_damaged_ones(tmp_path: Path) -> None:
    forms = {kind.form for kind in sound_kinds()}
    assert {"WAV", "AIFF", "FLAC", "OGG", "MP3", "CAF", "AU", "W64", "RF64"} <= forms and len(sound_kinds()) > 80
    one, other = (
        [(os.path.basename(file.path), Path(os.fsdecode(file.path)).read_bytes()) for file in files]
        for files in (make_damaged_files(str(tmp_path / name), count=42, seed=9) for name in ("one", "other"))
    )
    assert one == other


def test_differences_are_named() -> None:
    facts = LibraryFacts(
        {b"/a": {"frames": 5, "z": np.zeros(3)}, b"/b": {"frames": 6, "z": None}}, {b"/c": ("empty", "c")}
    )
    assert differences(facts, facts) == []
    other = LibraryFacts({b"/a": {"frames": 1, "z": np.ones(3)}}, {b"/c": ("no sound", "c")}, twice=(b"/a",))
    assert differences(other, facts) == [
        "frames of /a: 1 for 5",
        "listed twice: /a",
        "reject /c: ('no sound', 'c') for ('empty', 'c')",
        "sample lacks in the library: /b",
        "z of /a: 3 numbers for 3 numbers",
    ]
