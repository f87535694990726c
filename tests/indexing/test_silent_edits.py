"""Edits that keep size and modification time are heard; files that only look changed lose nothing."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.indexing.test_indexer import Bench
from tests.support.coarse_drives import DRIVES, coarse_drive
from tests.support.libraries import index, settle
from tests.support.sounds import write
from tui_browser.indexing.freshness import as_read, is_fresh
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import FRESH_CTIME, FileStat

LENGTH = 1_200
COUNT = 100
"""Files of the short form; `python -m benchmarks truth` has 1,000."""


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


@pytest.fixture(params=DRIVES)
def coarse(request: pytest.FixtureRequest, bench: Bench, tmp_path: Path) -> Iterator[Path]:
    with coarse_drive(request.param, bench.folder, tmp_path / "drive") as folder:
        yield folder


def tone(number: int, version: int) -> np.ndarray:
    """A sound that is another for each number and version, of one length."""
    rng = np.random.default_rng((number, version))
    return (0.3 * rng.standard_normal(LENGTH) * np.exp(-np.arange(LENGTH) / 300)).astype(np.float32)


def sounds(path: str) -> dict[bytes, str]:
    with Library.open(path) as library:
        return {row.path: row.content_hash for row in library.all_rows()}


def in_place(path: Path, sound: np.ndarray) -> None:
    facts = os.stat(path)
    temporary = write(path.with_suffix(".new.wav"), sound)
    with open(path, "r+b") as file:
        file.write(temporary.read_bytes())
    temporary.unlink()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def by_rename(path: Path, sound: np.ndarray) -> None:
    facts = os.stat(path)
    temporary = write(path.with_suffix(".new.wav"), sound)
    os.utime(temporary, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    os.rename(temporary, path)


@pytest.mark.parametrize("edit", [in_place, by_rename])
def test_g1_edits_that_keep_size_and_time_are_heard(
    bench: Bench, tmp_path: Path, edit: Callable[[Path, np.ndarray], None]
) -> None:
    paths = [bench.folder / f"{number}.wav" for number in range(COUNT)]
    for number, path in enumerate(paths):
        write(path, tone(number, 0))
    bench.index()
    settle(bench.path)
    before = sounds(bench.path)
    for number, path in enumerate(paths):
        edit(path, tone(number, 1))
    outcome = bench.index().counts
    assert (len(outcome.differing), outcome.encoded, outcome.checked) == (COUNT, COUNT, 0)
    now = sounds(bench.path)
    assert len(now) == COUNT and not any(now[path] == before[path] for path in before)
    index(tmp_path / "anew.db", bench.folder, workers=bench.workers)
    assert now == sounds(str(tmp_path / "anew.db"))


def test_edits_within_one_step_of_a_coarse_clock_are_heard(bench: Bench, coarse: Path, tmp_path: Path) -> None:
    """Each file is written, read, and written again before the drive's clock goes on."""
    unseen = 0
    for batch in range(6):
        paths = [coarse / f"{batch}-{number}.wav" for number in range(8)]
        numbers = [(number, version) for version in (0, 1) for number in range(8 * batch, 8 * batch + 8)]
        versions = [write(tmp_path / "made.wav", tone(*each)).read_bytes() for each in numbers]
        while time.time() % 2 > 0.3:  # begin with a step of the clock
            time.sleep(0.02)
        for path, content in zip(paths, versions[:8], strict=True):
            path.write_bytes(content)
        looks = [(os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in paths]
        bench.index()
        for path, content in zip(paths, versions[8:], strict=True):
            with open(path, "r+b") as file:
                file.write(content)
        unseen += sum(
            (os.stat(path).st_size, os.stat(path).st_mtime_ns) == look for path, look in zip(paths, looks, strict=True)
        )
        bench.index()
        index(tmp_path / f"anew {batch}.db", coarse, workers=bench.workers)
        assert sounds(bench.path) == sounds(str(tmp_path / f"anew {batch}.db"))
        if unseen >= 16:
            return
    pytest.skip(f"only {unseen} edits fell into one step of the clock: the machine is too slow")


def test_other_rights_or_links_are_looked_into_and_lose_nothing(bench: Bench, tmp_path: Path) -> None:
    paths = [bench.folder / f"{number}.wav" for number in range(70)]
    for number, path in enumerate(paths):
        write(path, tone(number, 0))
    bench.index()
    settle(bench.path)
    with open_for_writing(bench.path) as store:
        known = store.known()
        for name, row in known.items():
            store.set_tags([row.id], [os.path.basename(name).decode()])
    for path in paths[:60]:
        path.chmod(0o600)
    os.link(paths[60], tmp_path / "link.wav")
    by_rename(paths[61], tone(61, 0))  # as rsync does: the same sound in another file
    outcome = bench.index().counts
    assert (outcome.checked, outcome.encoded, outcome.again, outcome.differing) == (62, 0, {"state": 62}, [])
    with bench.library() as library:
        rows = list(library.all_rows())
    assert {row.path: row.id for row in rows} == {name: row.id for name, row in known.items()}
    assert all(row.tags == (os.path.basename(row.path).decode(),) for row in rows)
    settle(bench.path)
    assert bench.index().counts.again == {}


def test_among_many_new_rights_one_edit_is_heard(bench: Bench) -> None:
    """Where rights changed every file is read, not only some."""
    paths = [bench.folder / f"{number}.wav" for number in range(150)]
    for number, path in enumerate(paths):
        write(path, tone(number, 0))
    bench.index()
    settle(bench.path)
    for path in paths:
        path.chmod(0o600)
    in_place(paths[77], tone(77, 1))
    outcome = bench.index().counts
    assert (outcome.differing, outcome.checked) == ([os.fsencode(paths[77])], 149)


def test_a_file_that_had_just_changed_is_read_once_more(bench: Bench) -> None:
    path = write(bench.folder / "a.wav", tone(1, 0))
    bench.index()
    again = bench.index().counts
    assert (again.again, again.checked, again.encoded) == ({"fresh": 1}, 1, 0)
    while is_fresh(FileStat.of(os.fsencode(path), os.stat(path)), time.time_ns()):
        time.sleep(0.05)
    assert bench.index().counts.again == {"fresh": 1}
    assert bench.index().counts.again == {}


def test_a_reject_that_had_just_changed_is_tried_once_more(bench: Bench) -> None:
    path = bench.folder / "a.wav"
    content = write(bench.folder / "a.wav", tone(1, 0)).read_bytes()
    path.write_bytes(bytes(len(content)))
    facts = os.stat(path)
    assert bench.index().counts.rejected == 1
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert bench.index().samples == 1
    with bench.library() as library:
        assert library.rejects() == []


@pytest.mark.parametrize(
    ("age_s", "fresh"),
    [(0, True), (1.9, True), (-1.9, True), (3, False), (-3, False), (3_601, True), (-3_599, True), (1_799, True),
     (900, False), (3_605, False), (30 * 3_600, False), (1e9, False)],
)  # fmt: skip
def test_a_clock_in_another_time_zone_is_fresh_too(age_s: float, fresh: bool) -> None:
    now_ns = 1_700_000_000 * 10**9
    stat = FileStat(b"/a", 1, now_ns - int(age_s * 1e9), 1, 1, 5)
    assert is_fresh(stat, now_ns) is fresh
    assert (as_read(stat, read_ns=now_ns).ctime_ns == FRESH_CTIME) is fresh


def test_a_summer_time_shift_is_announced_and_loses_nothing(bench: Bench) -> None:
    for number in range(60):
        write(bench.folder / f"{number}.wav", tone(number, 0))
    bench.index()
    settle(bench.path)
    with open_for_writing(bench.path) as store:
        for row in store.known().values():
            store.set_tags([row.id], ["mine"])
    for path in bench.folder.iterdir():
        facts = os.stat(path)
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 3_600 * 10**9))
    outcome = bench.index().counts
    assert (outcome.again, outcome.encoded, outcome.checked) == ({"clock": 60}, 0, 60)
    with bench.library() as library:
        assert [row.tags for row in library.all_rows()] == [("mine",)] * 60


