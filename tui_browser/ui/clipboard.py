"""Copying text out of a terminal: the ways there are, tried in order, and what came of each.

No way is certain everywhere (a terminal does not answer an OSC 52), so the app always shows what it copied, too.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

OSC52_MOST_BYTES = 74_000
"""Beyond this common terminals drop the whole sequence."""
_NATIVE_S = 2.0
_TMUX_S = 1.0
# In a process of its own, with its descriptors on nothing: the tools that pyperclip starts write to the terminal and
# wait for ever on a display that is gone.
_NATIVE = "import pyperclip, sys; pyperclip.copy(sys.stdin.buffer.read().decode('utf-8'))"


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a copy."""

    how: str
    """Where it went, in words: `clipboard`, `terminal (OSC 52)`, `tmux buffer and terminal (OSC 52)`; empty when
    nowhere."""
    sure: bool
    """Whether that way confirms what it does; a terminal does not."""
    tried: tuple[str, ...]
    """Each way that failed or was passed over, with the reason."""


def copy(text: str | bytes, *, write_osc52: Callable[[str], None], env: Mapping[str, str]) -> Copied:
    """Copy a text, or a path's very bytes; never raises.

    `write_osc52` hands an ASCII escape sequence to the terminal, `env` is the environment. Takes 0.1 s where there is
    a display and at most 3 s, so a screen calls it in a thread.
    """
    data = text if isinstance(text, bytes) else _bytes(text)
    tried: list[str] = []
    if _has_display(env):
        problem = _native(data, env)
        if not problem:
            return Copied("clipboard", True, ())
        tried.append(f"clipboard: {problem}")
    ways: list[str] = []
    if env.get("TMUX"):
        problem = _tmux(data, env)
        if problem:
            tried.append(f"tmux buffer: {problem}")
        else:
            ways.append("tmux buffer")
    sure = bool(ways)
    if len(data) > OSC52_MOST_BYTES:
        tried.append(f"terminal (OSC 52): {len(data)} bytes are more than terminals take")
    else:
        try:
            write_osc52(osc52(data))
            ways.append("terminal (OSC 52)")
        except Exception as error:  # noqa: BLE001  whatever the driver's write raises, a copy must not end the app
            tried.append(f"terminal (OSC 52): {error}")
    return Copied(" and ".join(ways), sure, tuple(tried))


def osc52(data: bytes) -> str:
    """The escape sequence that asks a terminal to put these bytes on the clipboard."""
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")


def _has_display(env: Mapping[str, str]) -> bool:
    if any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return False
    return sys.platform == "darwin" or any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def _native(data: bytes, env: Mapping[str, str]) -> str:
    """Empty when pyperclip has put it on the clipboard, else why not."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "the name is not UTF-8, which it cannot hold"
    problem = _run([sys.executable, "-P", "-c", _NATIVE], data, env, _NATIVE_S)
    return "no tool for it works here (xclip, xsel or wl-copy)" if problem == "it failed" else problem


def _tmux(data: bytes, env: Mapping[str, str]) -> str:
    tmux = shutil.which("tmux", path=env.get("PATH", os.defpath))
    if tmux is None:
        return "no tmux is found"
    if not _run([tmux, "load-buffer", "-w", "-"], data, env, _TMUX_S):
        return ""
    return _run([tmux, "load-buffer", "-"], data, env, _TMUX_S)  # before tmux 3.2 there is no -w


def _run(command: list[str], data: bytes, env: Mapping[str, str], seconds: float) -> str:
    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, input=data, stdout=nowhere, stderr=nowhere, env=dict(env), timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} s"
    except (OSError, ValueError) as error:
        return str(error)
    return "" if done.returncode == 0 else "it failed"
