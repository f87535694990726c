"""Which sample a file is: decided by its sound, in whatever order the files are read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clips import clip as stored_clip
from tui_browser.indexing.compare import compare
from tui_browser.indexing.identity import IdentityResolver, Verdict
from tui_browser.indexing.probing import MAX_PROBES, MAX_PROBES_RENUMBERED, InodeProbes
from tui_browser.records import Clip, FileStat, SampleId
from tui_browser.store.records import KnownRow


@dataclass(frozen=True)
class File:
    """One file on a drive; all of a test are equal in size and time unless told."""

    sound: str
    inode: int
    size: int = 100
    mtime_ns: int = 5
    ctime_ns: int = 1


Disk = dict[bytes, File]


def stat_of(path: bytes, file: File) -> FileStat:
    return FileStat(path, file.size, file.mtime_ns, 1, file.inode, file.ctime_ns)


def known_of(disk: Disk) -> dict[bytes, KnownRow]:
    """The library of this disk; ids in the order of paths."""
    return {
        path: KnownRow(SampleId(number), f.size, f.mtime_ns, 1, f.inode, f.sound, False, "s", f.ctime_ns)
        for number, (path, f) in enumerate(sorted(disk.items()), 1)
    }


def clip_of(path: bytes, file: File) -> Clip:
    return replace(stored_clip(b"x"), stat=stat_of(path, file), content_hash=file.sound)


def after(before: Disk, now: Disk, *, order: tuple[int, ...] = (), **more: Any) -> dict[bytes, int]:
    """Path -> id once the run is over; 0 for a new sample. `order` is that in which files are read."""
    known = known_of(before)
    plan = compare([stat_of(path, now[path]) for path in sorted(now)], known, {}, space="s", **more)
    identities = IdentityResolver(known, plan)
    ids = {path: int(known[path].id) for path in now if path in known}
    to_read = [stat.path for stat in (*plan.decode, *plan.doubtful, *plan.renumbered)]
    moved: dict[bytes, int] = {}
    fresh: set[bytes] = set()
    left = []
    for at in order or range(len(to_read)):
        clip = clip_of(to_read[at], now[to_read[at]])
        verdict, row = identities.judge(clip)
        if verdict is Verdict.MOVED:
            assert row is not None
            moved[clip.stat.path] = row.id
        elif verdict is Verdict.UNDECIDED:
            left.append(clip)
        elif clip.stat.path not in known:
            fresh.add(clip.stat.path)
    resolved = identities.resolve(left)
    moved |= {clip.stat.path: row.id for row, clip in resolved.moves}
    gone = set(moved.values())
    ids = {path: sample for path, sample in ids.items() if sample not in gone and path not in moved} | moved
    return {path: ids.get(path, 0) for path in now}


CHAIN: Disk = {b"/r/k1": File("a", 1), b"/r/k2": File("b", 2), b"/r/k3": File("c", 3)}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_renumbered_files_take_their_ids_along(order: tuple[int, ...]) -> None:
    now = {b"/r/k2": CHAIN[b"/r/k1"], b"/r/k3": CHAIN[b"/r/k2"], b"/r/k4": CHAIN[b"/r/k3"]}
    assert after(CHAIN, now, order=order) == {b"/r/k2": 1, b"/r/k3": 2, b"/r/k4": 3}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_swapped_files_swap_their_ids(order: tuple[int, ...]) -> None:
    before = {b"/r/a": File("a", 1), b"/r/b": File("b", 2)}
    assert after(before, {b"/r/a": before[b"/r/b"], b"/r/b": before[b"/r/a"]}, order=order) == {b"/r/a": 2, b"/r/b": 1}


def test_a_file_replaced_by_another_of_its_size_and_time_is_an_edit() -> None:
    assert after({b"/r/a": File("a", 1)}, {b"/r/a": File("z", 9, ctime_ns=4)}) == {b"/r/a": 1}


def test_a_new_file_with_the_inode_of_a_deleted_one_inherits_nothing() -> None:
    assert after({b"/r/a": File("a", 1)}, {b"/r/b": File("z", 1)}) == {b"/r/b": 0}


def test_of_equal_sounds_each_file_keeps_its_own() -> None:
    before = {b"/r/a": File("same", 1), b"/r/b": File("same", 2)}
    assert after(before, {b"/r/y": File("same", 2), b"/r/z": File("same", 1)}) == {b"/r/y": 2, b"/r/z": 1}


def test_a_copy_beside_its_original_is_a_sample_of_its_own() -> None:
    before = {b"/r/a": File("a", 1)}
    assert after(before, before | {b"/r/b": File("a", 2)}) == {b"/r/a": 1, b"/r/b": 0}
    touched = {b"/r/a": File("a", 1, ctime_ns=7), b"/r/b": File("a", 2)}
    assert after(before, touched) == {b"/r/a": 1, b"/r/b": 0}


def test_a_file_that_is_overwritten_by_another_sample_becomes_it() -> None:
    before = {b"/r/new": File("n", 1, mtime_ns=9), b"/r/old": File("o", 2)}
    assert after(before, {b"/r/old": File("n", 1, mtime_ns=9)}) == {b"/r/old": 1}


def test_a_file_out_of_an_emptied_folder_takes_its_id_along_and_a_copy_does_not() -> None:
    before = {b"/r/k/a": File("a", 1)}
    listed: dict[str, Any] = {"devices": {b"/r": 1, b"/r/k": 1, b"/r/l": 1}, "empty_folders": {b"/r/k"}}
    assert after(before, {b"/r/l/a": File("a", 8)}, **listed) == {b"/r/l/a": 1}
    assert after(before, {b"/r/l/a": File("a", 8, mtime_ns=6)}, **listed) == {b"/r/l/a": 0}


def test_a_root_that_was_renamed_is_known_by_inode_and_sound() -> None:
    before = {b"/old/a": File("a", 1), b"/old/b": File("b", 2)}
    now = {b"/new/a": File("a", 1), b"/new/b": File("b", 7)}
    assert after(before, now, unreachable=[b"/old"]) == {b"/new/a": 1, b"/new/b": 0}


@given(st.permutations("abcdef"), st.data())
def test_names_may_change_hands_in_any_way(order: list[str], data: st.DataObject) -> None:
    before = {b"/r/%d" % at: File(sound, at + 1) for at, sound in enumerate("abcdef")}
    names = data.draw(st.permutations([b"/r/%d" % at for at in range(9)]))[:6]
    now = {name: before[b"/r/%d" % "abcdef".index(sound)] for name, sound in zip(names, order, strict=True)}
    plan = compare([stat_of(path, now[path]) for path in sorted(now)], known_of(before), {}, space="s")
    reading = tuple(data.draw(st.permutations(range(len(plan.decode) + len(plan.doubtful) + len(plan.renumbered)))))
    wanted = {name: "abcdef".index(file.sound) + 1 for name, file in now.items()}
    assert after(before, now, order=reading) == wanted


def doubtful(count: int, *, again: int = 0) -> list[FileStat]:
    return [FileStat(b"/r/%d" % at, 1, 1, 1, at + 1000 * again) for at in range(count)]


def test_a_few_doubtful_files_are_all_read() -> None:
    probes = InodeProbes(doubtful(MAX_PROBES), [b"/r"], renumbered=[])
    assert len(probes.first) == MAX_PROBES and probes.trusted() == []
    assert probes.renumbered() == []


def test_of_many_some_are_read_others_each_time_and_all_once_one_differs() -> None:
    probes = InodeProbes(doubtful(1000), [b"/r"], renumbered=[])
    assert len(probes.first) == MAX_PROBES and len(probes.trusted()) == 1000 - MAX_PROBES
    assert probes.renumbered() == [b"/r"]
    later = InodeProbes(doubtful(1000, again=1), [b"/r"], renumbered=[b"/r"])
    assert len(later.first) == MAX_PROBES_RENUMBERED
    assert {stat.path for stat in later.first} - {stat.path for stat in probes.first}
    assert len(later.differs(later.first[0].path)) == 1000 - MAX_PROBES_RENUMBERED
    assert later.trusted() == [] and later.renumbered() == []
    assert later.differs(later.first[1].path) == []


def test_another_root_is_another_drive() -> None:
    other = [FileStat(b"/q/%d" % at, 1, 1, 1, at) for at in range(100)]
    probes = InodeProbes([*doubtful(1000), *other], [b"/r", b"/q"], renumbered=[])
    assert len(probes.differs(b"/q/" + probes.first[-1].path[3:])) == 100 - MAX_PROBES
    assert len(probes.trusted()) == 1000 - MAX_PROBES
