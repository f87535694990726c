"""Checks of the way to a person's clipboard: tmux, SSH, clipboard tools and the terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

from tui_browser.cli.doctor.finding import Finding
from tui_browser.cli.doctor.terminal_query import Echo, TerminalAnswers
from tui_browser.ui.terminal import tmux
from tui_browser.ui.terminal.clipboard import has_display
from tui_browser.ui.terminal.osc52 import route

_CLIPBOARD = "52"
"""The attribute in the answer to DA1 that stands for OSC 52."""
_CONFIRMING = ("kitty", "ghostty", "iterm", "contour")
"""Terminals that ask the person before they let a program read the clipboard."""
_UNREACHED = (b"open display", b"connect to a Wayland server", b"connect to the Wayland")
"""What xclip, xsel and wl-paste say where there is no such display; an empty clipboard is an error for them as well."""


def multiplexer(env: Mapping[str, str]) -> Iterator[Finding]:
    """The settings of tmux that matter, or which other multiplexer it is."""
    if env.get("TMUX"):
        problem, out = tmux.run("-V", env=env)
        if problem:
            change = "put tmux on the PATH"
            yield Finding("tmux", "limited", f"inside tmux, but {problem}", "queried it", change)
            return
        version = out.decode("utf-8", "replace").strip()
        clipboard, wait = tmux.setting("set-clipboard", env), tmux.setting("escape-time", env)
        passes = tmux.run("show-options", "-gwv", "allow-passthrough", env=env)[1].decode("utf-8", "replace").strip()
        found = f"{version}, set-clipboard {clipboard}, escape-time {wait} ms"
        found += f", allow-passthrough {passes} (not needed)" if passes else ""
        change = ""
        if clipboard == "off":
            change = "set -s set-clipboard external"
        elif wait.isdigit() and int(wait) > 100:
            change = "set -s escape-time 20, so that esc acts at once"
        elif version.endswith(("3.7b", "3.7c")):
            change = "another version of tmux: this one repaints the whole pane at each step"
        yield Finding("tmux", "limited" if change else "good", found, "queried it", change)
    for name, variable in (("GNU screen", "STY"), ("zellij", "ZELLIJ")):
        if env.get(variable):
            yield Finding("multiplexer", "good", name, variable)


def clipboard(
    env: Mapping[str, str],
    answers: TerminalAnswers | None,
    *,
    echo: Callable[[], Echo | None] | None = None,
    allowed: bool = False,
) -> Iterator[Finding]:
    """Where a copied path goes. `echo` copies through the terminal and reads it back, if there is no other way to tell.

    `allowed` runs `echo` even if the terminal asks the person for permission.
    """
    seat = tmux.seat(env) if env.get("TMUX") else env
    display = "none"
    if has_display(seat):
        problem, tool = _native(seat)
        if not problem:
            yield Finding("clipboard", "good", tool, "the tool reaches the display")
            return
        display = problem
    if env.get("TMUX") and tmux.setting("set-clipboard", env) != "off":
        yield Finding("clipboard", "good", "tmux's buffer, and from there the terminal's clipboard", "queried tmux")
        return
    target = route(env)
    change = _display_remedy(seat) if display != "none" else ""
    echoed = echo() if echo is not None and _may_query(env, answers, allowed=allowed) else None
    if echoed == "came back":
        tested = "copied a line, read it back, and restored the clipboard"
        yield Finding("clipboard", "good", target.name, tested, change)
    elif echoed == "did not come back":
        change = change or "allow programs to write the clipboard in the terminal's settings"
        yield Finding(
            "clipboard", "limited", f"{target.name}, which did not store a copy", "copied and read back", change
        )
    elif answers and answers.attributes and _CLIPBOARD in answers.attributes:
        yield Finding("clipboard", "good", target.name, "the terminal says so (DA1)", change)
    elif target.doubt:
        change = change or "use another terminal; y shows the path, pick prints it"
        yield Finding("clipboard", "limited", f"{target.name}, but {target.doubt}", "known terminals", change)
    else:
        found = f"{target.name}; it does not let programs read the clipboard"
        yield Finding("clipboard", "good", found, "press y and paste; or doctor --clipboard", change)


def _may_query(env: Mapping[str, str], answers: TerminalAnswers | None, *, allowed: bool) -> bool:
    """Whether to read the terminal's clipboard; if the terminal asks the person, only when `allowed`."""
    multiplexer = env.get("TMUX") or env.get("STY") or env.get("ZELLIJ")
    name = f"{answers.name if answers else ''} {env.get('TERM', '')} {env.get('TERM_PROGRAM', '')}".casefold()
    return (
        answers is not None and not multiplexer and (allowed or not any(terminal in name for terminal in _CONFIRMING))
    )


def _display_remedy(env: Mapping[str, str]) -> str:
    """What to change where there is a display, and no tool that reaches it."""
    variable = "WAYLAND_DISPLAY" if env.get("WAYLAND_DISPLAY") else "DISPLAY"
    path = env.get("PATH", os.defpath)
    installed = [name for name in ("wl-copy", "xclip", "xsel") if shutil.which(name, path=path) is not None]
    if variable == "DISPLAY" and not set(installed) & {"xclip", "xsel"}:
        return "install xclip"
    if variable == "WAYLAND_DISPLAY" and not installed:
        return "install wl-clipboard"
    display = f"{variable}={env.get(variable)}"
    return f"set {display} to a desktop that runs, or unset it: {', '.join(installed)} cannot reach this one"


def _native(env: Mapping[str, str]) -> tuple[str, str]:
    """Why no native tool works, empty if one does, and the name of the tool."""
    if sys.platform == "darwin":
        return "", "pbcopy"
    path = env.get("PATH", os.defpath)
    candidates = [("xclip", ["-selection", "clipboard", "-o", "-t", "TARGETS"]), ("xsel", ["-b", "--output"])]
    if env.get("WAYLAND_DISPLAY"):
        candidates.insert(0, ("wl-paste", ["--list-types"]))
    if env.get("WSL_DISTRO_NAME") and shutil.which("clip.exe", path=path):
        return "", "clip.exe"
    for name, words in candidates:
        tool = shutil.which(name, path=path)
        if tool is None:
            continue
        try:
            done = subprocess.run(
                [tool, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=dict(env), timeout=2, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        if not any(words in done.stderr for words in _UNREACHED):
            return "", "wl-copy" if name == "wl-paste" else name
    return "no clipboard tool works (wl-copy, xclip or xsel)", ""


def ssh(env: Mapping[str, str], answers: TerminalAnswers | None) -> Iterator[Finding]:
    """Whether the app is used over SSH."""
    seat = tmux.seat(env) if env.get("TMUX") else env
    if not any(seat.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return
    delay = f", {1000 * answers.took_s:.0f} ms round trip" if answers and answers.attributes is not None else ""
    found = f"over SSH{delay}: copies go to the terminal's clipboard, sound to a listener"
    yield Finding("ssh", "good", found, "SSH_CONNECTION")
