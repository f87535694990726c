"""The laptop's end of sound over SSH, as the command line holds it: a socket, and a child process that serves there.

Its descriptors 1 and 2 are a log: sound libraries write there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass, field

from tui_browser.child import Child, start
from tui_browser.errors import PlayerError, WorkerError

_BACKLOG = 64


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """What a listener is given."""

    address: str
    """A path, or 127.0.0.1:PORT."""
    token: bytes = field(repr=False)
    cache_folder: str
    cache_bytes: int
    player: str
    """`miniaudio`, `null` or `recorder:FILE`."""


class Listener:
    """The parent's end of a listener; its socket is open when this is made."""

    def __init__(self, terms: ListenerOptions, *, log: str | None = None) -> None:
        """Raises PlayerError where the socket cannot be opened."""
        opened = open_socket(terms.address)
        self.address = terms.address if "/" in terms.address else f"127.0.0.1:{opened.getsockname()[1]}"
        self._path = terms.address if "/" in terms.address else None
        try:
            self._child: Child | None = start(
                "tui_browser.playback.remote.listener_server:listener_main", terms, log=log
            )
            _hand_over(self._child, opened)
        except (WorkerError, OSError) as error:
            self.close()
            raise PlayerError("the listener could not be started", hint=str(error)) from error
        finally:
            opened.close()

    def heard(self, *, timeout_s: float | None = None) -> str | None:
        """The next sentence that the listener has to say; None when the time is over; raises WorkerError at its end."""
        if self._child is None or not self._child.conn.poll(timeout_s):
            return None
        said = self._child.receive()
        return said if isinstance(said, str) else None

    def close(self) -> None:
        """End the child and remove the socket; safe to call twice."""
        child, self._child = getattr(self, "_child", None), None
        if child is not None:
            child.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            self._path = None


def open_socket(address: str) -> socket.socket:
    """A listening socket at a path (for its owner only) or at 127.0.0.1:PORT; raises PlayerError."""
    try:
        if "/" not in address:
            return socket.create_server(("127.0.0.1", int(address.rpartition(":")[2])))
        folder = os.path.dirname(address)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        facts = os.stat(folder)
        if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            raise PlayerError("a folder that others can change is no place for a socket", path=folder)
        _clear(address)
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
        busy = error.errno == errno.EADDRINUSE
        hint = "is tui-browser listen running already?" if busy else error.strerror or str(error)
        raise PlayerError("the listener's socket cannot be opened", path=address, hint=hint) from error


def _clear(path: str) -> None:
    """Remove a socket that nobody listens at any more."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "something else lies there")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)


def _hand_over(child: Child, opened: socket.socket) -> None:
    from multiprocessing.reduction import send_handle

    send_handle(child.conn, opened.fileno(), child.process.pid)
