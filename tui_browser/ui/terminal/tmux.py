"""tmux from inside: its buffer and options, an outer tmux, and the environment of the client."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

_TMUX_S = 3.0
_DEEPEST = 3
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


def outer(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environments of enclosing tmux clients on this machine, innermost first (Linux only)."""
    now = dict(env)
    for _ in range(_DEEPEST):
        problem, out = run("display-message", "-p", "#{client_pid}", env=now)
        if problem or not out.strip().isdigit():
            return
        try:
            with open(f"/proc/{int(out)}/environ", "rb") as file:
                variables = file.read().split(b"\0")
        except OSError:
            return
        outer_tmux = next((pair.partition(b"=")[2] for pair in variables if pair.startswith(b"TMUX=")), b"")
        if not outer_tmux:
            return
        now = {**env, "TMUX": os.fsdecode(outer_tmux)}
        now.pop("TMUX_PANE", None)
        yield now


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
