"""OSC 52, by which a program asks its terminal to put something on the clipboard: the bytes, and what passes them on.

A terminal gives no answer, and each program between it and us has a limit of its own and drops what is longer.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

OSC52_MOST_BYTES = 74_000
"""Beyond this common terminals drop the whole sequence."""
_SMALL_TERMINALS_BYTES = 6_000
"""Beyond this some do: Termux, kitty before 0.19.3."""
_ZELLIJ_BYTES = 765
"""What came through zellij 0.31: sequences of less than 1,024 characters."""
_SCREEN_CHUNK = 512
"""GNU screen cuts a string that it passes on at 768 characters; several in a row arrive as one."""


@dataclass(frozen=True, slots=True)
class Route:
    """How an OSC 52 gets from here to the terminal."""

    name: str
    """As a person reads it: `terminal (OSC 52)`, `terminal (OSC 52, through screen)`."""
    most_bytes: int
    """What is longer is not sent."""
    limited_by: str
    """Whose limit that is."""
    through_screen: bool = False
    raw: bool = True
    doubt: str = ""
    """Why it may not arrive; empty where nothing speaks against it."""

    def sequence(self, data: bytes) -> str:
        """What to write for these bytes."""
        plain = osc52(data)
        wrapped = through_screen(plain) if self.through_screen else ""
        return wrapped + plain if self.raw else wrapped

    def doubts(self, data: bytes) -> str:
        """Why these bytes may not arrive; empty where nothing speaks against it."""
        if self.doubt or len(data) <= _SMALL_TERMINALS_BYTES:
            return self.doubt
        return f"some terminals take no more than {_SMALL_TERMINALS_BYTES:,} bytes"


def route(env: Mapping[str, str]) -> Route:
    """The way out of this environment."""
    term = env.get("TERM", "")
    if env.get("STY"):
        # Inside tmux as well nobody can tell which of the two is the inner one: each ignores what is for the other.
        name = "terminal (OSC 52, through screen)"
        return Route(name, OSC52_MOST_BYTES, "terminals", through_screen=True, raw=bool(env.get("TMUX")))
    if env.get("ZELLIJ"):
        return Route("terminal (OSC 52, through zellij)", _ZELLIJ_BYTES, "zellij")
    doubt = ""
    if term in ("linux", "dumb", "vt100", "vt220"):
        doubt = f"a terminal of the kind {term} has no clipboard"
    elif env.get("TERM_PROGRAM") == "Apple_Terminal":
        doubt = "Apple's Terminal takes no OSC 52"
    elif env.get("VTE_VERSION"):
        doubt = "GNOME's and other VTE terminals ignore OSC 52"
    return Route("terminal (OSC 52)", OSC52_MOST_BYTES, "terminals", doubt=doubt)


def osc52(data: bytes) -> str:
    """The escape sequence that asks a terminal to put these bytes on the clipboard."""
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def through_screen(sequence: str) -> str:
    """The sequence as GNU screen passes it on to its terminal: in device control strings, several when it is long."""
    parts = [sequence[at : at + _SCREEN_CHUNK] for at in range(0, len(sequence), _SCREEN_CHUNK)]
    return "".join(f"\x1bP{part}\x1b\\" for part in parts)
