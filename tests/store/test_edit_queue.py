"""Edits that wait for the writer: made in order, each once, and lost by nobody's end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.store_processes import child, end, filled, line
from tui_browser.errors import LibraryError
from tui_browser.records import SampleId
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.annotation_fields import as_fields, from_fields
from tui_browser.store.edit_queue import EditQueue, QueuedEdit
from tui_browser.store.store import Store

ONE = SampleId(1)


def rated(rating: int | None, sample: SampleId = ONE) -> AnnotationChange:
    return AnnotationChange(ratings={sample: rating})


def rating(path: str, sample: SampleId = ONE) -> int | None:
    with Store.open(path) as store:
        row = store.row(sample)
        assert row is not None
        return row.rating


def test_what_waited_is_made_by_the_next_writer_in_order(path: str) -> None:
    filled(path)
    queue = EditQueue(path)
    for number in (1, 2, 3):
        queue.add(QueuedEdit(rated(number), origin="me", number=number))
    queue.add(QueuedEdit(AnnotationChange(collect={"late": CollectedSamples([ONE])})))
    queue.add(QueuedEdit(AnnotationChange(collect={"late": CollectedSamples([SampleId(2)])}), run="collect add"))
    queue.add(QueuedEdit(add_root=b"/more \xff"))
    assert len(queue.waiting()) == 6 and rating(path) is None
    with Store.open(path, mode="write") as store, store.writing():
        pass
    assert rating(path) == 3 and queue.waiting() == [] and not os.path.exists(f"{path}.edits")
    with Store.open(path, mode="write") as store, store.writing():
        collection = store.collection("late")
        assert collection is not None and collection.samples == [1, 2]
        assert b"/more \xff" in store.root_paths()
        assert store.take_back() is not None
        store.take_back_queued(origin="me", number=3)
        assert rating(path) == 2
        store.take_back_queued(origin="other", number=2)
        assert rating(path) == 2


def test_a_reader_that_is_killed_loses_nothing_and_a_writer_makes_it_while_it_writes(path: str) -> None:
    filled(path)
    writer = child(
        """
        import sys, time
        from tui_browser.store.store import Store
        with Store.open(sys.argv[1], mode="write") as store, store.writing():
            print("held", flush=True)
            sys.stdin.readline() if sys.stdin else None
            while store.row(1).rating is None:
                store.make_queued_edits()
            print("made", flush=True)
            time.sleep(60)
        """,
        path,
    )
    reader = child(
        """
        import sys, os, signal
        from tui_browser.store.annotation_changes import AnnotationChange
        from tui_browser.store.edit_queue import EditQueue, QueuedEdit
        EditQueue(sys.argv[1]).add(QueuedEdit(AnnotationChange(ratings={1: 5})))
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        path,
    )
    try:
        reader.communicate(timeout=30)
        assert line(writer) == "held" and line(writer) == "made" and rating(path) == 5
    finally:
        end(writer)


def test_a_writer_that_is_killed_before_the_file_is_deleted_makes_it_once(path: str) -> None:
    filled(path)
    queue = EditQueue(path)
    queue.add(QueuedEdit(rated(2)))
    with Store.open(path, mode="write") as store:
        with store._guard:  # as `make_queued_edits` does it, and killed before `clear`
            from tui_browser.store.transactions import change

            with change(store._connection()) as revision:
                queue.make(store._connection(), revision=revision)
        assert len(queue.waiting()) == 1 and rating(path) == 2
        with store.writing():
            store.annotate(rated(4))
            assert store.make_queued_edits() == []
    assert rating(path) == 4 and queue.waiting() == []


def test_an_edit_that_cannot_be_made_is_put_aside_and_holds_nobody_up(path: str) -> None:
    filled(path)
    queue = EditQueue(path)
    broken = queue.add(QueuedEdit(rated(1)))
    Path(broken).write_text('{"id": "x", "change": {"ratings": {"1": 9}}}')
    queue.add(QueuedEdit(AnnotationChange(rename={"none such": "other"})))
    queue.add(QueuedEdit(AnnotationChange(collect={"bad\nname": CollectedSamples([ONE])})))
    queue.add(QueuedEdit(rated(3)))
    with Store.open(path, mode="write") as store, store.writing():
        assert rating(path) == 3
    aside = [name for name in os.listdir(f"{path}.edits") if name.endswith(".refused")]
    assert len(aside) >= 2 and queue.waiting() == []


def test_a_folder_of_a_stranger_is_not_read_nor_written(path: str, tmp_path: Path) -> None:
    filled(path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.symlink(elsewhere, f"{path}.edits")
    (elsewhere / "0.json").write_text("{}")
    with pytest.raises(LibraryError, match="could not be kept"):
        EditQueue(path).add(QueuedEdit(rated(1)))
    assert EditQueue(path).waiting() == [] and os.listdir(elsewhere) == ["0.json"]


def test_a_full_disk_is_one_sentence_and_what_waits_goes_on_waiting(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a drive")
    drive = tmp_path / "drive"
    drive.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(drive)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no drive can be mounted here")
    try:
        path = str(drive / "l.db")
        filled(path)
        queue = EditQueue(path)
        queue.add(QueuedEdit(rated(2)))
        with open(drive / "filler", "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        with pytest.raises(LibraryError, match="could not be kept"):
            queue.add(QueuedEdit(rated(3)))
        with pytest.raises(LibraryError, match="is the disk full") as caught, Store.open(path, mode="write"):
            pass
        assert "\n" not in str(caught.value) and len(queue.waiting()) == 1
        os.unlink(drive / "filler")
        with Store.open(path, mode="write") as store, store.writing():
            pass
        assert rating(path) == 2 and queue.waiting() == []
    finally:
        subprocess.run(["umount", str(drive)], check=False)


def test_a_change_is_the_same_after_json(path: str) -> None:
    import json

    change = AnnotationChange(
        ratings={ONE: 3}, notes={ONE: "a\nb"}, classes={ONE: None}, flags={1: {ONE: True}}, add_tags={"x": [ONE]},
        rename={"a": "b"}, collect={"c": CollectedSamples([ONE], 2)}, uncollect={"d": [ONE]},
    )  # fmt: skip
    assert from_fields(json.loads(json.dumps(as_fields(change)))) == change
