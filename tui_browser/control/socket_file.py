"""Where the control socket of an app is, how it is opened, and how a script finds it.

The socket is private, in a private folder of the user's own. A lock beside it tells a running app from a crashed one:
whoever holds it may remove what the other left behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_browser.config.places import runtime_dir
from tui_browser.control.protocol import ControlError
from tui_browser.safe_files import PRIVATE_FILE, make_own_folder

if TYPE_CHECKING:
    from filelock import FileLock

VARIABLE = "TUI_BROWSER_CONTROL"
"""Environment variable with the path of the socket that scripts use."""
MOST_APPS = 8
"""Apps with a control socket in the usual place."""
_MOST_PATH_BYTES = 103 if sys.platform == "darwin" else 107
_BACKLOG = 64
_PROBE_S = 1.0


@dataclass(frozen=True, slots=True)
class ControlSocket:
    """A listening socket of ours at a path."""

    path: str
    socket: socket.socket
    lock: FileLock
    is_first: bool = True
    """Whether no other app had the place that was asked for."""

    def close(self) -> None:
        """Remove the socket and let go of its place."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        self.socket.close()
        self.lock.release()


def usual_paths() -> Sequence[str]:
    """Where apps of this user have their sockets unless a person names another place: the first app, the second ...

    Raises ControlError where another user has taken the folder.
    """
    try:
        folder = runtime_dir()
    except OSError as error:
        raise ControlError(f"there is no folder for control sockets: {error}") from error
    names = ["control.sock", *(f"control-{number}.sock" for number in range(2, MOST_APPS + 1))]
    return [os.path.join(folder, name) for name in names]


def open_control(path: str) -> ControlSocket:
    """Open the socket at `path`, or with an empty one in the usual place, beside those of other apps.

    Raises ControlError.
    """
    if path:
        return _open(os.path.abspath(os.path.expanduser(path)), folder_is_ours=False)
    for number, usual in enumerate(usual_paths()):
        try:
            opened = _open(usual, folder_is_ours=True)
        except _TakenError:
            continue
        return ControlSocket(opened.path, opened.socket, opened.lock, is_first=number == 0)
    raise ControlError(f"{MOST_APPS} apps have a control socket already", hint="--control PATH gives this one its own")


class _TakenError(ControlError):
    """Another app has the socket at this path."""


def _open(path: str, *, folder_is_ours: bool) -> ControlSocket:
    from filelock import FileLock, Timeout  # 8 ms, which an app without a control socket need not wait for

    check_length(path)
    folder = os.path.dirname(path)
    try:
        if folder_is_ours:
            _make_runtime_folder(folder)
        else:
            _check_folder(folder)
        lock = FileLock(f"{path}.lock", timeout=0, mode=PRIVATE_FILE, thread_local=False)
        lock.acquire()
    except Timeout:
        raise _taken(path) from None
    except OSError as error:
        raise _not_opened(path, error) from error
    try:
        return ControlSocket(path, _listen(path), lock)
    except OSError as error:
        lock.release()
        if error.errno == errno.EADDRINUSE:
            raise _taken(path) from error
        raise _not_opened(path, error) from error


def _taken(path: str) -> _TakenError:
    return _TakenError("another program has this control socket", path=path, hint="--control PATH names another one")


def _not_opened(path: str, error: OSError) -> ControlError:
    hint = "--control PATH names another one"
    return ControlError(f"the control socket cannot be opened: {error.strerror or error}", path=path, hint=hint)


def check_length(path: str) -> None:
    """Raise ControlError for a path that no unix socket can have."""
    length = len(os.fsencode(path))
    if length > _MOST_PATH_BYTES:
        what = f"the control socket's path has {length} bytes, and a socket may have {_MOST_PATH_BYTES}"
        raise ControlError(what, path=path, hint="--control PATH names a shorter one")


def _listen(path: str) -> socket.socket:
    _remove_dead(path)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.bind(path)
        os.chmod(path, PRIVATE_FILE)  # before it listens: until then nobody can connect
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def _remove_dead(path: str) -> None:
    """Remove the socket of an app that crashed; raises OSError where anything else is there."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.geteuid():
        raise OSError(errno.EEXIST, "there is something else of this name", path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), path)


def _make_runtime_folder(folder: str) -> None:
    """Make the private folder; where the system has no runtime folder, its parent too, which lies in /tmp."""
    with contextlib.suppress(FileNotFoundError):
        make_own_folder(folder)
        _check_folder(os.path.dirname(folder))
        return
    make_own_folder(os.path.dirname(folder))
    make_own_folder(folder)


def _check_folder(folder: str) -> None:
    """Raise OSError for a folder in which other users could put another socket in place of ours."""
    status = os.stat(folder or ".")
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
    if status.st_uid not in (os.geteuid(), 0):
        raise OSError(errno.EPERM, "its folder belongs to another user", folder)
    if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        raise OSError(errno.EPERM, "other users can write to its folder", folder)
