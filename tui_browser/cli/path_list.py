"""Reads a list of paths from standard input, as `find`, file managers and other systems write it."""

from __future__ import annotations

import codecs
import os
import stat
import sys

from tui_browser.ui.terminal.paste import path_of_uri

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def listed_paths() -> list[bytes] | None:
    """The absolute paths on standard input; None if that is neither a pipe nor a file."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)) or sys.stdin is None:
        return None
    try:
        folder = os.getcwdb()
    except OSError:  # it no longer exists
        folder = os.fsencode(os.environ.get("PWD", "/"))
    return split_paths(sys.stdin.buffer.read(), folder=folder)


def split_paths(data: bytes, *, folder: bytes) -> list[bytes]:
    """The paths of a list separated by NUL, or by line ends if there is no NUL; relative paths are in `folder`.

    A byte order mark is skipped, and `file://` addresses become paths.
    """
    data = _to_file_system_bytes(data)
    parts = data.split(b"\0") if b"\0" in data else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [_absolute(part, folder) for part in parts if part]


def _to_file_system_bytes(data: bytes) -> bytes:
    """The list in the encoding of file names, without a byte order mark."""
    if data.startswith(_UTF16):
        try:
            return os.fsencode(data.decode("utf-16"))
        except UnicodeError:
            return data
    return data.removeprefix(codecs.BOM_UTF8)


def _absolute(part: bytes, folder: bytes) -> bytes:
    path = os.path.join(folder, part)
    if part[:6].lower() == b"file:/" and not os.path.lexists(path):
        path = path_of_uri(os.fsdecode(part)) or path
    return path if b".." in path.split(b"/") else os.path.normpath(path)
