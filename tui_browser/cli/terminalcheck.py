"""The doctor's look at the terminal: what it says of itself when asked, and what stands between it and the app."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tui_browser.cli.findings import Finding, State
from tui_browser.config.look import speaks_utf8, terminal_colours
from tui_browser.config.settings import Settings
from tui_browser.errors import printable
from tui_browser.ui import tmux
from tui_browser.ui.clipboard import has_display
from tui_browser.ui.osc52 import route

ANSWER_S = 1.0
_CLIPBOARD = "52"
"""The attribute by which a terminal says in its answer to DA1 that it takes OSC 52."""
_LEAST = (40, 12)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the terminal answered; None where it did not."""

    name: str = ""
    """By XTVERSION."""
    attributes: tuple[str, ...] | None = None
    """By DA1."""
    braille_cells: int | None = None
    """How many cells a braille character took."""
    took_s: float = 0.0
    synchronised: bool = False
    """Whether it paints a frame at once (DEC mode 2026)."""


_QUESTIONS = "\r\N{BRAILLE PATTERN DOTS-12345678}\x1b[6n\r\x1b[K\x1b[>0q\x1b[?2026$p\x1b[c"


def ask_terminal() -> Answers | None:
    """Ask the controlling terminal about itself; None where there is none, or it is not ours to ask just now."""
    if os.environ.get("TERM", "dumb") == "dumb":  # it would show the questions
        return None
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            return None
        before = termios.tcgetattr(descriptor)
        try:
            tty.setraw(descriptor, termios.TCSANOW)
            os.write(descriptor, _QUESTIONS.encode())
            began = time.monotonic()
            data = _read_until(descriptor, re.compile(rb"\x1b\[\?[0-9;]*c"), began + ANSWER_S)
            return parse(data, took_s=time.monotonic() - began)
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return None
    finally:
        os.close(descriptor)


def _read_until(descriptor: int, end: re.Pattern[bytes], deadline: float) -> bytes:
    data = b""
    while not end.search(data) and (left := deadline - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            data += os.read(descriptor, 4096)
    return data


def parse(data: bytes, *, took_s: float = 0.0) -> Answers:
    """What the answers to the questions say."""
    column = re.search(rb"\x1b\[\d+;(\d+)R", data)
    name = re.search(rb"\x1bP>\|([^\x1b\x07]*)(?:\x1b\\|\x07)", data)
    attributes = re.search(rb"\x1b\[\?([0-9;]*)c", data)
    return Answers(
        name=printable(name[1]) if name else "",
        attributes=tuple(attributes[1].decode().split(";")) if attributes else None,
        braille_cells=int(column[1]) - 1 if column else None,
        took_s=took_s,
        synchronised=re.search(rb"\x1b\[\?2026;[123]\$y", data) is not None,
    )


def terminal(env: Mapping[str, str], answers: Answers | None) -> Iterator[Finding]:
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
            size = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]
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


def braille(env: Mapping[str, str], chosen: Settings, answers: Answers | None) -> Iterator[Finding]:
    """Whether dots can be drawn."""
    if chosen.ascii:
        yield Finding("braille", "good", "not used: ascii = true", "settings")
        return
    if not speaks_utf8(env):
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
    if env.get("STY"):
        taken.append(("ctrl+a", "no key of the app"))
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


def multiplexer(env: Mapping[str, str]) -> Iterator[Finding]:
    """tmux's settings that matter, or which other one it is."""
    if env.get("TMUX"):
        problem, out = tmux.run("-V", env=env)
        if problem:
            change = "put tmux on the PATH"
            yield Finding("tmux", "limited", f"inside one, but {problem}", "asked it", change)
            return
        version = out.decode("utf-8", "replace").strip()
        clipboard, wait = tmux.setting("set-clipboard", env), tmux.setting("escape-time", env)
        found = f"{version}, set-clipboard {clipboard}, escape-time {wait} ms"
        change = ""
        if clipboard == "off":
            change = "set -s set-clipboard external"
        elif wait.isdigit() and int(wait) > 100:
            change = "set -s escape-time 20 (esc acts at once then)"
        elif version.endswith(("3.7b", "3.7c")):
            change = "another tmux: this one paints the whole pane at each step"
        yield Finding("tmux", "limited" if change else "good", found, "asked it", change)
    for name, variable in (("GNU screen", "STY"), ("zellij", "ZELLIJ")):
        if env.get(variable):
            yield Finding("multiplexer", "good", name, variable)


def clipboard(env: Mapping[str, str], answers: Answers | None) -> Iterator[Finding]:
    """Where a copied path goes; what is on the clipboard is neither changed nor shown."""
    seat = tmux.seat(env) if env.get("TMUX") else env
    display = "none"
    if has_display(seat):
        problem, tool = _native(seat)
        if not problem:
            yield Finding("clipboard", "good", tool, "it reaches the display")
            return
        display = problem
    if env.get("TMUX") and tmux.setting("set-clipboard", env) != "off":
        yield Finding("clipboard", "good", "tmux's buffer, and from there the terminal's clipboard", "asked tmux")
        return
    way = route(env)
    says = bool(answers and answers.attributes and _CLIPBOARD in answers.attributes)
    change = "install xclip or wl-clipboard" if display != "none" else ""
    if says:
        yield Finding("clipboard", "good", way.name, "the terminal says so (DA1)", change)
    elif way.doubt:
        change = change or "another terminal; y shows the path, pick prints it"
        yield Finding("clipboard", "limited", f"{way.name}, but {way.doubt}", "known of it", change)
    else:
        found = f"{way.name}; terminals do not confirm it"
        yield Finding("clipboard", "good", found, "press y and paste", change)


def _native(env: Mapping[str, str]) -> tuple[str, str]:
    """Why there is no native tool (empty where there is), and which it is."""
    if sys.platform == "darwin":
        return "", "pbcopy"
    path = env.get("PATH", os.defpath)
    candidates = [("xclip", ["-selection", "clipboard", "-o", "-t", "TARGETS"]), ("xsel", ["-b", "--output"])]
    if env.get("WAYLAND_DISPLAY"):
        candidates.insert(0, ("wl-copy", ["--version"]))
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
        if b"open display" not in done.stderr:
            return "", name
    return "no tool for it works (wl-copy, xclip or xsel)", ""


def ssh(env: Mapping[str, str], answers: Answers | None) -> Iterator[Finding]:
    """Whether the person sits elsewhere."""
    seat = tmux.seat(env) if env.get("TMUX") else env
    if not any(seat.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return
    took = f", {1000 * answers.took_s:.0f} ms away" if answers and answers.attributes is not None else ""
    found = f"over SSH{took}: copies go to the terminal's clipboard, sound to a listener"
    yield Finding("ssh", "good", found, "SSH_CONNECTION")
