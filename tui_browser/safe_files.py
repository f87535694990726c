"""Files and folders beside strangers: read without waiting, created without following links, private where ours.

A model, theme or config that one was given may be a pipe or a device. In a folder that others may write to, a link may
lie where a file is about to be created. Other users of the machine may read what is not private.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
_SHARED_BITS = 0o077


def read_bounded(path: str, most_bytes: int) -> bytes:
    """The content of a regular file.

    Raises OSError: EINVAL for a pipe, a device or a socket, which is not waited for, and EFBIG for a longer file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", path)
        content = file.read(most_bytes + 1) if status.st_size <= most_bytes else b""
        if status.st_size > most_bytes or len(content) > most_bytes:
            raise OSError(errno.EFBIG, f"it is larger than {most_bytes / 1e6:,.0f} MB", path)
        return content


def create_file(path: str, *, mode: int = 0o666) -> int:
    """A descriptor of a new file; raises OSError where anything is there, a link included."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)


def replace_file(path: str, content: bytes, *, mode: int = 0o666) -> None:
    """Replace the file at `path` atomically and durably by way of `path`.part.

    What a stopped run left there, or a link of a stranger, is removed and not written through. Raises OSError.
    """
    part = f"{path}.part"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part)
    try:
        with open(create_file(part, mode=mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:  # ctrl-c included: no part stays behind
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def make_own_folder(path: str) -> None:
    """Create a private folder, or check that the folder there is ours and make it private; raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, PRIVATE_FOLDER)
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.ENOTDIR, "it is no folder but a link or a file", path)
    if status.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "it belongs to another user", path)
    if status.st_mode & _SHARED_BITS:
        os.chmod(path, PRIVATE_FOLDER)


def narrow(path: str, mode: int) -> None:
    """Take the rights beyond `mode` from a file or folder of ours; nothing happens where that is not possible."""
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        is_link = stat.S_ISLNK(status.st_mode)
        if not is_link and status.st_uid == os.geteuid() and status.st_mode & _SHARED_BITS & ~mode:
            os.chmod(path, stat.S_IMODE(status.st_mode) & mode)
