"""What a scan means for the library."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tui_browser.library.compare import Below, compare, root_of
from tui_browser.records import FileStat, SampleId


@dataclass(frozen=True)
class Row:
    id: SampleId
    size: int = 1
    mtime_ns: int = 1
    device: int = 1
    inode: int = 0
    content_hash: str = "h"
    missing: bool = False
    encoded_space: str = "s"


def stat(path: bytes, *, size: int = 1, mtime_ns: int = 1, inode: int = 0) -> FileStat:
    return FileStat(path, size, mtime_ns, 1, inode)


def test_unchanged_files_are_left_alone() -> None:
    plan = compare([stat(b"/r/a")], {b"/r/a": Row(SampleId(1))}, {}, space="s")
    assert (plan.decode, plan.unchanged, dict(plan.vanished)) == ((), 1, {})


def test_an_edit_is_read_again_alone() -> None:
    known = {b"/r/a": Row(SampleId(1)), b"/r/b": Row(SampleId(2))}
    plan = compare([stat(b"/r/a", mtime_ns=9), stat(b"/r/b")], known, {}, space="s")
    assert [s.path for s in plan.decode] == [b"/r/a"]
    assert plan.unchanged == 1


def test_a_rename_keeps_the_id_and_is_not_read() -> None:
    plan = compare([stat(b"/r/new", inode=7)], {b"/r/old": Row(SampleId(1), inode=7)}, {}, space="s")
    assert plan.decode == ()
    assert [(i, s.path) for i, s in plan.moved] == [(1, b"/r/new")]
    assert not plan.vanished


def test_two_files_of_one_name_are_two_files() -> None:
    plan = compare([stat(b"/r/x/kick.wav"), stat(b"/r/y/kick.wav")], {}, {}, space="s")
    assert len(plan.decode) == 2


def test_another_model_hears_everything_again() -> None:
    known = {b"/r/a": Row(SampleId(1)), b"/r/b": Row(SampleId(2))}
    plan = compare([stat(b"/r/a"), stat(b"/r/b")], known, {}, space="other")
    assert len(plan.decode) == 2


def test_what_lies_below_an_absent_folder_is_kept() -> None:
    known = {b"/r/a": Row(SampleId(1)), b"/q/b": Row(SampleId(2)), b"/r2/c": Row(SampleId(3))}
    plan = compare([], known, {}, space="s", blind=[b"/r"])
    assert plan.absent == (1,)
    assert set(plan.vanished) == {b"/q/b", b"/r2/c"}


def test_what_was_missing_comes_back() -> None:
    plan = compare([stat(b"/r/a")], {b"/r/a": Row(SampleId(1), missing=True)}, {}, space="s")
    assert plan.back == (1,)


def test_a_known_reject_is_not_tried_again_until_it_changes() -> None:
    assert compare([stat(b"/r/a")], {}, {b"/r/a": (1, 1)}, space="s").decode == ()
    assert len(compare([stat(b"/r/a", size=2)], {}, {b"/r/a": (1, 1)}, space="s").decode) == 1
    assert compare([], {}, {b"/r/a": (1, 1)}, space="s").stale_rejects == (b"/r/a",)


def test_a_look_at_one_folder_says_nothing_of_others() -> None:
    known = {b"/r/x/a": Row(SampleId(1)), b"/r/y/b": Row(SampleId(2))}
    plan = compare([], known, {}, space="s", within=[b"/r/x"])
    assert set(plan.vanished) == {b"/r/x/a"}


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=4))
def test_below_is_membership_of_the_subtree(parts: list[bytes]) -> None:
    path = b"/" + b"/".join([b"r", *parts])
    assert path in Below([b"/r"])
    assert path not in Below([b"/ra"])
    assert b"/" not in Below([b"/r"])


def test_the_deepest_root_wins() -> None:
    assert root_of(b"/a/b/c.wav", {b"/a", b"/a/b"}) == b"/a/b"
    assert root_of(b"/z/c.wav", {b"/a"}) == b""
