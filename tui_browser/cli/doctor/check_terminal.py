"""The doctor's look at the terminal: what it says of itself when asked, and which keys it keeps."""

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


def terminal(env: Mapping[str, str], answers: TerminalAnswers | None) -> Iterator[Finding]:
    """Kind and size of the terminal."""
    name = answers.name if answers and answers.name else env.get("TERM_PROGRAM", "")
    named = f"{name} (TERM={env.get('TERM', '')})" if name else f"TERM={env.get('TERM', '')}"
    if answers is None:
        change = "run it in the terminal in which you use the app"
        yield Finding("terminal", "limited", f"{named}; none that can be asked", "/dev/tty", change)
        return
    columns, rows = _size()
    waits = f", answers after {1000 * answers.took_s:.0f} ms" if answers.attributes is not None else ", does not answer"
    found = f"{named}, {columns}x{rows}{waits}"
    if columns < _LEAST[0] or rows < _LEAST[1]:
        change = f"make the window {_LEAST[0]}x{_LEAST[1]} at least"
        yield Finding("terminal", "limited", found, "asked it", change)
    else:
        yield Finding("terminal", "good", found, "asked it (XTVERSION, DA1)")


def _size() -> tuple[int, int]:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            size = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]  # None: suppressed
            return size.columns, size.lines
    return 0, 0


def colours(env: Mapping[str, str], chosen: Settings) -> Iterator[Finding]:
    """How many colours there are."""
    here = terminal_colours(env)
    used = here if chosen.colour == "auto" else chosen.colour
    found = {"truecolor": "16 million", "256": "256", "16": "16", "none": "none"}[used]
    tested = "by NO_COLOR, COLORTERM and TERM" if chosen.colour == "auto" else "by the settings"
    change = ""
    if used in ("16", "256") and chosen.colour == "auto":
        change = "export COLORTERM=truecolor, where the terminal shows them"
    elif used == "none" and env.get("NO_COLOR"):
        change = "unset NO_COLOR"
    state: State = "good" if used in ("truecolor", "256") else "limited"
    yield Finding("colours", state, found, tested, change)


def braille(env: Mapping[str, str], chosen: Settings, answers: TerminalAnswers | None) -> Iterator[Finding]:
    """Whether dots can be drawn."""
    if chosen.ascii:
        yield Finding("braille", "good", "not used: ascii = true", "settings")
        return
    if not supports_utf8(env):
        locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "none"
        change = "the Linux console has no braille: use a terminal of a desktop, or kmscon"
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
            "braille", "good", "UTF-8, a braille character takes one cell", "wrote one and asked where the cursor is"
        )
    else:
        change = "ascii = true in the settings, or a font with narrow braille"
        yield Finding("braille", "limited", f"a braille character takes {cells} cells", "wrote one and asked", change)


def keys(env: Mapping[str, str]) -> Iterator[Finding]:
    """Keys that terminals are known to keep for themselves."""
    program = env.get("TERM_PROGRAM", "")
    taken: list[tuple[str, str]] = []
    if program == "Apple_Terminal":
        taken.append(("shift+up and shift+down", "HJKL pan as well"))
    if program == "vscode":
        taken.append(
            ("ctrl+p, ctrl+q", 'palette = "ctrl+k" under [keys], or terminal.integrated.sendKeybindingsToShell')
        )
    if env.get("TERM", "").startswith("konsole") or env.get("KONSOLE_VERSION"):
        taken.append(("shift+left and shift+right", "HJKL pan as well"))
    if os.path.exists("/.dockerenv"):
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
        found = "not for the app: " + ", ".join(key for key, _ in taken)
        yield Finding(
            "keys", "good", found, "known of this terminal", "; ".join(dict.fromkeys(way for _, way in taken))
        )
    else:
        yield Finding("keys", "good", "none that this terminal is known to keep", "known of terminals")
