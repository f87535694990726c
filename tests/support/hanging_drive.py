"""A drive that hangs when it is told to: a folder passed through FUSE, by a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_DRIVE = """
import errno, os, sys, time
import fuse
SOURCE, MOUNT, SWITCH = sys.argv[1:]
def wait():
    while os.path.exists(SWITCH):
        time.sleep(0.05)
class Through(fuse.Operations):
    use_ns = False
    def getattr(self, path, fh=None):
        wait()
        try:
            facts = os.lstat(SOURCE + path)
        except OSError as error:
            raise fuse.FuseOSError(error.errno)
        names = "st_mode st_nlink st_uid st_gid st_size st_atime st_mtime st_ctime st_ino".split()
        return {name: getattr(facts, name) for name in names}
    def readdir(self, path, fh):
        wait()
        return [".", "..", *os.listdir(SOURCE + path)]
    def open(self, path, flags):
        wait()
        return os.open(SOURCE + path, os.O_RDONLY)
    def read(self, path, size, offset, fh):
        wait()
        return os.pread(fh, size, offset)
    def release(self, path, fh):
        os.close(fh)
        return 0
fuse.FUSE(Through(), MOUNT, foreground=True, nothreads=False, direct_io=True, use_ino=True, attr_timeout=0,
          entry_timeout=0)
"""


class Drive:
    """A mounted folder that can hang."""

    def __init__(self, source: Path, folder: Path, switch: Path) -> None:
        self.source = source
        self.folder = folder
        self._switch = switch

    def hang(self) -> None:
        """From now on nothing that asks it is answered."""
        self._switch.touch()

    def answer(self) -> None:
        """Answer all that waits, and go on."""
        self._switch.unlink(missing_ok=True)


@contextmanager
def mounted(base: Path) -> Iterator[Drive]:
    """A drive over the folder `base/source`, which is made; the test is skipped where that cannot be."""
    python = os.environ.get("FUSE_PYTHON", sys.executable)
    unmount = shutil.which("fusermount") or shutil.which("fusermount3")
    if unmount is None or not os.path.exists("/dev/fuse"):
        pytest.skip("FUSE is not installed")
    if subprocess.run([python, "-c", "import fuse; fuse.FUSE"], capture_output=True, check=False).returncode:
        pytest.skip("fusepy is not installed: FUSE_PYTHON names a Python that has it")
    drive = Drive(base / "source", base / "drive", base / "hangs")
    drive.source.mkdir()
    drive.folder.mkdir()
    words = [python, "-c", _DRIVE, str(drive.source), str(drive.folder), str(base / "hangs")]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20.0
        while not os.path.ismount(drive.folder):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("mounting is not permitted here")
            time.sleep(0.05)
        yield drive
    finally:
        drive.answer()
        subprocess.run([unmount, "-u", "-z", str(drive.folder)], capture_output=True, check=False)
        try:
            process.wait(10.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
