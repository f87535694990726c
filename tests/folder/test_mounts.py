"""Drives that do not tell of changes are known by the list of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_browser.folder.mounts import mount_list, mounts_below, network_file_system

MOUNTS = rb"""
/dev/sda1 / ext4 rw 0 0
nas:/sounds /tmp/nas nfs4 rw 0 0
me@host: /tmp/with\040space fuse.sshfs rw 0 0
/dev/sdb1 /tmp/nas/local ext4 rw 0 0
/dev/sdc1 /tmp/stick fuseblk rw 0 0
//pc/share /tmp/twice cifs rw 0 0
/dev/sdd1 /tmp/twice xfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        (b"/tmp", ""),
        (b"/tmp/nas", "nfs4"),
        (b"/tmp/nas/deep/er", "nfs4"),
        (b"/tmp/nasty", ""),
        (b"/tmp/nas/local/x", ""),
        (b"/tmp/with space/x", "fuse.sshfs"),
        (b"/tmp/stick", ""),
        (b"/tmp/twice", ""),
    ],
)
def test_kinds(tmp_path: Path, folder: bytes, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_bytes(MOUNTS)
    assert network_file_system(folder, mounts=str(mounts)) == kind


def test_a_system_without_such_a_list(tmp_path: Path) -> None:
    assert network_file_system(b"/", mounts=str(tmp_path / "none")) == ""


def test_drives_below_a_folder(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_bytes(MOUNTS)
    below = mounts_below(b"/tmp", mount_list(str(mounts)))
    assert {path: silent for path, (_, silent) in below.items()} == {
        b"/tmp/nas": True, b"/tmp/with space": True, b"/tmp/nas/local": False, b"/tmp/stick": False,
        b"/tmp/twice": False,
    }  # fmt: skip
    assert mounts_below(b"/tmp/nas/local", mount_list(str(mounts))) == {}
    assert mount_list(str(tmp_path / "none")) == b""
