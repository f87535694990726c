"""Drives with coarse clocks: FAT counts in steps of two seconds and has no ctime, old ext in whole seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def fat(folder: Path, image: Path) -> Iterator[Path]:
    """A FAT drive, by the kernel's vfat or by FUSE."""
    _made(image, ["mkfs.vfat", "-F", "32", str(image)], megabytes=64)
    ways = [
        ["mount", "-t", "vfat", "-o", "loop", str(image), str(folder)],
        ["fusefat", "-o", "rw+", str(image), str(folder)],
    ]
    with _mounted(folder, ways):
        yield folder


@contextmanager
def old_ext(folder: Path, image: Path) -> Iterator[Path]:
    """An ext2 drive with small inodes, whose times have no fraction of a second."""
    _made(image, ["mkfs.ext2", "-q", "-F", "-I", "128", str(image)], megabytes=32)
    with _mounted(folder, [["mount", "-o", "loop", str(image), str(folder)]]):
        yield folder


def _made(image: Path, command: list[str], *, megabytes: int) -> None:
    program = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run([program, *command[1:]], check=True, capture_output=True)


@contextmanager
def _mounted(folder: Path, ways: list[list[str]]) -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a drive")
    folder.mkdir(exist_ok=True)
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
        pytest.skip(f"no such drive can be mounted here: {'; '.join(reasons)}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False, capture_output=True)
