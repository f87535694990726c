"""Writer lock: a lock file beside the library, released when its process dies, that names its holder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tui_browser.errors import LibraryBusy, LibraryError
from tui_browser.safe_files import PRIVATE_FILE, narrow


@contextlib.contextmanager
def writer_lock(library: str, *, wait_s: float) -> Iterator[None]:
    """Hold `<library>.lock` inside the block.

    Raises LibraryBusy with the holder's process id when it is not free within `wait_s`, and LibraryError when the lock
    file cannot be created.
    """
    from filelock import FileLock, Timeout  # 15 ms; readers never import it

    path = f"{library}.lock"
    mode = _mode_of(library)
    lock = FileLock(path, timeout=wait_s, thread_local=False, mode=mode)
    try:
        narrow(path, mode)  # whoever can open it can keep others from writing
        lock.acquire(poll_interval=0.02)
    except Timeout as error:
        holder = _holder(path)
        raise LibraryBusy(
            f"process {holder} is writing to this library" if holder else "another process is writing to this library",
            path=library,
            hint="wait until it is done, or close that tui-browser",
        ) from error
    except OSError as error:
        raise LibraryError("the library cannot be locked", path=library, hint=str(error.strerror)) from error
    try:
        _sign(path)
        yield
    finally:
        lock.release()


def _mode_of(library: str) -> int:
    """The rights of the library file, which the lock beside it gets too; a new library is private."""
    try:
        return os.stat(library).st_mode & 0o666
    except OSError:
        return PRIVATE_FILE


def _sign(path: str) -> None:
    with contextlib.suppress(OSError), open(path, "r+b") as file:  # on a full disk the lock works without a name
        file.write(b"%-20d\n" % os.getpid())


def _holder(path: str) -> int | None:
    try:
        with open(path, "rb") as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return None
