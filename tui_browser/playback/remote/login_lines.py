"""Lines that a person types, or puts into `~/.ssh/config`, to log in with sound."""

from __future__ import annotations

import os
import re
import shlex
import socket
from dataclasses import dataclass

from tui_browser.config.places import state_dir
from tui_browser.errors import PlayerError
from tui_browser.playback.remote.pairing import SOCKET_FOLDER, token_file

_NEW_NAME = f"mktemp -u {SOCKET_FOLDER}/tui-browser-XXXXXXXXXX"
_LOGIN_CHECK = r"""#!/bin/sh
# Written by tui-browser listen, and run by ssh through ~/.ssh/config with the host as it was typed.
# Succeeds for a login while the listener runs; scp, git, rsync and other commands get no forwarding.
{running}
pid=$PPID
for _ in 1 2 3; do # a shell may stand between ssh and this script
    words=$(ps -ww -o args= -p "$pid" 2> /dev/null)
    case $words in ssh | ssh\ * | */ssh | */ssh\ *) break ;; esac
    pid=$(ps -o ppid= -p "$pid" 2> /dev/null | tr -d ' ')
done
case $words in
"" | *[\ @]"$1" | *\ -t\ * | *\ -tt\ *) ;;
*) exit 1 ;;
esac
umask 077
echo "RemoteForward $({name}).sock {address}" > ~/.ssh/tui-browser.conf
"""


@dataclass(frozen=True, slots=True)
class PairingCommands:
    """Commands to type on the laptop."""

    pair: str
    """Copies the secret; once for each server."""
    login: str
    """Logs in with sound."""
    config: tuple[str, ...]
    """Lines of `~/.ssh/config` that bring sound with each login."""


def laptop_name() -> str:
    """The name of this machine, in characters that are plain in every shell."""
    return re.sub(r"[^0-9A-Za-z.-]", "-", socket.gethostname()).strip("-.") or "laptop"


def pairing_commands(address: str, *, server: str = "SERVER") -> PairingCommands:
    """The commands with which `server` plays through the listener at `address`, a path or 127.0.0.1:PORT.

    With `LogLevel FATAL` ssh still says why a login fails; below that, its messages on forwarded connections would
    land on the app's screen.
    """
    return PairingCommands(
        pair=pair_line(server=server, name=laptop_name(), kept_at=shlex.quote(token_file())),
        login=f'ssh -o LogLevel=FATAL -R "$({_NEW_NAME}).sock:{address}" {server}',
        config=(
            f'Match originalhost {server.rpartition("@")[2]} exec "{shlex.quote(login_check_file())} %n"',
            "    Include tui-browser.conf",
            "    LogLevel FATAL",
        ),
    )


def pair_line(*, server: str, name: str, kept_at: str) -> str:
    """The line that copies a listener's secret, whose path is `kept_at` for a shell, to a file `name` there."""
    folder = "~/.local/state/tui-browser/listeners"
    return f"ssh {server} 'umask 077; mkdir -p {folder}; cat > {folder}/{name}' < {kept_at}"


def login_check_file() -> str:
    """Path of the script that `~/.ssh/config` asks whether a call of ssh is a login that is to have sound."""
    return os.path.join(state_dir(), "ssh-login-check")


def write_login_check(address: str) -> None:
    """Write that script for the listener at `address`; raises PlayerError."""
    text = _LOGIN_CHECK.format(
        running=f"test -S {shlex.quote(address)} || exit 1" if address.startswith("/") else ":",
        name=_NEW_NAME,
        address=address,
    )
    path = login_check_file()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o700), "w") as file:
            file.write(text)
        os.replace(f"{path}.new", path)
    except OSError as error:
        raise PlayerError("the script for ~/.ssh/config cannot be stored", path=path, hint=str(error)) from error
