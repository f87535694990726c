"""Queries of the controlling terminal: its properties, and whether its clipboard can be read back."""

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
"""Time for the person to answer the terminal's question."""
_DA1 = re.compile(rb"\x1b\[\?[0-9;]*c")
"""The answer that every terminal gives, in order, so that it is the last one."""
_CLIPBOARD_ANSWER = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
_QUERY_CLIPBOARD = "\x1b]52;c;?\x07"


@dataclass(frozen=True, slots=True)
class TerminalAnswers:
    """The answers of the terminal; empty or None where it gave none."""

    name: str = ""
    """From XTVERSION."""
    attributes: tuple[str, ...] | None = None
    """From DA1."""
    braille_cells: int | None = None
    """The width of a braille character."""
    took_s: float = 0.0
    synchronised: bool = False
    """Whether it has synchronised output (DEC mode 2026)."""


_QUERIES = "\r\N{BRAILLE PATTERN DOTS-12345678}\x1b[6n\r\x1b[K\x1b[>0q\x1b[?2026$p\x1b[c"


Echo = Literal["silent", "empty", "came back", "did not come back"]
"""The result of copying through a terminal and reading the clipboard back."""


def ask_terminal() -> TerminalAnswers | None:
    """Query the controlling terminal; None if there is none, or this process is in the background."""
    with _raw() as descriptor:
        if descriptor is None:
            return None
        started = time.monotonic()
        data = _exchange(descriptor, _QUERIES)
        return parse(data, took_s=time.monotonic() - started)


def clipboard_echo(*, ask_person: bool = False) -> Echo | None:
    """Copy a line to the terminal by OSC 52, read it back, and restore the clipboard.

    Most terminals do not let programs read the clipboard; nothing is changed there. An empty answer may stand for a
    picture, which is left alone unless the person agreed. None if there is no terminal to query.
    """
    patience_s = PERSON_S if ask_person else 0.0
    with _raw() as descriptor:
        if descriptor is None:
            return None
        before = _read_clipboard(descriptor, "", patience_s=patience_s)
        if before is None:
            return "silent"
        if not before and not ask_person:
            return "empty"
        probe = f"tui-browser {secrets.token_hex(4)}".encode()
        try:
            echo = _read_clipboard(descriptor, osc52(probe), patience_s=patience_s)
        finally:
            os.write(descriptor, b"\x1b]52;c;" + before + b"\x07")
        return "came back" if _decoded(echo or b"") == probe else "did not come back"


def _read_clipboard(descriptor: int, first: str, *, patience_s: float) -> bytes | None:
    """The terminal's clipboard in base64, after sending `first`; None if it does not answer."""
    if patience_s:  # while it asks the person, it answers the next query
        answer = _CLIPBOARD_ANSWER.search(
            _exchange(descriptor, first + _QUERY_CLIPBOARD, end=_CLIPBOARD_ANSWER, patience_s=patience_s)
        )
    else:
        answer = _CLIPBOARD_ANSWER.search(_exchange(descriptor, first + _QUERY_CLIPBOARD + "\x1b[c"))
    return answer[1] if answer is not None else None


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(data)
    except binascii.Error:
        return b""


@contextlib.contextmanager
def _raw() -> Iterator[int | None]:
    """The controlling terminal in raw mode; None if there is none, or this process is in the background."""
    descriptor, before = _terminal()
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
            os.close(descriptor)


def _terminal() -> tuple[int | None, list[Any]]:
    """The controlling terminal in raw mode, and its settings before."""
    if os.environ.get("TERM", "dumb") == "dumb":  # it would show the queries
        return None, []
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None, []
    try:
        if os.tcgetpgrp(descriptor) == os.getpgrp():
            before = termios.tcgetattr(descriptor)
            tty.setraw(descriptor, termios.TCSANOW)
            _keep_output(descriptor, before)
            return descriptor, before
    except (OSError, termios.error):
        pass
    os.close(descriptor)
    return None, []


def _keep_output(descriptor: int, before: list[Any]) -> None:
    """Keep how output is processed: another program in the same pipeline may print lines meanwhile."""
    raw = termios.tcgetattr(descriptor)
    raw[1] = before[1]  # OPOST, ONLCR
    termios.tcsetattr(descriptor, termios.TCSANOW, raw)


def _exchange(descriptor: int, words: str, *, end: re.Pattern[bytes] = _DA1, patience_s: float = ANSWER_S) -> bytes:
    """The answer up to `end`, or all bytes that came in time."""
    data = b""
    with contextlib.suppress(OSError):  # the terminal is closed
        os.write(descriptor, words.encode())
        deadline = time.monotonic() + patience_s
        while not end.search(data) and (left := deadline - time.monotonic()) > 0:
            if select.select([descriptor], [], [], left)[0]:
                data += os.read(descriptor, 4096)
    return data


def parse(data: bytes, *, took_s: float = 0.0) -> TerminalAnswers:
    """Parse the answers to the queries."""
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
