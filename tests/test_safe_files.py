"""Files beside strangers: no wait for a pipe, nothing written through a link, nothing of ours left open."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tui_browser import safe_files


def mode_of(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"12345")
    assert safe_files.read_bounded(str(path), 5) == b"12345"
    with pytest.raises(OSError, match="larger than") as told:
        safe_files.read_bounded(str(path), 4)
    assert told.value.errno == errno.EFBIG


def test_a_giant_of_holes_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    with open(path, "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="larger than"):
        safe_files.read_bounded(str(path), 1 << 30)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "config"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(OSError, match=r"pipe or a device|directory"):
        safe_files.read_bounded(str(path), 100)


def test_a_link_of_a_stranger_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    target = tmp_path / "model.json"
    for link in (target, tmp_path / "model.json.part"):
        link.symlink_to(victim)
    safe_files.replace_file(str(target), b"new")
    assert (victim.read_text(), target.read_text(), target.is_symlink()) == ("mine", "new", False)
    assert sorted(os.listdir(tmp_path)) == ["model.json", "victim"]
    with pytest.raises(FileExistsError):
        safe_files.create_file(str(target))


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        safe_files.replace_file(str(tmp_path / "folder"), b"new")
    assert os.listdir(tmp_path) == ["folder"]


def test_our_own_folder_is_private(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        safe_files.make_own_folder(str(tmp_path / "new"))
    finally:
        os.umask(mask)
    assert mode_of(tmp_path / "new") == 0o700
    (tmp_path / "old").mkdir(mode=0o755)
    safe_files.make_own_folder(str(tmp_path / "old"))
    assert mode_of(tmp_path / "old") == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "old")
    with pytest.raises(OSError, match="a link"):
        safe_files.make_own_folder(str(tmp_path / "link"))


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another user, which only root can")
def test_another_users_folder_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(OSError, match="belongs to another user"):
        safe_files.make_own_folder(str(tmp_path / "theirs"))


def test_only_rights_of_others_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "library"
    path.touch()
    for before, after in ((0o644, 0o600), (0o400, 0o400), (0o777, 0o600)):
        path.chmod(before)
        safe_files.narrow(str(path), 0o600)
        assert mode_of(path) == after
    safe_files.narrow(str(tmp_path / "missing"), 0o600)
