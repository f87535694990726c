"""Drives with coarse clocks for tests; where none can be mounted the test is skipped and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from benchmarks.trouble import coarse_drives
from benchmarks.trouble.small_drive import NoDriveError

DRIVES: dict[str, Callable[[str, str], AbstractContextManager[str]]] = {
    "fat": coarse_drives.fat,
    "old ext": coarse_drives.old_ext,
}


@contextmanager
def coarse_drive(kind: str, folder: Path, image: Path) -> Iterator[Path]:
    """A drive of this kind at `folder`."""
    mount = DRIVES[kind](str(folder), str(image))
    try:
        mount.__enter__()
    except NoDriveError as error:
        pytest.skip(str(error))
    try:
        yield folder
    finally:
        mount.__exit__(None, None, None)
