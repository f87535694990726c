"""The command lines of verb `ssh`: what OpenSSH's `ssh` is called with, and what runs on the server."""

from __future__ import annotations

import hashlib
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import click

from tui_browser.playback.remote.login_lines import laptop_name
from tui_browser.playback.remote.pairing import SOCKET_FOLDER, VARIABLE

NO_PROGRAM = 96
"""Exit code of the remote command: there is no tui-browser on the PATH of the server."""
NO_PYTHON = 95
"""The same, and no Python that could run it."""
NOT_PAIRED = 97
"""Exit code of the remote command: the server does not have the secret of this machine's listener."""
SSH_FAILED = 255
"""Exit code of ssh itself: it did not log in, or the connection was lost."""

INSTALL_FOLDER = ".local/lib/tui-browser"
"""Folder for the program on a server, below the home folder; it is searched beside the PATH there."""
_LISTENERS = ".local/state/tui-browser/listeners"
_WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")
"""Options of ssh that take a value, in the same word or the next one (ssh(1), OpenSSH 9)."""
_WITHOUT_APP = frozenset("fGNnOQsTVW")
"""Options of ssh that leave no terminal for the app."""


@dataclass(frozen=True, slots=True)
class SshCall:
    """The words behind `tui-browser ssh`, taken apart."""

    options: tuple[str, ...]
    """Options of ssh, as given."""
    host: str
    arguments: tuple[str, ...]
    """Arguments of tui-browser on the server."""


def parse_call(words: Sequence[str]) -> SshCall:
    """Split `[SSH OPTIONS] HOST [ARGS]` as ssh does; raises click.UsageError."""
    at = 0
    while at < len(words) and words[at].startswith("-") and len(words[at]) > 1:
        word = words[at]
        at += 1
        for position, letter in enumerate(word[1:], start=1):
            if letter in _WITHOUT_APP:
                raise click.UsageError(f"option -{letter} of ssh leaves no terminal for the app")
            if letter in _WITH_VALUE:
                at += position == len(word) - 1  # the value is the next word
                break
    if at >= len(words) or not words[at]:
        raise click.UsageError("HOST is missing: tui-browser ssh [SSH OPTIONS] HOST [ARGS]")
    return SshCall(tuple(words[:at]), words[at], tuple(words[at + 1 :]))


def new_remote_socket() -> str:
    """A path for the socket of one login on the server; no other login has the same."""
    return f"{SOCKET_FOLDER}/tui-browser-{secrets.token_hex(8)}.sock"


def token_name(token: bytes) -> str:
    """File name of a listener's secret on a server: the name of this machine, and a fingerprint of the secret."""
    fingerprint = hashlib.sha256(b"tui-browser listener\0" + token).hexdigest()[:12]
    return f"{laptop_name()}.{fingerprint}"


def pair_command(call: SshCall, *, token: bytes) -> list[str]:
    """The command that stores the secret on the server; it reads the secret from its standard input."""
    name = shlex.quote(token_name(token))
    script = f"umask 077; cd && mkdir -p {_LISTENERS} && cd {_LISTENERS} && cat > {name}"
    return ["ssh", "-T", "-o", "RemoteCommand=none", *call.options, call.host, f"exec sh -c {shlex.quote(script)}"]


def login_command(
    call: SshCall, *, local: str, remote: str, token: bytes, program: str, log: str, colours: str, terminal: bool
) -> list[str]:
    """The command that logs in with the forwarding and runs the app.

    `local` and `remote` are the sockets at both ends; `colours` is the value of COLORTERM, which ssh does not pass on;
    messages of ssh go to the file `log`, so that none lands on the app's screen.
    """
    forwarding = ["-E", log, "-o", "LogLevel=INFO", "-o", "RemoteCommand=none", "-R", f"{remote}:{local}"]
    script = _remote_script(call.arguments, remote=remote, token=token, program=program, colours=colours)
    return ["ssh", *forwarding, *(["-t"] if terminal else []), *call.options, call.host, script]


def cancel_command(call: SshCall, *, local: str, remote: str) -> list[str]:
    """The command that takes back the forwarding from a shared connection (ControlMaster), which keeps it otherwise."""
    return ["ssh", "-O", "cancel", "-R", f"{remote}:{local}", *call.options, call.host]


def install_command(call: SshCall) -> str:
    """The command that installs the program on the server, for a person to type."""
    script = f"python3 -m venv ~/{INSTALL_FOLDER} && ~/{INSTALL_FOLDER}/bin/pip install tui-browser"
    return f"{shlex.join(['ssh', *call.options, call.host])} '{script}'"


def _remote_script(arguments: Sequence[str], *, remote: str, token: bytes, program: str, colours: str) -> str:
    """What runs on the server: any login shell takes it, as it is one line without backslashes or history marks.

    The program runs in a login shell, because PATH and the person's variables are set there; csh has none for commands.
    """
    variables = [f"{VARIABLE}={remote}", *([f"COLORTERM={colours}"] if colours else [])]
    has_python = 'python3 -c "import sys; sys.exit(sys.version_info < (3, 11))" 2> /dev/null'
    run = (
        f'command -v "$0" > /dev/null 2>&1 || {{ {has_python} && exit {NO_PROGRAM}; exit {NO_PYTHON}; }}; '
        'exec "$0" "$@"'
    )
    path = f'PATH="$PATH:$HOME/.local/bin:$HOME/bin:$HOME/{INSTALL_FOLDER}/bin"'
    login = f"exec env {path} {shlex.join([*variables, 'sh', '-c', run, program, *arguments])}"
    script = (
        f'[ -s "$HOME/{_LISTENERS}/{token_name(token)}" ] || {{ rm -f {remote}; exit {NOT_PAIRED}; }}; '
        'case "$SHELL" in ""|*csh) shell=sh ;; *) shell=$SHELL ;; esac; '
        f'"$shell" -lc {shlex.quote(login)}; code=$?; rm -f {remote}; exit $code'
    )
    return f"exec sh -c {shlex.quote(script)}"