def test_verify_reads_what_shows_no_trace(bench: Bench, tmp_path: Path) -> None:
    """As on drives without ctime, or after a fault of the drive."""
    for number in range(6):
        write(bench.folder / f"kit {number % 2}" / f"{number}.wav", tone(number, 0))
    shutil.copy(bench.folder / "kit 0/0.wav", bench.folder / "kit 0/broken.wav")
    bench.index()
    before = sounds(bench.path)
    for number in (0, 1):
        in_place(bench.folder / f"kit {number}" / f"{number}.wav", tone(number, 1))
    (bench.folder / "kit 0/broken.wav").write_bytes(bytes(os.stat(bench.folder / "kit 0/broken.wav").st_size))
    settle(bench.path)
    assert bench.index().counts.again == {} and sounds(bench.path) == before
    part = index(bench.path, workers=bench.workers, verify=[bench.folder / "kit 0"])
    assert part.counts.differing == [os.fsencode(bench.folder / "kit 0/0.wav")]
    assert (part.counts.again, part.counts.rejected) == ({"verify": 4}, 1)
    whole = index(bench.path, workers=bench.workers, verify=[])
    assert whole.counts.differing == [os.fsencode(bench.folder / "kit 1/1.wav")]
    index(tmp_path / "anew.db", bench.folder, workers=bench.workers)
    assert sounds(bench.path) == sounds(str(tmp_path / "anew.db"))
