"""What the app asks for is made, or kept for the process that writes; it is in order and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.store_processes import filled
from tui_browser.errors import LibraryError
from tui_browser.records import SampleId
from tui_browser.service.annotation_edits import AnnotationEdits
from tui_browser.service.index_jobs import WriterLock
from tui_browser.service.messages import AddRoot, Annotate, Event, ForgetRoot, Notice, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.edit_queue import EditQueue
from tui_browser.store.store import Store

ONE = SampleId(1)


class Desk:
    """The edits of one app, beside another process's store."""

    def __init__(self, path: str) -> None:
        self.store, self.other = Store.open(path, mode="write"), Store.open(path, mode="write")
        self.events: list[Event] = []
        self.edits = AnnotationEdits(self.store, WriterLock(self.store), emit=self.events.append)

    def rate(self, rating: int, number: int = 0) -> None:
        self.edits.request(Annotate(AnnotationChange(ratings={ONE: rating}), number))

    def rating(self) -> int | None:
        row = self.store.row(ONE)
        assert row is not None
        return row.rating

    def close(self) -> None:
        self.store.close()
        self.other.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    filled(str(tmp_path / "library.db"))
    made = Desk(str(tmp_path / "library.db"))
    yield made
    made.close()


def test_edits_wait_in_order_while_another_process_writes(desk: Desk, tmp_path: Path) -> None:
    desk.rate(1, 1)
    assert desk.rating() == 1
    with desk.other.writing():
        desk.rate(2, 2)
        desk.rate(3, 3)
        desk.edits.request(AddRoot(bytes(tmp_path)))
        desk.edits.poll()
        assert desk.rating() == 1 and len(desk.store.edit_queue.waiting()) == 3
        desk.other.make_queued_edits()
        assert desk.rating() == 3 and bytes(tmp_path) in desk.store.root_paths()
        desk.edits.request(TakeBack(3))
        desk.edits.request(TakeBack(1))
        desk.edits.request(ForgetRoot(bytes(tmp_path)))
        assert desk.rating() == 3
    desk.edits.poll()
    assert desk.rating() is None and bytes(tmp_path) not in desk.store.root_paths()
    desk.edits.request(TakeBack(2))
    assert desk.rating() == 1
    assert desk.events == []


def test_what_waits_is_made_before_what_is_asked_for_later(desk: Desk) -> None:
    with desk.other.writing():
        desk.rate(2)
    desk.rate(5)
    desk.edits.poll()
    assert desk.rating() == 5 and desk.store.edit_queue.waiting() == []


def test_a_wrong_edit_is_refused_and_is_not_tried_again(desk: Desk) -> None:
    with pytest.raises(LibraryError):
        desk.edits.request(Annotate(AnnotationChange(rename={"none such": "other"})))
    desk.rate(4)
    assert desk.rating() == 4


def test_what_cannot_be_kept_on_a_full_disk_is_made_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(queue: EditQueue, edit: object) -> str:
        raise LibraryError("the change could not be kept") from OSError(28, "No space left on device")

    with desk.other.writing(), monkeypatch.context() as patch:
        patch.setattr(EditQueue, "add", full)
        with pytest.raises(LibraryError, match="could not be kept"):
            desk.rate(2)
        desk.rate(3)
        desk.edits.poll()
    assert desk.rating() is None
    desk.edits.poll()
    assert desk.rating() == 3


def test_a_writer_that_takes_long_is_told_of_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_browser.service.annotation_edits.TOLD_AFTER_S", 0.0)
    with desk.other.writing():
        desk.rate(2)
        for _ in range(3):
            desk.edits.poll()
    (notice,) = desk.events
    assert isinstance(notice, Notice) and "1 change kept until it is done" in notice.text
