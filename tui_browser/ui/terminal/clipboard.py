"""Copying out of a terminal: the ways there are, tried in order, and what came of each.

No way is certain everywhere (a terminal does not answer an OSC 52), so the app always shows what it copied, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui_browser.config.pathmap import file_uri
from tui_browser.ui.terminal import tmux
from tui_browser.ui.terminal.osc52 import route

_NATIVE_S = 4.0
# In a process of its own, with its descriptors on nothing: the tools that pyperclip starts write to the terminal and
# wait for ever on a display that is gone.
_NATIVE = "import pyperclip, sys; pyperclip.copy(sys.stdin.buffer.read().decode('utf-8'))"
_MAC_FILES = """
on run argv
    set found to {}
    repeat with one in argv
        set end of found to POSIX file one
    end repeat
    set the clipboard to found
end run
"""


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
    doubt: str = ""
    """Why it may not have arrived; empty where nothing speaks against it."""


def copy(text: str | bytes, *, write_osc52: Callable[[str], None], env: Mapping[str, str]) -> Copied:
    """Copy a text, or a path's very bytes; never raises.

    `write_osc52` hands an ASCII escape sequence to the terminal, `env` is the environment. Takes 0.1 s where there is
    a display and at most a few seconds, so a screen calls it in a thread.
    """
    data = text if isinstance(text, bytes) else _bytes(text)
    tried: list[str] = []
    ways: list[str] = []
    seat = tmux.seat(env) if env.get("TMUX") else env
    if has_display(seat):
        problem = _native(data, seat)
        if not problem:
            return Copied("clipboard", True, ())
        tried.append(f"clipboard: {problem}")
    if env.get("TMUX"):
        problem = tmux.load(data, env)
        if problem:
            tried.append(f"tmux buffer: {problem}")
        else:
            ways.append("tmux buffer")
        outside = [tmux.load(data, around) for around in tmux.outer(env)]
        if "" in outside:
            ways.append("outer tmux")
    sure = bool(ways)
    way = route(env)
    if len(data) > way.most_bytes:
        tried.append(f"{way.name}: {len(data):,} bytes are more than {way.limited_by} take ({way.most_bytes:,})")
        return Copied(" and ".join(ways), sure, tuple(tried))
    try:
        write_osc52(way.sequence(data))
        ways.append(way.name)
    except Exception as error:  # noqa: BLE001  whatever the driver's write raises, a copy must not end the app
        tried.append(f"{way.name}: {error}")
    return Copied(" and ".join(ways), sure, tuple(tried), way.doubts(data))


def copy_files(paths: Sequence[bytes], *, env: Mapping[str, str]) -> Copied:
    """Put files themselves on a desktop's clipboard, so that a paste in a DAW or file manager takes them.

    Never raises; at most a few seconds, so a screen calls it in a thread.
    """
    seat = tmux.seat(env) if env.get("TMUX") else dict(env)
    if not has_display(seat):
        return Copied("", False, ("clipboard: files go only to the clipboard of a desktop on this machine",))
    tried: list[str] = []
    uris = "".join(f"{file_uri(path)}\r\n" for path in paths).encode("ascii")
    for name, command, data in (
        ("wl-copy", ["wl-copy", "--type", "text/uri-list"], uris),
        ("xclip", ["xclip", "-selection", "clipboard", "-t", "text/uri-list"], uris),
        ("osascript", ["osascript", "-e", _MAC_FILES, *map(os.fsdecode, paths)], b""),
    ):
        if name == "wl-copy" and not seat.get("WAYLAND_DISPLAY"):
            continue
        if (name == "osascript") != (sys.platform == "darwin"):
            continue
        found = shutil.which(name, path=seat.get("PATH", os.defpath))
        problem = "not installed" if found is None else _run([found, *command[1:]], data, seat, _NATIVE_S)
        if not problem:
            return Copied("clipboard", True, tuple(tried))
        tried.append(f"{name}: {problem}")
    return Copied("", False, tuple(tried))


def has_display(env: Mapping[str, str]) -> bool:
    """Whether this is a desktop session of its own, and not one that is looked at over SSH."""
    if any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return False
    return sys.platform == "darwin" or any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")


def _native(data: bytes, env: Mapping[str, str]) -> str:
    """Empty when pyperclip has put it on the clipboard, else why not."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "the name is not UTF-8, which it cannot hold"
    problem = _run([sys.executable, "-P", "-c", _NATIVE], data, env, _NATIVE_S)
    return "no tool for it works here (xclip, xsel or wl-copy)" if problem == "it failed" else problem


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
