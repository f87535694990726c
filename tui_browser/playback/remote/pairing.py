"""How a listener and the apps that may use it find and know each other.

The listener's secret lies in a file that only its owner reads. It is copied once to each server, through ssh itself,
and stands in no command line, no variable and no name, where other people of either machine could see it.

On the server the line is a socket `/tmp/tui-browser-*.sock`, made by sshd with rights for this user only. Each login
makes one of its own: sshd leaves them behind, and would refuse to make the same one again. An app tries those that
belong to its user, newest first, and clears away the dead ones.
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
from collections.abc import Mapping
from dataclasses import dataclass

from tui_browser.config.places import state_dir
from tui_browser.errors import PlayerError

VARIABLE = "TUI_BROWSER_LISTENER"
"""Environment variable with the address of the line, where it is not found by itself."""
_MEETING_FOLDER = "/tmp"
_MEETING = re.compile(r"tui-browser-[0-9A-Za-z_.-]{1,64}\.sock")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MOST_LISTENERS = 32
_SOCKET_PATH_BYTES = 100


# --- the listener's end ----------------------------------------------------------------------------------------------


def token_file() -> str:
    """The file of the listener's secret."""
    return os.path.join(state_dir(), "listener.token")


def own_token() -> bytes:
    """The listener's secret, made at the first call; raises PlayerError where it cannot be kept, or others read it."""
    path = token_file()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
    except OSError as error:
        raise PlayerError("the listener's secret cannot be kept", path=path, hint=error.strerror or "") from error
    token = _read_token(path)
    if token is None:
        raise PlayerError("the listener's secret is damaged or open to others", path=path, hint="delete it")
    return token


def default_socket() -> str:
    """Where the listener waits: in the state folder, or, where that has a name that ssh cannot take, in /tmp."""
    path = os.path.join(state_dir(), "listen.sock")
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES and shlex.quote(path) == path:
        return path
    return f"{_MEETING_FOLDER}/tui-browser-{os.getuid()}/listen.sock"


@dataclass(frozen=True, slots=True)
class PairingCommands:
    """What a person types on the laptop."""

    pair: str
    """Once for each server."""
    login: str
    """To log in with sound."""
    config: tuple[str, ...]
    """The same for good, in `~/.ssh/config`."""


def pairing_commands(address: str, *, server: str = "SERVER") -> PairingCommands:
    """What to type so that `server` plays through the listener at `address` (a path, or 127.0.0.1:PORT)."""
    folder = "~/.local/state/tui-browser/listeners"
    laptop = re.sub(r"[^0-9A-Za-z.-]", "-", socket.gethostname()).strip("-.") or "laptop"
    put = f"umask 077; mkdir -p {folder}; cat > {folder}/{laptop}"
    meeting = f"{_MEETING_FOLDER}/tui-browser-$(date +%s).sock"
    there = f"test -S {shlex.quote(address)} && " if address.startswith("/") else ""
    forward = f"echo RemoteForward {meeting} {address}".replace("%", "%%")
    return PairingCommands(
        pair=f"ssh {server} '{put}' < {shlex.quote(token_file())}",
        login=f'ssh -R "{meeting}:{address}" {server}',
        config=(
            f'Match originalhost {server} exec "{there}{forward} > ~/.ssh/tui-browser.conf"',
            "    Include tui-browser.conf",
        ),
    )


# --- the app's end ---------------------------------------------------------------------------------------------------


def is_over_ssh(env: Mapping[str, str]) -> bool:
    """Whether the person sits at the other end of an SSH connection."""
    return bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))


def known_tokens() -> list[bytes]:
    """The secrets of the listeners that this user was given."""
    found: list[bytes] = []
    for state in dict.fromkeys((state_dir(), os.path.expanduser("~/.local/state/tui-browser"))):
        folder = os.path.join(state, "listeners")
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(folder))[:_MOST_LISTENERS]:
                token = _read_token(os.path.join(folder, name))
                if token is not None:
                    found.append(token)
    if os.path.exists(token_file()):  # a listener on this very machine
        own = _read_token(token_file())
        found += [own] if own else []
    return list(dict.fromkeys(found))


def listener_sockets() -> list[str]:
    """The sockets of lines to this user's listeners, newest first."""
    found: list[tuple[int, str]] = []
    with contextlib.suppress(OSError), os.scandir(_MEETING_FOLDER) as entries:
        for entry in entries:
            if not _MEETING.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISSOCK(facts.st_mode) and facts.st_uid == os.getuid():
                    found.append((facts.st_mtime_ns, entry.path))
    return [path for _, path in sorted(found, reverse=True)]


def open_socket_to_listener(address: str, *, timeout_s: float) -> socket.socket:
    """A connection to a socket's path, `PORT`, or `HOST:PORT`; raises OSError.

    A dead socket of the kind that sshd leaves behind is removed.
    """
    if "/" in address:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(timeout_s)
            line.connect(address)
        except OSError as error:
            line.close()
            if error.errno == errno.ECONNREFUSED and address in listener_sockets():
                with contextlib.suppress(OSError):
                    os.unlink(address)
            raise
        return line
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise OSError(errno.EINVAL, "neither a path nor a port")
    line = socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=timeout_s)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _read_token(path: str) -> bytes | None:
    """The secret in a file; None where there is none, or where others could read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
                return None
            text = file.read(128).strip().decode("ascii", "replace")
    except OSError:
        return None
    return bytes.fromhex(text) if _TOKEN.fullmatch(text) else None
