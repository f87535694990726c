"""Asking the controlling terminal: about itself, and whether it gives back what was copied to it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import secrets
import select
import termios
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tui_browser.errors import printable
from tui_browser.ui.terminal.osc52 import osc52

ANSWER_S = 1.0
PERSON_S = 15.0
"""So long a person has to allow what the terminal asks."""
_DA1 = re.compile(rb"\x1b\[\?[0-9;]*c")
"""The answer that every terminal gives, in turn: after it nothing more comes."""
_HELD = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
_ASK_FOR_HELD = "\x1b]52;c;?\x07"


@dataclass(frozen=True, slots=True)
class TerminalAnswers:
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


Echo = Literal["silent", "empty", "came back", "did not come back"]
"""What a terminal makes of being asked for its clipboard."""


def ask_terminal() -> TerminalAnswers | None:
    """Ask the controlling terminal about itself; None where there is none, or it is not ours to ask just now."""
    with _raw() as descriptor:
        if descriptor is None:
            return None
        began = time.monotonic()
        data = _exchange(descriptor, _QUESTIONS)
        return parse(data, took_s=time.monotonic() - began)


def clipboard_echo(*, ask_person: bool = False) -> Echo | None:
    """Copy something to the terminal by OSC 52 and ask for it; what was on the clipboard is put back.

    Most terminals do not tell what they hold: for them nothing is changed. An empty clipboard may hold a picture and
    is left alone, unless the person is there to be asked. None where there is no terminal to ask.
    """
    patience_s = PERSON_S if ask_person else 0.0
    with _raw() as descriptor:
        if descriptor is None:
            return None
        held = _held(descriptor, "", patience_s=patience_s)
        if held is None:
            return "silent"
        if not held and not ask_person:
            return "empty"
        probe = f"tui-browser {secrets.token_hex(4)}".encode()
        try:
            echo = _held(descriptor, osc52(probe), patience_s=patience_s)
        finally:
            os.write(descriptor, b"\x1b]52;c;" + held + b"\x07")
        return "came back" if _decoded(echo or b"") == probe else "did not come back"


def _held(descriptor: int, first: str, *, patience_s: float) -> bytes | None:
    """What the terminal says that it holds, in base64; None where it does not tell."""
    if patience_s:  # it asks the person, and answers the next question meanwhile
        found = _HELD.search(_exchange(descriptor, first + _ASK_FOR_HELD, end=_HELD, patience_s=patience_s))
    else:
        found = _HELD.search(_exchange(descriptor, first + _ASK_FOR_HELD + "\x1b[c"))
    return found[1] if found is not None else None


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(data)
    except binascii.Error:
        return b""


@contextlib.contextmanager
def _raw() -> Iterator[int | None]:
    """The controlling terminal, raw meanwhile; None where there is none, or it is not ours just now."""
    descriptor, before = _terminal()
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
            os.close(descriptor)


def _terminal() -> tuple[int | None, list[Any]]:
    """The controlling terminal made raw, and how it was before."""
    if os.environ.get("TERM", "dumb") == "dumb":  # it would show the questions
        return None, []
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None, []
    try:
        if os.tcgetpgrp(descriptor) == os.getpgrp():
            before = termios.tcgetattr(descriptor)
            tty.setraw(descriptor, termios.TCSANOW)
            return descriptor, before
    except (OSError, termios.error):
        pass
    os.close(descriptor)
    return None, []


def _exchange(descriptor: int, words: str, *, end: re.Pattern[bytes] = _DA1, patience_s: float = ANSWER_S) -> bytes:
    """What comes back up to `end`; all there was when the time is over."""
    data = b""
    with contextlib.suppress(OSError):  # it has hung up
        os.write(descriptor, words.encode())
        deadline = time.monotonic() + patience_s
        while not end.search(data) and (left := deadline - time.monotonic()) > 0:
            if select.select([descriptor], [], [], left)[0]:
                data += os.read(descriptor, 4096)
    return data


def parse(data: bytes, *, took_s: float = 0.0) -> TerminalAnswers:
    """What the answers to the questions say."""
    column = re.search(rb"\x1b\[\d+;(\d+)R", data)
    name = re.search(rb"\x1bP>\|([^\x1b\x07]*)(?:\x1b\\|\x07)", data)
    attributes = re.search(rb"\x1b\[\?([0-9;]*)c", data)
    return TerminalAnswers(
        name=printable(name[1]) if name else "",
        attributes=tuple(attributes[1].decode().split(";")) if attributes else None,
        braille_cells=int(column[1]) - 1 if column else None,
        took_s=took_s,
        synchronised=re.search(rb"\x1b\[\?2026;[123]\$y", data) is not None,
    )
