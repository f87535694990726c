"""Which folders lie on a drive that does not tell of changes."""

from __future__ import annotations

import os
import re

_SILENT = frozenset(
    b"nfs nfs4 cifs smb3 smbfs ncpfs 9p afs ceph glusterfs lustre beegfs vboxsf prl_fs drvfs fuse virtiofs".split()
)


def network_kind(folder: bytes, *, mounts: str = "/proc/self/mounts") -> str:
    """The file system's name where others can change it unseen (`nfs4`, `fuse.sshfs`); empty where they cannot.

    Everything by FUSE counts, but for local drives (`fuseblk`). Empty too where the system has no list of mounts.
    """
    try:
        with open(mounts, "rb") as lines:
            entries = [line.split() for line in lines]
    except OSError:
        return ""
    path = os.path.realpath(folder) + b"/"
    best, kind = -1, b""
    for entry in entries:
        if len(entry) < 3:
            continue
        point = re.sub(rb"\\(\d{3})", lambda octal: bytes((int(octal[1], 8) & 255,)), entry[1])
        stem = point.rstrip(b"/") + b"/"
        if path.startswith(stem) and len(stem) >= best:  # the later of two mounts on one point hides the first
            best, kind = len(stem), entry[2]
    silent = kind in _SILENT or kind.startswith(b"fuse.")
    return os.fsdecode(kind) if silent else ""
