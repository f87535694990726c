"""OSC 52, the escape sequence that asks a terminal to fill the clipboard, and the multiplexers on its way.

The terminal does not answer, and each program on the way has a length limit and drops what is longer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from tui_browser.ui.terminal.tmux import is_hidden

OSC52_MOST_BYTES = 74_000
"""Common terminals drop a longer sequence."""
_SMALL_TERMINALS_BYTES = 6_000
"""Some terminals drop a longer one: Termux, kitty before 0.19.3."""
_ZELLIJ_BYTES = 765
"""zellij 0.31 passes on sequences of less than 1,024 characters."""
_SCREEN_CHUNK = 512
"""GNU screen cuts a string at 768 characters; several in a row arrive as one."""


@dataclass(frozen=True, slots=True)
class Route:
    """How an OSC 52 reaches the terminal."""

    name: str
    """For people: `terminal (OSC 52)`, `terminal (OSC 52, through screen)`."""
    most_bytes: int
    """Longer content is not sent."""
    limited_by: str
    """The program that sets this limit."""
    through_screen: bool = False
    raw: bool = True
    doubt: str = ""
    """Why content may not arrive; empty if there is no known reason."""

    def sequence(self, content: bytes) -> str:
        """The escape sequences that copy these bytes."""
        plain = osc52(content)
        wrapped = through_screen(plain) if self.through_screen else ""
        return wrapped + plain if self.raw else wrapped

    def doubts(self, content: bytes) -> str:
        """Why these bytes may not arrive; empty if there is no known reason."""
        if self.doubt or len(content) <= _SMALL_TERMINALS_BYTES:
            return self.doubt
        return f"some terminals take no more than {_SMALL_TERMINALS_BYTES:,} bytes"


def route(env: Mapping[str, str]) -> Route:
    """The route from the program with this environment to its terminal."""
    term = env.get("TERM", "")
    if env.get("STY"):
        # With tmux as well, either may be the inner one: send both forms, each ignores the form for the other.
        name = "terminal (OSC 52, through screen)"
        return Route(name, OSC52_MOST_BYTES, "terminals", through_screen=True, raw=bool(env.get("TMUX")))
    if env.get("ZELLIJ"):
        return Route("terminal (OSC 52, through zellij)", _ZELLIJ_BYTES, "zellij")
    doubt = ""
    if term in ("linux", "dumb", "vt100", "vt220"):
        doubt = f"a {term} terminal has no clipboard"
    elif is_hidden(env):
        doubt = "the tmux around this terminal takes it only with: set -s set-clipboard on"
    elif env.get("TERM_PROGRAM") == "Apple_Terminal":
        doubt = "Apple's Terminal ignores OSC 52"
    elif env.get("VTE_VERSION"):
        doubt = "GNOME's and other VTE terminals ignore OSC 52"
    return Route("terminal (OSC 52)", OSC52_MOST_BYTES, "terminals", doubt=doubt)


def osc52(content: bytes) -> str:
    """The escape sequence that asks a terminal to put these bytes on the clipboard."""
    return f"\x1b]52;c;{base64.b64encode(content).decode('ascii')}\x07"


def through_screen(sequence: str) -> str:
    """The sequence wrapped in device control strings, which GNU screen passes on to its terminal."""
    parts = [sequence[at : at + _SCREEN_CHUNK] for at in range(0, len(sequence), _SCREEN_CHUNK)]
    return "".join(f"\x1bP{part}\x1b\\" for part in parts)
