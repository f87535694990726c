"""tmux from inside: its buffer and options, an outer tmux, and the environment of the client."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping

_TMUX_S = 3.0
_DEEPEST = 3
_MOST_PARENTS = 32
_NOT_ASKED = "the tmux around this one could not be asked, and takes it only with: set -s set-clipboard on"
_SEAT_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
"""They say at which machine and display the person sits."""


def load(content: bytes, env: Mapping[str, str]) -> str:
    """Load bytes into tmux's buffer, and from there into the clipboard; returns why it failed, or an empty text."""
    problem = run("load-buffer", "-w", "-", stdin=content, env=env)[0]
    return problem and run("load-buffer", "-", stdin=content, env=env)[0]  # tmux before 3.2 has no -w


def seat(env: Mapping[str, str]) -> dict[str, str]:
    """The environment with the display and SSH variables of the client that attached last.

    A shell in tmux keeps the variables of the moment when it started: at the desk, long before the session was
    attached from a laptop.
    """
    now = dict(env)
    problem, out = run("show-environment", env=env)
    if problem:
        return now
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        name, equals, value = line.partition("=")
        if equals and name in _SEAT_VARIABLES:
            now[name] = value
        elif line.startswith("-") and line[1:] in _SEAT_VARIABLES:
            now.pop(line[1:], None)
    if "SSH_CONNECTION" not in now:  # tmux updates only this one of the three
        for name in ("SSH_TTY", "SSH_CLIENT"):
            now.pop(name, None)
    return now


def found(env: Mapping[str, str]) -> dict[str, str]:
    """The environment with TMUX as a parent process had it, where it was unset since (Linux only)."""
    if env.get("TMUX") or not is_hidden(env):
        return dict(env)
    address = _tmux_of_parents(os.getpid())
    return {**env, "TMUX": address} if address else dict(env)


def is_hidden(env: Mapping[str, str]) -> bool:
    """Whether the terminal looks like tmux's although TMUX is not set."""
    term = env.get("TERM", "")
    inside = term.startswith("tmux") or env.get("TERM_PROGRAM") == "tmux"
    return not env.get("TMUX") and (inside or (term.startswith("screen") and not env.get("STY")))


def outer(env: Mapping[str, str]) -> tuple[list[dict[str, str]], str]:
    """The environments of enclosing tmux clients on this machine, innermost first, and a doubt (Linux only).

    A nested tmux is often started after `unset TMUX`; the shell that did so still shows the variable with which it was
    started. The doubt says that there is another tmux around, whose socket is not known; it is empty otherwise.
    """
    environments: list[dict[str, str]] = []
    now = dict(env)
    for _ in range(_DEEPEST):
        problem, out = run("display-message", "-p", "#{client_pid} #{client_termname}", env=now)
        pid, _, term = out.decode("utf-8", "replace").strip().partition(" ")
        if problem or not pid.isdigit():
            break
        address = _tmux_of_parents(int(pid))
        if not address or _server(address) == _server(now.get("TMUX", "")):
            hidden = term.startswith(("tmux", "screen")) and not address
            return environments, _NOT_ASKED if hidden else ""
        now = {**env, "TMUX": address}
        now.pop("TMUX_PANE", None)
        environments.append(now)
    return environments, ""


def _server(address: str) -> str:
    """The socket in a value of TMUX, which is `SOCKET,PID,SESSION`."""
    return address.rpartition(",")[0].rpartition(",")[0]


def _tmux_of_parents(pid: int) -> str:
    """TMUX as this process, or the nearest of its parents, got it when it started; empty if none did."""
    for _ in range(_MOST_PARENTS):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                variables = file.read().split(b"\0")
            with open(f"/proc/{pid}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return ""
        address = next((pair.partition(b"=")[2] for pair in variables if pair.startswith(b"TMUX=")), b"")
        if address:
            return os.fsdecode(address)
        if parent <= 1:
            return ""
        pid = parent
    return ""


def setting(name: str, env: Mapping[str, str]) -> str:
    """The value of a server option; empty if it is unknown."""
    problem, out = run("show-options", "-sv", name, env=env)
    return "" if problem else out.decode("utf-8", "replace").strip()


def run(*words: str, env: Mapping[str, str], stdin: bytes = b"") -> tuple[str, bytes]:
    """Run a tmux command; returns why it failed (empty on success) and its output."""
    tmux = shutil.which("tmux", path=env.get("PATH", os.defpath))
    if tmux is None:
        return "tmux is not installed", b""
    try:
        done = subprocess.run(
            [tmux, *words], input=stdin, capture_output=True, env=dict(env), timeout=_TMUX_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_TMUX_S:g} s", b""
    except (OSError, ValueError) as error:
        return str(error), b""
    return ("" if done.returncode == 0 else "it failed"), done.stdout
