"""Secrets and sockets by which apps find a listener and authenticate.

The listener's secret is in a file that only its owner can read. It is copied to each server once, through ssh itself,
and never appears in a command line, an environment variable or a file name, which other users could see.

On the server the connection is a socket `/tmp/tui-browser-*.sock`, which sshd creates with permissions for this user
only. Each login creates a new one, as sshd leaves old ones behind and refuses to create them again. An app tries the
sockets of its user, newest first, and removes dead ones.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shlex
import socket
import stat
import time
from collections.abc import Mapping

from tui_browser.config.places import state_dir
from tui_browser.errors import PlayerError

VARIABLE = "TUI_BROWSER_LISTENER"
"""Environment variable with the address of the listener, where it is not found automatically."""
SOCKET_FOLDER = "/tmp"  # noqa: S108 - sshd makes the socket; only sockets of our own user count
_SOCKET_NAME = re.compile(r"tui-browser-[0-9A-Za-z_.-]{1,64}\.sock")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MOST_LISTENERS = 32
_SOCKET_PATH_BYTES = 100
_PROBE_S = 0.5


# --- the listener's end ----------------------------------------------------------------------------------------------


def token_file() -> str:
    """Path of the listener's secret."""
    return os.path.join(state_dir(), "listener.token")


def own_token() -> bytes:
    """The listener's secret, created at the first call; raises PlayerError if it is not safe."""
    path = token_file()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
    except OSError as error:
        raise PlayerError("the listener's secret cannot be stored", path=path, hint=error.strerror or "") from error
    token = _read_token(path)
    if token is None:
        raise PlayerError("the listener's secret is damaged or open to others", path=path, hint="delete it")
    return token


def default_socket() -> str:
    """Path of the listener's socket: in the state folder, or in /tmp if ssh cannot take that folder's name."""
    path = os.path.join(state_dir(), "listen.sock")
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES and shlex.quote(path) == path:
        return path
    return f"{SOCKET_FOLDER}/tui-browser-{os.getuid()}/listen.sock"


# --- the app's end ---------------------------------------------------------------------------------------------------


def is_over_ssh(env: Mapping[str, str]) -> bool:
    """Whether the person sits at the other end of an SSH connection."""
    return bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))


def known_tokens() -> list[bytes]:
    """The secrets of the listeners that this user is paired with."""
    tokens: list[bytes] = []
    for state in dict.fromkeys((state_dir(), os.path.expanduser("~/.local/state/tui-browser"))):
        folder = os.path.join(state, "listeners")
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(folder))[:_MOST_LISTENERS]:
                token = _read_token(os.path.join(folder, name))
                if token is not None:
                    tokens.append(token)
    if os.path.exists(token_file()):  # a listener on this machine
        own = _read_token(token_file())
        tokens += [own] if own else []
    return list(dict.fromkeys(tokens))


def listener_sockets() -> list[str]:
    """The sockets that lead to this user's listeners, newest first."""
    sockets: list[tuple[int, str]] = []
    with contextlib.suppress(OSError), os.scandir(SOCKET_FOLDER) as entries:
        for entry in entries:
            if not _SOCKET_NAME.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISSOCK(status.st_mode) and status.st_uid == os.getuid():
                    sockets.append((status.st_mtime_ns, entry.path))
    return [path for _, path in sorted(sockets, reverse=True)]


def remove_dead_sockets() -> None:
    """Remove this user's sockets in /tmp that lead nowhere, as sshd leaves them behind. Takes a moment for each."""
    for path in listener_sockets():
        with contextlib.suppress(OSError):
            open_socket_to_listener(path, timeout_s=_PROBE_S).close()


def open_socket_to_listener(address: str, *, timeout_s: float) -> socket.socket:
    """A connection to the path of a socket, `PORT` or `HOST:PORT`; raises OSError.

    Removes a dead socket that sshd left behind.
    """
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_s)
            _connect(connection, address, timeout_s=timeout_s)
        except OSError as error:
            connection.close()
            if error.errno == errno.ECONNREFUSED and address in listener_sockets():
                with contextlib.suppress(OSError):
                    os.unlink(address)
            raise
        return connection
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise OSError(errno.EINVAL, "neither the path of a socket nor a port")
    connection = socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _connect(connection: socket.socket, path: str, *, timeout_s: float) -> None:
    """Connect to the socket at a path, also where as many wait there as may; raises OSError."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def _read_token(path: str) -> bytes | None:
    """The secret in a file; None if there is none, or if others can read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
                return None
            text = file.read(128).strip().decode("ascii", "replace")
    except OSError:
        return None
    return bytes.fromhex(text) if _TOKEN.fullmatch(text) else None
