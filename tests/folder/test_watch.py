"""Hints reach us for whatever happens below a root; real folders, the system's own events."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.odd_files import put
from tui_browser.folder.watch import FolderWatcher

PATIENCE_S = 10.0


class Hints:
    """Collects what a watch says."""

    def __init__(self) -> None:
        self.calls: list[frozenset[bytes]] = []
        self.came = threading.Condition()

    def __call__(self, folders: frozenset[bytes]) -> None:
        with self.came:
            self.calls.append(folders)
            self.came.notify_all()

    def wait_for(self, folder: bytes) -> None:
        """Until a hint covers `folder`."""

        def covered() -> bool:
            return any(folder == at or folder.startswith(at + b"/") for call in self.calls for at in call)

        with self.came:
            assert self.came.wait_for(covered, PATIENCE_S), (folder, self.calls)

    def forget(self, settle_s: float = 0.2) -> None:
        time.sleep(settle_s)
        with self.came:
            self.calls.clear()


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    folder = os.fsencode(tmp_path / "samples")
    os.makedirs(folder + b"/kit")
    return folder


Start = Callable[..., FolderWatcher]


@pytest.fixture
def start(hints: Hints) -> Iterator[Start]:
    watches: list[FolderWatcher] = []

    def begin(*roots: bytes, **options: Any) -> FolderWatcher:
        settings: dict[str, Any] = {"quiet_s": 0.05, "look_s": 0.1, **options}
        watch = FolderWatcher(hints, **settings)
        watches.append(watch)
        watch.set_roots(roots)
        assert watch.ready(PATIENCE_S)
        return watch

    yield begin
    for watch in watches:
        watch.close()
        watch.close()


def test_a_file_that_comes_changes_moves_and_goes(root: bytes, hints: Hints, start: Start) -> None:
    start(root)
    path = put(root + b"/kit/\xff\n\x1b.wav", b"x")
    hints.wait_for(root + b"/kit")
    hints.forget()
    put(path, b"xy")
    hints.wait_for(root + b"/kit")
    hints.forget()
    os.rename(path, root + b"/moved.WAV")
    hints.wait_for(root + b"/kit")
    hints.wait_for(root)
    hints.forget()
    os.rename(root + b"/moved.WAV", root + b" outside.wav")
    hints.wait_for(root)
    hints.forget()
    os.rename(root + b" outside.wav", root + b"/kit/back.wav")
    hints.wait_for(root + b"/kit")
    hints.forget()
    os.unlink(root + b"/kit/back.wav")
    hints.wait_for(root + b"/kit")
    os.rename(root + b"/kit", root + b" kit")
    hints.forget(0.0)
    hints.wait_for(root + b"/kit")


def test_a_file_that_is_written_in_place_is_named(root: bytes, hints: Hints, start: Start) -> None:
    put(root + b"/kit/a.wav", b"one")
    put(root + b"/kit/a.txt", b"one")
    watch = start(root)
    put(root + b"/kit/a.txt", b"two")
    with open(root + b"/kit/a.wav", "r+b") as file:
        file.write(b"two")
    hints.wait_for(root + b"/kit")
    assert watch.take_written() == {root + b"/kit/a.wav"} and watch.take_written() == frozenset()


def test_a_drive_that_comes_or_goes_below_a_root_is_a_change(
    root: bytes, hints: Hints, start: Start, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    first = b"/dev/sda1 / ext4 rw 0 0\n"
    mounts.write_bytes(first)
    start(root, mounts=str(mounts), poll_s=0.2)
    hints.forget()
    mounts.write_bytes(first + b"/dev/sdb1 /elsewhere ext4 rw 0 0\n")
    hints.forget(0.4)
    assert hints.calls == []
    mounts.write_bytes(first + b"nas:/x " + root + b"/kit nfs rw 0 0\n")
    hints.wait_for(root + b"/kit")
    hints.forget()
    hints.wait_for(root + b"/kit")  # a network drive tells nothing: it is looked at again and again
    assert all(call == {root + b"/kit"} for call in hints.calls)
    put(root + b"/a.wav", b"x")  # and the rest of the root is watched as before
    hints.wait_for(root)
    mounts.write_bytes(first)
    hints.forget(0.4)
    hints.forget(0.4)
    assert hints.calls == []


def test_reading_and_other_files_are_no_change(root: bytes, hints: Hints, start: Start) -> None:
    path = put(root + b"/kit/a.wav", b"x")
    start(root)
    hints.forget()
    with open(path, "rb") as file:
        file.read()
    put(root + b"/kit/notes.txt", b"x")
    put(root + b"/.git/a.wav", b"x")
    time.sleep(0.5)
    assert hints.calls == []


def test_a_folder_that_comes_full_is_renamed_and_goes(root: bytes, tmp_path: Path, hints: Hints, start: Start) -> None:
    start(root)
    made = os.fsencode(tmp_path / "made")
    put(made + b"/deep/a.wav", b"x")
    os.rename(made, root + b"/in")
    hints.wait_for(root + b"/in")
    hints.forget()
    os.rename(root + b"/in", root + b"/renamed")
    hints.wait_for(root + b"/in")
    hints.wait_for(root + b"/renamed")
    hints.forget()
    put(root + b"/renamed/deep/b.wav", b"x")
    hints.wait_for(root + b"/renamed/deep")
    hints.forget()
    shutil.rmtree(root + b"/renamed")
    hints.wait_for(root + b"/renamed")


def test_a_burst_is_a_few_hints_and_misses_no_folder(root: bytes, hints: Hints, start: Start) -> None:
    start(root, quiet_s=0.1, most_s=0.5)
    began = time.monotonic()
    for number in range(200):
        put(root + b"/kit/%d/%d.wav" % (number % 7, number), b"x")
    took = time.monotonic() - began
    for number in range(7):
        hints.wait_for(root + b"/kit/%d" % number)
    time.sleep(0.5)
    assert len(hints.calls) <= 3 + took / 0.4


def test_a_file_that_is_written_slowly_is_told_of_again_when_it_is_closed(
    root: bytes, hints: Hints, start: Start
) -> None:
    start(root, most_s=0.2)
    with open(root + b"/kit/slow.wav", "wb") as file:
        file.write(b"half")
        file.flush()
        hints.wait_for(root + b"/kit")
        hints.forget(0.4)
        file.write(b"whole")
    hints.wait_for(root + b"/kit")


def test_a_root_that_comes_later_goes_and_comes_back(root: bytes, hints: Hints, start: Start) -> None:
    later = root + b" later"
    start(root, later)
    for name in (b"/1.wav", b"/2.wav"):
        os.mkdir(later)
        hints.wait_for(later)
        hints.forget(0.3)
        put(later + name, b"x")
        hints.wait_for(later)
        shutil.rmtree(later)
        hints.wait_for(later)
        hints.forget(0.3)


def test_behind_links(root: bytes, tmp_path: Path, hints: Hints, start: Start) -> None:
    first, second = os.fsencode(tmp_path / "first"), os.fsencode(tmp_path / "second")
    os.mkdir(first)
    os.mkdir(second)
    os.symlink(first, root + b"/old link")
    os.symlink(root, root + b"/loop")
    start(root)
    put(first + b"/a.wav", b"x")
    hints.wait_for(root + b"/old link")
    os.symlink(second, root + b"/new link")
    hints.wait_for(root)
    hints.forget(0.3)
    put(second + b"/b.wav", b"x")
    hints.wait_for(root + b"/new link")
    hints.forget()
    os.unlink(root + b"/old link")
    hints.wait_for(root)


def test_a_root_by_a_link_is_called_by_its_name(root: bytes, tmp_path: Path, hints: Hints, start: Start) -> None:
    link = os.fsencode(tmp_path / "link")
    os.symlink(root, link)
    start(link)
    put(root + b"/kit/a.wav", b"x")
    hints.wait_for(link + b"/kit")
    assert not any(at.startswith(root) for call in hints.calls for at in call)


def test_roots_can_be_changed(root: bytes, tmp_path: Path, hints: Hints, start: Start) -> None:
    other = os.fsencode(tmp_path / "other")
    os.mkdir(other)
    watch = start(root)
    watch.set_roots([other])
    assert watch.ready(PATIENCE_S)
    hints.forget()
    put(root + b"/kit/a.wav", b"x")
    put(other + b"/b.wav", b"x")
    hints.wait_for(other)
    time.sleep(0.2)
    assert set().union(*hints.calls) == {other}


def test_a_network_drive_is_looked_at_from_time_to_time(
    root: bytes, tmp_path: Path, hints: Hints, start: Start
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_bytes(b"/dev/sda / ext4 rw 0 0\nnas:/x " + os.path.dirname(root) + b" nfs4 rw 0 0\n")
    watch = start(root, poll_s=0.2, mounts=str(mounts))
    hints.wait_for(root)
    (note,) = watch.notes
    assert "nfs4" in note and os.fsdecode(root) in note and "every 0.2 s" in note


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE, errno.EIO])
def test_where_the_system_refuses_it_is_polled(
    root: bytes, hints: Hints, start: Start, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    from watchdog.observers.api import BaseObserver

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(BaseObserver, "schedule", refuse)
    watch = start(root, poll_s=0.2)
    hints.wait_for(root)
    assert len(watch.notes) == 1
    assert ("max_user_watches" in watch.notes[0]) == (code != errno.EIO)


def test_nothing_is_said_after_close_and_closing_unused_is_fine(root: bytes, hints: Hints, start: Start) -> None:
    FolderWatcher(hints).close()
    watch = start(root)
    watch.close()
    put(root + b"/kit/a.wav", b"x")
    time.sleep(0.3)
    assert hints.calls == []
    watch.set_roots([root])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("folder-watch")]
