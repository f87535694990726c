"""Child processes: started with a connection for messages, and ended when their parent ends.

`start("package.module:function")` runs `function(conn, *args)` in a new interpreter. Descriptors 0 to 2 are not the
terminal's, so output of C libraries goes to a log. The child ignores ctrl-c and exits when its parent dies for any
reason. Messages are pickled, between this program's own processes only.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from tui_browser.errors import WorkerError

_TERMINATED_S, _KILLED_S = 1.0, 2.0
"""Seconds to wait after SIGTERM and after SIGKILL."""
_LOG_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW


class Child:
    """The parent's end: a process and a connection to it."""

    def __init__(self, process: subprocess.Popen[bytes], conn: Connection, lifeline: int) -> None:
        self.process = process
        self.conn = conn
        self._lifeline: int | None = lifeline

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def send(self, message: Any) -> None:
        """Send a message; raises WorkerError when the child has ended."""
        try:
            self.conn.send(message)
        except (OSError, ValueError) as error:
            raise WorkerError("a worker process is gone", hint="see the log in the cache folder") from error

    def receive(self) -> Any:
        """Wait for the next message; raises WorkerError when the child has ended."""
        try:
            return self.conn.recv()
        except (EOFError, OSError) as error:
            raise WorkerError("a worker process is gone", hint="see the log in the cache folder") from error

    def close(self, *, grace_s: float = 1.0) -> None:
        """End the child by closing the connection, then by signals. Safe to call twice.

        A child blocked on a drive that hangs cannot be killed; it is abandoned and ends when the drive answers.
        """
        self.conn.close()
        for end, wait_s in ((None, grace_s), (self.process.terminate, _TERMINATED_S), (self.process.kill, _KILLED_S)):
            if end is not None:
                end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(wait_s)
                break
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


def start(
    target: str, *args: Any, log: str | None = None, niceness: int = 0, env: Mapping[str, str] | None = None
) -> Child:
    """Start a process that runs `target` ("module:function") as `function(conn, *args)`.

    Output of descriptors 1 and 2 is appended to the file `log`, or discarded when there is none.
    """
    ours, theirs = _pipe()
    lifeline_read, lifeline_write = os.pipe()
    sink = os.open(log, _LOG_FLAGS, 0o600) if log else os.open(os.devnull, os.O_WRONLY)
    try:
        fds = (theirs.fileno(), lifeline_read)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui_browser.child", target, *map(str, fds), str(niceness)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=fds,
            cwd=_working_folder(),
            env={**os.environ, **(env or {})},
        )
    except OSError as error:
        ours.close()
        os.close(lifeline_write)
        raise WorkerError("a worker process could not be started", hint=str(error)) from error
    finally:
        theirs.close()
        os.close(lifeline_read)
        os.close(sink)
    child = Child(process, ours, lifeline_write)
    child.send(args)
    return child


def _working_folder() -> str | None:
    """Working folder for a child: `/` when ours was deleted, because some libraries (MKL) do not load there."""
    try:
        os.getcwd()
    except OSError:
        return "/"
    return None


def _pipe() -> tuple[Connection, Connection]:
    from multiprocessing import Pipe

    return Pipe(duplex=True)


def _die_with_parent(lifeline: int) -> None:
    with contextlib.suppress(OSError):
        os.read(lifeline, 1)  # blocks until the parent's end of the pipe closes
    os._exit(1)


def _main() -> None:
    target, conn_fd, lifeline, niceness = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if niceness:
        os.nice(niceness)
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    conn = Connection(conn_fd)
    module, _, function = target.partition(":")
    args = conn.recv()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent closed the connection
        getattr(importlib.import_module(module), function)(conn, *args)


if __name__ == "__main__":
    _main()
