"""What failed through no fault of its own is due again after a while that grows."""

from __future__ import annotations

from tui_browser.errors import RejectCode
from tui_browser.indexing.retries import RetrySchedule
from tui_browser.records import FileStat, Reject, UnseenPath


def reject(path: bytes, code: RejectCode) -> Reject:
    return Reject(FileStat(path, 1, 1, 1, 1), "no", code)


LOCKED = UnseenPath(b"/r/locked", "cannot be read (Permission denied)")


def test_the_pause_doubles_until_something_changes() -> None:
    tries = RetrySchedule(first_s=10, longest_s=30)
    assert tries.due(1000) == frozenset()
    rejects = [reject(b"/r/k/a.wav", RejectCode.IO), reject(b"/r/l/b.wav", RejectCode.CONTENT)]
    tries.note(rejects, [LOCKED], now=0)
    folders = {b"/r/k", b"/r/locked"}
    assert [second for second in range(120) if tries.due(second) == folders] == [10, 30, 60, 90]
    tries.note(rejects, [LOCKED], now=110)
    assert tries.due(115) == frozenset()
    tries.note(rejects, [], now=121)
    assert tries.due(130) == frozenset() and tries.due(131) == {b"/r/k"}
    tries.note([], [], now=140)
    assert tries.due(10_000) == frozenset()


def test_what_could_not_be_looked_at_is_told_once() -> None:
    tries = RetrySchedule()
    assert tries.note([], [LOCKED], now=0) == f"{LOCKED.reason}, its samples are kept: /r/locked"
    assert tries.note([], [LOCKED], now=1) == ""
    more = [UnseenPath(b"/r/%d" % number, "empty at the moment") for number in range(3)]
    told = tries.note([], [LOCKED, *more], now=2)
    assert told.startswith("3 folders or files could not be read, their samples are kept")
    assert tries.note([], [], now=3) == ""
    assert "/r/locked" in tries.note([], [LOCKED], now=4)
