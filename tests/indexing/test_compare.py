"""What a scan means for the library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.errors import RejectCode
from tui_browser.indexing.compare import AWAY, EMPTY, Subtrees, compare, root_of
from tui_browser.records import FRESH_CTIME, PROVISIONAL, FileStat, SampleId
from tui_browser.store.records import KnownReject, KnownRow


def row(sample: int, *, size: int = 1, mtime_ns: int = 1, device: int = 1, inode: int = 0, **more: Any) -> KnownRow:
    facts = {"content_hash": "h", "missing": False, "encoded_space": "s", **more}
    return KnownRow(SampleId(sample), size, mtime_ns, device, inode, **facts)


def reject(
    *, size: int = 1, mtime_ns: int = 1, inode: int = 0, ctime_ns: int = 0, code: RejectCode = RejectCode.CONTENT
) -> KnownReject:
    return KnownReject(size, mtime_ns, inode, ctime_ns, code)


def stat(
    path: bytes, *, size: int = 1, mtime_ns: int = 1, inode: int = 0, ctime_ns: int = 0, device: int = 1
) -> FileStat:
    return FileStat(path, size, mtime_ns, device, inode, ctime_ns)


def paths(stats: Iterable[FileStat]) -> list[bytes]:
    return [each.path for each in stats]


def test_unchanged_files_are_left_alone() -> None:
    plan = compare([stat(b"/r/a")], {b"/r/a": row(1)}, {}, space="s")
    assert (plan.decode, plan.unchanged, dict(plan.vanished)) == ((), 1, {})


def test_an_edit_is_read_again_alone() -> None:
    known = {b"/r/a": row(1), b"/r/b": row(2)}
    plan = compare([stat(b"/r/a", mtime_ns=9), stat(b"/r/b")], known, {}, space="s")
    assert [s.path for s in plan.decode] == [b"/r/a"]
    assert plan.unchanged == 1


def test_a_row_beside_an_unchanged_reject_is_read_again_as_a_kill_may_leave_both() -> None:
    known, rejects = {b"/r/a": row(1, size=9)}, {b"/r/a": reject(), b"/r/b": reject()}
    plan = compare([stat(b"/r/a"), stat(b"/r/b")], known, rejects, space="s")
    assert (paths(plan.decode), plan.unchanged) == ([b"/r/a"], 1)


def test_a_rename_is_read_because_an_inode_proves_nothing() -> None:
    plan = compare([stat(b"/r/new", inode=7)], {b"/r/old": row(1, inode=7)}, {}, space="s")
    assert paths(plan.decode) == [b"/r/new"]
    assert plan.vanished == {b"/r/old": 1}


def test_another_inode_or_ctime_is_a_doubt_and_no_change() -> None:
    known = {
        b"/r/inode": row(1, inode=5, ctime_ns=8),
        b"/r/ctime": row(2, inode=6, ctime_ns=8),
        b"/r/old library": row(3, inode=7, ctime_ns=0),
        b"/r/same": row(4, inode=8, ctime_ns=8),
    }
    files = [
        stat(b"/r/inode", inode=50, ctime_ns=8), stat(b"/r/ctime", inode=6, ctime_ns=9),
        stat(b"/r/old library", inode=7, ctime_ns=8), stat(b"/r/same", inode=8, ctime_ns=8),
    ]  # fmt: skip
    plan = compare(files, known, {}, space="s")
    assert (paths(plan.doubtful), paths(plan.renumbered)) == ([b"/r/ctime"], [b"/r/inode"])
    assert (plan.decode, plan.unchanged) == ((), 2)
    assert plan.restat == ((3, files[2]),)


def test_a_drive_with_another_number_is_the_same_drive() -> None:
    plan = compare([stat(b"/r/a", device=9)], {b"/r/a": row(1)}, {}, space="s")
    assert (plan.unchanged, paths(each for _, each in plan.restat)) == (1, [b"/r/a"])


def test_two_files_of_one_name_are_two_files() -> None:
    plan = compare([stat(b"/r/x/kick.wav"), stat(b"/r/y/kick.wav")], {}, {}, space="s")
    assert len(plan.decode) == 2


def test_another_model_hears_everything_again() -> None:
    known = {b"/r/a": row(1), b"/r/b": row(2)}
    plan = compare([stat(b"/r/a"), stat(b"/r/b")], known, {}, space="other")
    assert len(plan.decode) == 2


def test_what_lies_below_an_absent_folder_is_kept() -> None:
    known = {b"/r/a": row(1), b"/q/b": row(2), b"/r2/c": row(3)}
    plan = compare([], known, {}, space="s", unreachable=[b"/r"])
    assert plan.absent == {b"/r/a": 1}
    assert plan.newly_absent == (1,)
    assert set(plan.vanished) == {b"/q/b", b"/r2/c"}


def test_what_was_missing_comes_back() -> None:
    plan = compare([stat(b"/r/a")], {b"/r/a": row(1, missing=True)}, {}, space="s")
    assert plan.back == (1,)


def test_a_known_reject_is_not_tried_again_until_it_changes() -> None:
    known = {b"/r/a": reject()}
    assert compare([stat(b"/r/a")], {}, known, space="s").decode == ()
    assert len(compare([stat(b"/r/a", size=2)], {}, known, space="s").decode) == 1
    assert len(compare([stat(b"/r/a", inode=3)], {}, known, space="s").doubtful) == 1
    assert compare([], {}, known, space="s").stale_rejects == (b"/r/a",)


@pytest.mark.parametrize("code", list(RejectCode))
def test_only_what_is_due_to_the_surroundings_is_tried_again(code: RejectCode) -> None:
    retry = frozenset(RejectCode) - {RejectCode.CONTENT}
    plan = compare([stat(b"/r/a")], {}, {b"/r/a": reject(code=code)}, space="s", retry=retry)
    assert len(plan.decode) == (code is not RejectCode.CONTENT)


def gone(files: list[FileStat], known: dict[bytes, KnownRow], **more: Any) -> tuple[set[bytes], set[bytes]]:
    """Paths that vanished, and paths that are absent."""
    plan = compare(files, known, {}, space="s", **more)
    return set(plan.vanished), set(plan.absent)


def test_a_bare_folder_proves_nothing() -> None:
    known = {b"/r/k/a": row(1), b"/r/k/deep/b": row(2), b"/r/x": row(3)}
    listed = {b"/r": 1, b"/r/k": 1}
    assert gone([stat(b"/r/y")], known, devices=listed, empty_folders={b"/r/k"}) == (
        {b"/r/x"}, {b"/r/k/a", b"/r/k/deep/b"},
    )  # fmt: skip
    plan = compare([stat(b"/r/y")], known, {}, space="s", devices=listed, empty_folders={b"/r/k"})
    assert plan.away == {b"/r/k": EMPTY}
    assert plan.emptied == {b"/r/k/a", b"/r/k/deep/b"}


def test_what_lay_on_a_drive_that_is_not_there_is_absent() -> None:
    known = {b"/r/usb/a": row(1, device=7), b"/r/b": row(2), b"/r/c": row(3)}
    files = [stat(b"/r/c")]
    for listed in ({b"/r": 1}, {b"/r": 1, b"/r/usb": 1}):  # its folder went with it, or is there with something in it
        assert gone(files, known, devices=listed) == ({b"/r/b"}, {b"/r/usb/a"})
        assert compare(files, known, {}, space="s", devices=listed).away == {b"/r/usb": AWAY}


def test_a_drive_that_came_back_under_another_number_may_lose_files() -> None:
    known = {b"/r/usb/a": row(1, device=7), b"/r/usb/b": row(2, device=7)}
    assert gone([stat(b"/r/usb/a", device=8)], known, devices={b"/r": 1, b"/r/usb": 8}) == ({b"/r/usb/b"}, set())


def test_files_may_lie_on_another_device_than_their_folder() -> None:
    known = {b"/r/a": row(1, device=7), b"/r/b": row(2, device=7)}
    assert gone([stat(b"/r/a", device=7)], known, devices={b"/r": 3}) == ({b"/r/b"}, set())


def test_a_look_at_one_folder_says_nothing_of_others() -> None:
    known = {b"/r/x/a": row(1), b"/r/y/b": row(2)}
    plan = compare([], known, {}, space="s", within=[b"/r/x"])
    assert set(plan.vanished) == {b"/r/x/a"}


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=4))
def test_below_is_membership_of_the_subtree(parts: list[bytes]) -> None:
    path = b"/" + b"/".join([b"r", *parts])
    assert path in Subtrees([b"/r"])
    assert path not in Subtrees([b"/ra"])
    assert b"/" not in Subtrees([b"/r"])


def test_the_deepest_root_wins() -> None:
    assert root_of(b"/a/b/c.wav", {b"/a", b"/a/b"}) == b"/a/b"
    assert root_of(b"/z/c.wav", {b"/a"}) == b""


def test_a_file_that_a_program_wrote_to_is_read_whatever_its_stats_say() -> None:
    known = {b"/r/a": row(1, ctime_ns=5), b"/r/b": row(2, ctime_ns=5)}
    files = [stat(b"/r/a", ctime_ns=5), stat(b"/r/b", ctime_ns=5)]
    assert paths(compare(files, known, {}, space="s", written={b"/r/b"}).doubtful) == [b"/r/b"]
    assert paths(compare(files, known, {}, space="s", verify=True).doubtful) == [b"/r/a", b"/r/b"]
    assert paths(compare(files, {}, {b"/r/a": reject(ctime_ns=5)}, space="s", verify=True).doubtful) == [b"/r/a"]


def test_who_comes_back_leaves_a_file_alone_that_has_just_changed() -> None:
    now_ns = 10**18
    files = [stat(b"/r/a", mtime_ns=now_ns, ctime_ns=now_ns)]
    known = {b"/r/a": row(1, mtime_ns=now_ns, ctime_ns=FRESH_CTIME)}
    early = compare(files, known, {}, space="s", now_ns=now_ns + 10**9)
    assert (early.doubtful, early.fresh, early.unchanged) == ((), (b"/r/a",), 1)
    for later in (
        compare(files, known, {}, space="s", now_ns=now_ns + 3 * 10**9),
        compare(files, known, {}, space="s"),
    ):
        assert (paths(later.doubtful), later.fresh) == ([b"/r/a"], ())


def test_a_file_of_which_only_the_head_was_read_is_left_to_the_second_pass() -> None:
    known = {b"/r/a": row(1, ctime_ns=FRESH_CTIME, content_hash=PROVISIONAL + "x")}
    plan = compare([stat(b"/r/a", ctime_ns=5)], known, {}, space="s")
    assert (plan.doubtful, plan.fresh, plan.unchanged) == ((), (), 1)
