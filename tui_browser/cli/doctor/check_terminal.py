"""Checks of the terminal: kind, size, colours, braille, and keys that it keeps for itself."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping

from tui_browser.cli.doctor.finding import Finding, State
from tui_browser.cli.doctor.terminal_query import TerminalAnswers
from tui_browser.config.appearance import supports_utf8, terminal_colours
from tui_browser.config.settings import Settings
from tui_browser.ui.terminal import tmux

_LEAST = (40, 12)
_CONTAINER = "/.dockerenv"
_PROCESSES = "/proc"


def terminal(env: Mapping[str, str], answers: TerminalAnswers | None) -> Iterator[Finding]:
    """Kind and size of the terminal."""
    name = answers.name if answers and answers.name else env.get("TERM_PROGRAM", "")
    description = f"{name} (TERM={env.get('TERM', '')})" if name else f"TERM={env.get('TERM', '')}"
    if answers is None:
        change = "run doctor in the terminal in which you use the app"
        yield Finding("terminal", "limited", f"{description}; there is no terminal to query", "/dev/tty", change)
        return
    columns, rows = _size()
    waits = f", answers after {1000 * answers.took_s:.0f} ms" if answers.attributes is not None else ", does not answer"
    found = f"{description}, {columns}x{rows}{waits}"
    if columns < _LEAST[0] or rows < _LEAST[1]:
        change = f"enlarge the window to {_LEAST[0]}x{_LEAST[1]} or more"
        yield Finding("terminal", "limited", found, "queried it", change)
    else:
        yield Finding("terminal", "good", found, "queried it (XTVERSION, DA1)")


def _size() -> tuple[int, int]:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            size = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]  # None: suppressed
            return size.columns, size.lines
    return 0, 0


def colours(env: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    """How many colours the app uses."""
    available = terminal_colours(env)
    used = available if settings.colour == "auto" else settings.colour
    found = {"truecolor": "16 million", "256": "256", "16": "16", "none": "none"}[used]
    tested = "by NO_COLOR, COLORTERM and TERM" if settings.colour == "auto" else "by the settings"
    change = ""
    if used in ("16", "256") and settings.colour == "auto":
        change = "export COLORTERM=truecolor, if the terminal has 16 million colours"
    elif used == "none" and env.get("NO_COLOR"):
        change = "unset NO_COLOR"
    state: State = "good" if used in ("truecolor", "256") else "limited"
    yield Finding("colours", state, found, tested, change)


def braille(env: Mapping[str, str], settings: Settings, answers: TerminalAnswers | None) -> Iterator[Finding]:
    """Whether the terminal shows braille."""
    if settings.ascii:
        yield Finding("braille", "good", "not used: ascii = true", "settings")
        return
    if not supports_utf8(env):
        locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "none"
        change = "the Linux console has no braille: use a desktop terminal, or kmscon"
        if env.get("TERM") != "linux":
            change = "export LANG=C.UTF-8"
        yield Finding(
            "braille", "limited", f"the map is drawn in ASCII (locale {locale})", "LC_ALL, LC_CTYPE, LANG", change
        )
        return
    cells = answers.braille_cells if answers else None
    if cells is None:
        yield Finding("braille", "good", "UTF-8", "LC_ALL, LC_CTYPE, LANG")
    elif cells == 1:
        yield Finding(
            "braille",
            "good",
            "UTF-8, a braille character takes one cell",
            "wrote one and queried the cursor's position",
        )
    else:
        change = "ascii = true in the settings, or a font with narrow braille"
        yield Finding(
            "braille",
            "limited",
            f"a braille character takes {cells} cells",
            "wrote one and queried the cursor's position",
            change,
        )


def keys(env: Mapping[str, str]) -> Iterator[Finding]:
    """Keys that this terminal is known to keep for itself."""
    program = env.get("TERM_PROGRAM", "")
    taken: list[tuple[str, str]] = []
    if program == "Apple_Terminal":
        taken.append(("shift+up and shift+down", "HJKL pan too"))
    if program == "vscode":
        taken.append(
            ("ctrl+p, ctrl+q", 'palette = "ctrl+k" under [keys], or terminal.integrated.sendKeybindingsToShell')
        )
    if env.get("TERM", "").startswith("konsole") or env.get("KONSOLE_VERSION"):
        taken.append(("shift+left and shift+right", "HJKL pan too"))
    if _is_attached_by_docker(env):
        taken.append(
            ("ctrl+p (docker waits for ctrl+q)", "docker run --detach-keys=ctrl-@ ..., or another palette key")
        )
    if env.get("TERMINAL_EMULATOR") == "JetBrains-JediTerm":
        taken.append(("esc", 'clear = "ctrl+g" under [keys], or free esc in Settings, Tools, Terminal'))
    if env.get("STY"):
        taken.append(("ctrl+a", "no key of the app"))
    if env.get("ZELLIJ"):
        taken.append(("ctrl+p, ctrl+q", "ctrl+g locks zellij: then they reach the app"))
    if env.get("TMUX"):
        prefix = tmux.run("show-options", "-gv", "prefix", env=env)[1].decode("utf-8", "replace").strip()
        if prefix == "C-p":
            taken.append(("ctrl+p (tmux's prefix)", 'palette = "ctrl+k" under [keys]'))
    if taken:
        found = "these do not reach the app: " + ", ".join(key for key, _ in taken)
        yield Finding("keys", "good", found, "known terminals", "; ".join(dict.fromkeys(remedy for _, remedy in taken)))
    else:
        yield Finding("keys", "good", "this terminal is not known to keep any", "known terminals")


def _is_attached_by_docker(env: Mapping[str, str]) -> bool:
    """Whether `docker run`, `exec` or `attach` passes the keys on, which waits for ctrl+p.

    The session then belongs to a process that was put into the container from outside: its parent is 0. A login by ssh
    or a terminal of a service inside the container has parents there.
    """
    if not os.path.exists(_CONTAINER) or env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    try:
        with open(f"{_PROCESSES}/{os.getsid(0)}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[1] == b"0"
    except (OSError, IndexError):
        return False
