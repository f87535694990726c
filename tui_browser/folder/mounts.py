"""Which folders lie on a drive that does not tell of changes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

MOUNTS = "/proc/self/mounts"

_SILENT = frozenset(
    b"nfs nfs4 cifs smb3 smbfs ncpfs 9p afs ceph glusterfs lustre beegfs vboxsf prl_fs drvfs fuse virtiofs".split()
)


def network_file_system(folder: bytes, *, mounts: str = MOUNTS) -> str:
    """The file system's name where others can change it unseen (`nfs4`, `fuse.sshfs`); empty where they cannot.

    Everything by FUSE counts, but for local drives (`fuseblk`). Empty too where the system has no list of mounts.
    """
    path = os.path.realpath(folder) + b"/"
    best, kind = -1, b""
    for point, kind_here, _ in _entries(mount_list(mounts)):
        stem = point.rstrip(b"/") + b"/"
        if path.startswith(stem) and len(stem) >= best:  # the later of two mounts on one point hides the first
            best, kind = len(stem), kind_here
    return os.fsdecode(kind) if _is_silent(kind) else ""


def mounts_below(folder: bytes, listed: bytes) -> dict[bytes, tuple[bytes, bool]]:
    """What is mounted below a folder, by path: the line of the list, and whether others can change it unseen."""
    stem = os.path.realpath(folder).rstrip(b"/") + b"/"
    known = folder.rstrip(b"/") + b"/"
    return {
        known + point[len(stem) :]: (line, _is_silent(kind))
        for point, kind, line in _entries(listed)
        if point.startswith(stem) and point != stem
    }


def mount_list(mounts: str = MOUNTS) -> bytes:
    """The system's list of mounts, a line each; empty where it has none."""
    try:
        with open(mounts, "rb") as lines:
            return lines.read()
    except OSError:
        return b""


def _entries(listed: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Mount point, kind and line of each mount."""
    for line in listed.splitlines():
        parts = line.split()
        if len(parts) >= 3:
            yield re.sub(rb"\\(\d{3})", lambda octal: bytes((int(octal[1], 8) & 255,)), parts[1]), parts[2], line


def _is_silent(kind: bytes) -> bool:
    return kind in _SILENT or kind.startswith(b"fuse.")
