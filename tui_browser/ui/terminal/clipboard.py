"""Copying from a terminal: desktop clipboard, tmux buffer, OSC 52, in that order.

None of them is certain everywhere (a terminal does not answer an OSC 52), so the app also shows what it copied.
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

_DESKTOP_TIMEOUT_S = 4.0
_MECHANISMS = (
    ("wl-clipboard", "wl-copy", "WAYLAND_DISPLAY"),
    ("xclip", "xclip", "DISPLAY"),
    ("xsel", "xsel", "DISPLAY"),
    ("", "clip.exe", "WSL_DISTRO_NAME"),
)
"""What pyperclip calls a way to the clipboard, the program that it runs, and the variable of the display."""
# Runs in a child process with its output discarded: the programs that pyperclip starts write to the terminal, and hang
# where the display is gone. pyperclip does not look at their exit codes, so they are kept and looked at here.
_PYPERCLIP = """
import subprocess, sys
import pyperclip
if sys.argv[1]:
    pyperclip.set_clipboard(sys.argv[1])
else:
    pyperclip.copy, pyperclip.paste = pyperclip.determine_clipboard()
programs = []
class Program(subprocess.Popen):
    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        programs.append(self)
subprocess.Popen = Program
pyperclip.copy(sys.stdin.buffer.read().decode("utf-8"))
sys.exit(next((abs(program.returncode) for program in programs if program.wait()), 0))
"""
_MAC_FILES = """
on run argv
    set fileList to {}
    repeat with each in argv
        set end of fileList to POSIX file each
    end repeat
    set the clipboard to fileList
end run
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """The outcome of a copy."""

    how: str
    """Where the text went: `clipboard`, `terminal (OSC 52)`, `tmux buffer and terminal (OSC 52)`; empty if nowhere."""
    sure: bool
    """Whether the destination confirmed the copy; a terminal never does."""
    tried: tuple[str, ...]
    """Each destination that failed or was skipped, with the reason."""
    doubt: str = ""
    """Why the text may not have arrived; empty if there is no known reason."""


def copy(text: str | bytes, *, write_osc52: Callable[[str], None], env: Mapping[str, str]) -> Copied:
    """Copy a text, or the exact bytes of a path; never raises.

    `write_osc52` sends an ASCII escape sequence to the terminal. The call takes 0.1 s on a desktop and a few seconds
    at most, so a screen makes it in a thread.
    """
    content = text if isinstance(text, bytes) else _bytes(text)
    tried: list[str] = []
    destinations: list[str] = []
    env = tmux.found(env)
    seat = tmux.seat(env) if env.get("TMUX") else env
    if has_display(seat):
        problem = _to_desktop(content, seat)
        if not problem:
            return Copied("clipboard", True, ())
        tried.append(f"clipboard: {problem}")
    doubt = ""
    if env.get("TMUX"):
        problem = tmux.load(content, env)
        if problem:
            tried.append(f"tmux buffer: {problem}")
        else:
            destinations.append("tmux buffer")
        outer, doubt = tmux.outer(env)
        if "" in [tmux.load(content, outer_env) for outer_env in outer]:
            destinations.append("outer tmux")
    sure = bool(destinations)
    osc52 = route(env)
    if len(content) > osc52.most_bytes:
        tried.append(f"{osc52.name}: {len(content):,} bytes, but {osc52.limited_by} take {osc52.most_bytes:,} at most")
        return Copied(" and ".join(destinations), sure, tuple(tried), doubt)
    try:
        write_osc52(osc52.sequence(content))
        destinations.append(osc52.name)
    except Exception as error:  # noqa: BLE001  whatever the driver's write raises, a copy must not end the app
        tried.append(f"{osc52.name}: {error}")
    return Copied(" and ".join(destinations), sure, tuple(tried), doubt or osc52.doubts(content))


def copy_files(paths: Sequence[bytes], *, env: Mapping[str, str]) -> Copied:
    """Put files on the desktop's clipboard, so that a DAW or a file manager can paste them.

    Never raises; takes a few seconds at most, so a screen calls it in a thread.
    """
    env = tmux.found(env)
    seat = tmux.seat(env) if env.get("TMUX") else env
    if not has_display(seat):
        return Copied("", False, ("clipboard: files can only be copied to a desktop on this machine",))
    tried: list[str] = []
    uris = "".join(f"{file_uri(path)}\r\n" for path in paths).encode("ascii")
    for name, command, stdin in (
        ("wl-copy", ["wl-copy", "--type", "text/uri-list"], uris),
        ("xclip", ["xclip", "-selection", "clipboard", "-t", "text/uri-list"], uris),
        ("osascript", ["osascript", "-e", _MAC_FILES, *map(os.fsdecode, paths)], b""),
    ):
        if name == "wl-copy" and not seat.get("WAYLAND_DISPLAY"):
            continue
        if (name == "osascript") != (sys.platform == "darwin"):
            continue
        tool = shutil.which(name, path=seat.get("PATH", os.defpath))
        problem = "not installed" if tool is None else _run([tool, *command[1:]], stdin, seat)
        if not problem:
            return Copied("clipboard", True, tuple(tried))
        tried.append(f"{name}: {problem}")
    return Copied("", False, tuple(tried))


def has_display(env: Mapping[str, str]) -> bool:
    """Whether the app runs in a desktop session on this machine, not over SSH."""
    if any(env.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return False
    return sys.platform == "darwin" or any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")


def _to_desktop(content: bytes, env: Mapping[str, str]) -> str:
    """Copy with pyperclip and the first program that succeeds; returns why none did, or an empty text."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "it holds UTF-8 only, and this name is not UTF-8"
    problems: list[str] = []
    for mechanism, program, variable in (("pbcopy", "pbcopy", ""),) if sys.platform == "darwin" else _MECHANISMS:
        if shutil.which(program, path=env.get("PATH", os.defpath)) is None or (variable and not env.get(variable)):
            continue
        problem = _run([sys.executable, "-P", "-c", _PYPERCLIP, mechanism], content, env)
        if not problem:
            return ""
        problems.append(f"{program}: {problem}")
    return ", ".join(problems) or "xclip, xsel or wl-copy is not installed"


def _run(command: list[str], stdin: bytes, env: Mapping[str, str]) -> str:
    """Run a command with its output discarded; returns why it failed, or an empty text."""
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, input=stdin, stdout=nothing, stderr=nothing, env=dict(env), timeout=_DESKTOP_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_DESKTOP_TIMEOUT_S:g} s"
    except (OSError, ValueError) as error:
        return str(error)
    return "" if done.returncode == 0 else f"it failed with {done.returncode}"
