"""Standard streams: closed at the start, of another encoding, or with a reader that stops reading."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from typing import TextIO

from tui_browser.config.plain_letters import LOOK_ALIKE, has_utf8_locale, register_look_alikes

READER_GONE = 128 + signal.SIGPIPE
"""Exit code when the reader of the output closes it, as `head` does: that of a program ended by SIGPIPE."""


def open_closed_streams() -> None:
    """Connect closed standard streams to /dev/null.

    Otherwise the next file that is opened, perhaps the library, gets their descriptor, and other code that writes to
    descriptor 2 writes into that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free descriptor, which is this one
    if sys.stdin is None:
        _set_stream("stdin", open(0, encoding="utf-8", closefd=False))  # noqa: SIM115 - open until the program ends
    if sys.stdout is None:
        _set_stream("stdout", open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False))  # noqa: SIM115
    if sys.stderr is None:
        _set_stream("stderr", open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def spare_utf8() -> None:
    """Write ASCII alone to a terminal whose locale has no UTF-8; files and pipes get what they always get."""
    if has_utf8_locale(os.environ):
        return
    register_look_alikes()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(encoding="ascii", errors=LOOK_ALIKE)


def text_bytes(text: str) -> bytes:
    """A text for people as standard output takes it."""
    if sys.stdout.errors == LOOK_ALIKE:
        return text.encode("ascii", LOOK_ALIKE)
    return text.encode("utf-8", "surrogateescape")


def _set_stream(name: str, stream: TextIO) -> None:
    """Set a standard stream of the interpreter under both names; Textual writes to the one with underscores."""
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def flush_output(code: int) -> int:
    """Flush standard output; returns `code`, or the exit code of the failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = READER_GONE
    except OSError as error:
        with contextlib.suppress(OSError):
            if not code:  # otherwise an error was printed already
                sys.stderr.write(f"tui-browser: standard output cannot be written: {error.strerror}\n")
        code = code or 1
    else:
        return code
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter flushes once more at its end
    return code
