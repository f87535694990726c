"""tmux seen from inside: its buffer, its settings, the tmux around it, and who looks at it now."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

_TMUX_S = 3.0
_DEEPEST = 3
_SEAT = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
"""What tells where a person sits."""


def load(data: bytes, env: Mapping[str, str]) -> str:
    """Put bytes into tmux's buffer and through it on the clipboard; empty when the buffer has them, else why not."""
    problem = run("load-buffer", "-w", "-", data=data, env=env)[0]
    return problem and run("load-buffer", "-", data=data, env=env)[0]  # before tmux 3.2 there is no -w


def seat(env: Mapping[str, str]) -> dict[str, str]:
    """The environment with display and SSH variables as tmux knows them of whoever attached last.

    A shell in tmux keeps those of the moment when it was started: at the desk, long before the same session was taken
    up from the laptop.
    """
    now = dict(env)
    problem, out = run("show-environment", env=env)
    if problem:
        return now
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        name, equals, value = line.partition("=")
        if equals and name in _SEAT:
            now[name] = value
        elif line.startswith("-") and line[1:] in _SEAT:
            now.pop(line[1:], None)
    if "SSH_CONNECTION" not in now:  # the only one of the three that tmux renews
        for name in ("SSH_TTY", "SSH_CLIENT"):
            now.pop(name, None)
    return now


def outer(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environments of the tmux clients around this one, on this machine, innermost first (Linux tells)."""
    now = dict(env)
    for _ in range(_DEEPEST):
        problem, out = run("display-message", "-p", "#{client_pid}", env=now)
        if problem or not out.strip().isdigit():
            return
        try:
            with open(f"/proc/{int(out)}/environ", "rb") as file:
                around = file.read().split(b"\0")
        except OSError:
            return
        found = [pair.partition(b"=")[2] for pair in around if pair.startswith(b"TMUX=")]
        if not found or not found[0]:
            return
        now = {**env, "TMUX": os.fsdecode(found[0])}
        now.pop("TMUX_PANE", None)
        yield now


def setting(name: str, env: Mapping[str, str]) -> str:
    """The value of a server option; empty when tmux does not tell."""
    problem, out = run("show-options", "-sv", name, env=env)
    return "" if problem else out.decode("utf-8", "replace").strip()


def run(*words: str, env: Mapping[str, str], data: bytes = b"") -> tuple[str, bytes]:
    """Why a tmux command failed (empty when it did not), and what it wrote."""
    tmux = shutil.which("tmux", path=env.get("PATH", os.defpath))
    if tmux is None:
        return "no tmux is found", b""
    try:
        done = subprocess.run(
            [tmux, *words], input=data, capture_output=True, env=dict(env), timeout=_TMUX_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_TMUX_S:g} s", b""
    except (OSError, ValueError) as error:
        return str(error), b""
    return ("" if done.returncode == 0 else "it failed"), done.stdout
