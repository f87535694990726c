"""Sockets in /tmp are where listeners and apps of one user meet: tests that go there go one after another."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path("/tmp")


def sockets() -> set[Path]:
    """Those of lines to listeners that are there now."""
    return {path for path in _FOLDER.glob("tui-browser-*.sock") if path.is_socket()}


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other test meets there, also one of another process; what came meanwhile is removed at the end."""
    with (_FOLDER / f"tui-browser-tests-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = sockets()
        try:
            yield
        finally:
            for left in sockets() - before:
                left.unlink(missing_ok=True)
