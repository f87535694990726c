"""Mounted drives: which ones can change without a file system event (network drives and FUSE)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

MOUNTS = "/proc/self/mounts"

_NETWORK = frozenset(
    b"nfs nfs4 cifs smb3 smbfs ncpfs 9p afs ceph glusterfs lustre beegfs vboxsf prl_fs drvfs fuse virtiofs".split()
)


def network_file_system(folder: bytes, *, mounts: str = MOUNTS) -> str:
    """Name of the file system of a folder if it sends no change events (`nfs4`, `fuse.sshfs`); otherwise empty.

    All FUSE file systems count except `fuseblk`, a local drive. Empty where the system has no list of mounts.
    """
    path = os.path.realpath(folder) + b"/"
    longest, kind = -1, b""
    for point, kind_here, _ in _entries(mount_list(mounts)):
        stem = point.rstrip(b"/") + b"/"
        if path.startswith(stem) and len(stem) >= longest:  # the later of two mounts on one point hides the first
            longest, kind = len(stem), kind_here
    return os.fsdecode(kind) if _is_network(kind) else ""


def mounts_below(folder: bytes, mount_lines: bytes) -> dict[bytes, tuple[bytes, bool]]:
    """The mounts below a folder by path: their line in the list, and whether they send no change events."""
    stem = os.path.realpath(folder).rstrip(b"/") + b"/"
    known = folder.rstrip(b"/") + b"/"
    return {
        known + point[len(stem) :]: (line, _is_network(kind))
        for point, kind, line in _entries(mount_lines)
        if point.startswith(stem) and point != stem
    }


def mount_list(mounts: str = MOUNTS) -> bytes:
    """The system's list of mounts, one per line; empty where it has none."""
    try:
        with open(mounts, "rb") as lines:
            return lines.read()
    except OSError:
        return b""


def _entries(mount_lines: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Mount point, file system and line of each mount."""
    for line in mount_lines.splitlines():
        parts = line.split()
        if len(parts) >= 3:
            yield re.sub(rb"\\(\d{3})", lambda octal: bytes((int(octal[1], 8) & 255,)), parts[1]), parts[2], line


def _is_network(kind: bytes) -> bool:
    return kind in _NETWORK or kind.startswith(b"fuse.")
