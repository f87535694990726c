"""A small drive of its own for a library, which can be filled to its last byte; for root, on Linux."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys


class NoDriveError(Exception):
    """No drive can be mounted here."""


class SmallDrive:
    """A tmpfs at `folder`."""

    def __init__(self, folder: str, *, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes
        self._ballast = os.path.join(folder, "ballast")

    def __enter__(self) -> SmallDrive:
        if sys.platform != "linux" or os.geteuid() != 0:
            raise NoDriveError("only root mounts a drive, on Linux")
        os.makedirs(self.folder, exist_ok=True)
        self._mount("-t", "tmpfs", "-o", f"size={self._megabytes}m", "tmpfs", self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", self.folder], capture_output=True, check=False)

    def fill(self, *, but: int = 0) -> None:
        """Fill the drive, except for some bytes."""
        free = os.statvfs(self.folder)
        size = max(0, free.f_bavail * free.f_frsize - but)
        with contextlib.suppress(OSError), open(self._ballast, "ab", buffering=0) as file:
            for _ in range(size >> 16):
                file.write(bytes(1 << 16))
            while not but:  # until there is no byte left
                file.write(bytes(4096))

    def free(self) -> None:
        """Take away what fills it."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._ballast)

    def read_only(self, on: bool) -> None:
        """Let nobody write to the drive, or everybody again."""
        self._mount("-o", f"remount,{'ro' if on else 'rw'}", self.folder)

    @property
    def room(self) -> int:
        """Bytes that are free."""
        free = os.statvfs(self.folder)
        return free.f_bavail * free.f_frsize

    def _mount(self, *words: str) -> None:
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoDriveError(f"no drive can be mounted here: {done.stderr.strip()}")
