"""The three standard streams, also where whoever started the program closed some, or stops reading."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TextIO

READER_GONE = 128 + signal.SIGPIPE
"""The exit code where the reader of the output had enough, as `head` has: that of a program that SIGPIPE ends."""


def open_closed() -> None:
    """Lead standard streams that are closed nowhere.

    Else the next file to be opened, maybe the library, would get their descriptor, and what other code writes to
    descriptor 2 would go into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest that is free, which is this one
    if sys.stdin is None:
        _stream("stdin", open(0, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as the program runs
    if sys.stdout is None:
        _stream("stdout", open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False))  # noqa: SIM115
    if sys.stderr is None:
        _stream("stderr", open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def _stream(name: str, stream: TextIO) -> None:
    """Make a stream one of the interpreter's, under both names: Textual paints through the one with underscores."""
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def flush(code: int) -> int:
    """Write what is still to be written; the exit code, which is another one where that fails."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = READER_GONE
    except OSError as error:
        with contextlib.suppress(OSError):
            if not code:  # else the reason was told
                sys.stderr.write(f"tui-browser: standard output cannot be written: {error.strerror}\n")
        code = code or 1
    else:
        return code
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter flushes once more when it ends
    return code
