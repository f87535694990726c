"""The listener as the command line holds it: a socket, and a child process that serves it.

The child's descriptors 1 and 2 are a log file, as sound libraries write to them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass, field

from filelock import FileLock, Timeout

from tui_browser.child import Child, start
from tui_browser.errors import PlayerError, WorkerError

_BACKLOG = 64


class ListenerRunsError(PlayerError):
    """A listener runs at this address already."""


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """Settings of a listener."""

    address: str
    """Path of a socket, or 127.0.0.1:PORT."""
    token: bytes = field(repr=False)
    cache_folder: str
    cache_bytes: int
    player: str
    """`miniaudio`, `null` or `recorder:FILE`."""


class Listener:
    """A running listener; its socket is open once this is constructed."""

    def __init__(self, options: ListenerOptions, *, log: str | None = None) -> None:
        """Raises PlayerError when the socket cannot be opened, ListenerRunsError when another one has it."""
        self._lock = _lock(options.address)
        try:
            listening = open_socket(options.address)
        except PlayerError:
            self._unlock()
            raise
        self.address = options.address if "/" in options.address else f"127.0.0.1:{listening.getsockname()[1]}"
        self._path = options.address if "/" in options.address else None
        try:
            self._child: Child | None = start(
                "tui_browser.playback.remote.listener_server:listener_main", options, log=log
            )
            _hand_over(self._child, listening)
        except (WorkerError, OSError) as error:
            self.close()
            raise PlayerError("the listener could not be started", hint=str(error)) from error
        finally:
            listening.close()

    def next_note(self, *, timeout_s: float | None = None) -> str | None:
        """The next note of the listener, a sentence; None after `timeout_s`; raises WorkerError when it ended."""
        if self._child is None or not self._child.conn.poll(timeout_s):
            return None
        note = self._child.receive()
        return note if isinstance(note, str) else None

    def close(self) -> None:
        """End the child process and remove the socket; safe to call twice."""
        child, self._child = getattr(self, "_child", None), None
        if child is not None:
            child.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            self._path = None
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _lock(address: str) -> FileLock | None:
    """The lock of a socket's path, which ends with this process; None for a port. Raises PlayerError."""
    if "/" not in address:
        return None
    try:
        _make_private_folder(os.path.dirname(address))
        lock = FileLock(f"{address}.lock", timeout=0, mode=0o600, thread_local=False)
        lock.acquire()
    except Timeout:
        raise _runs_already(address) from None
    except OSError as error:
        raise PlayerError(
            "the listener's socket cannot be opened", path=address, hint=error.strerror or str(error)
        ) from error
    return lock


def _runs_already(address: str) -> ListenerRunsError:
    return ListenerRunsError(
        "the listener's socket cannot be opened", path=address, hint="is `tui-browser listen` running already?"
    )


def _make_private_folder(folder: str) -> None:
    """Make the folder of a socket, if it is not there; raises PlayerError if other users can write to it."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    facts = os.stat(folder)
    if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
        raise PlayerError("other users can write to the folder of the socket", path=folder)


def open_socket(address: str) -> socket.socket:
    """A listening socket at a path, for its owner only, or at 127.0.0.1:PORT; raises PlayerError."""
    try:
        if "/" not in address:
            return socket.create_server(("127.0.0.1", int(address.rpartition(":")[2])))
        _make_private_folder(os.path.dirname(address))
        _remove_dead_socket(address)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            opened.bind(address)
            os.chmod(address, 0o600)
            opened.listen(_BACKLOG)
        except OSError:
            opened.close()
            raise
        return opened
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _runs_already(address) from error
        raise PlayerError(
            "the listener's socket cannot be opened", path=address, hint=error.strerror or str(error)
        ) from error


def _remove_dead_socket(path: str) -> None:
    """Remove a socket that no process listens at."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "a file that is not a socket has this name")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)


def _hand_over(child: Child, listening: socket.socket) -> None:
    from multiprocessing.reduction import send_handle

    send_handle(child.conn, listening.fileno(), child.process.pid)
