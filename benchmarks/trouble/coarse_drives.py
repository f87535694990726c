"""Drives with coarse clocks: FAT counts in steps of two seconds and has no ctime, old ext in whole seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.trouble.small_drive import NoDriveError

_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"


@contextmanager
def fat(folder: str, image: str) -> Iterator[str]:
    """A FAT drive at `folder`, by the kernel's vfat or by FUSE."""
    _make(image, ["mkfs.vfat", "-F", "32", image], megabytes=64)
    ways = [["mount", "-t", "vfat", "-o", "loop", image, folder], ["fusefat", "-o", "rw+", image, folder]]
    with _mounted(folder, ways):
        yield folder


@contextmanager
def old_ext(folder: str, image: str) -> Iterator[str]:
    """An ext2 drive with small inodes at `folder`, whose times have no fraction of a second."""
    _make(image, ["mkfs.ext2", "-q", "-F", "-I", "128", image], megabytes=32)
    with _mounted(folder, [["mount", "-o", "loop", image, folder]]):
        yield folder


def _make(image: str, command: list[str], *, megabytes: int) -> None:
    program = shutil.which(command[0], path=f"{os.environ['PATH']}:{_SYSTEM}")
    if program is None:
        raise NoDriveError(f"{command[0]} is not installed")
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run([program, *command[1:]], check=True, capture_output=True)


@contextmanager
def _mounted(folder: str, ways: list[list[str]]) -> Iterator[None]:
    if os.geteuid() != 0:
        raise NoDriveError("only root may mount a drive")
    os.makedirs(folder, exist_ok=True)
    reasons = []
    for command in ways:
        if shutil.which(command[0]) is None:
            reasons.append(f"{command[0]} is not installed")
            continue
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        if done.returncode == 0:
            break
        reasons.append(done.stderr.strip())
    else:
        raise NoDriveError(f"no such drive can be mounted here: {'; '.join(reasons)}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=False, capture_output=True)
