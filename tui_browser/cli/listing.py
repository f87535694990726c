"""Lists of paths on standard input, as `find`, file managers and other systems write them."""

from __future__ import annotations

import codecs
import os
import stat
import sys

from tui_browser.ui.paste import path_of_uri

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def listed_paths() -> list[bytes] | None:
    """The absolute paths on standard input; None where it is no pipe and no file."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return None
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)) or sys.stdin is None:
        return None
    try:
        folder = os.getcwdb()
    except OSError:  # it is gone, and with it what relative paths named
        folder = os.fsencode(os.environ.get("PWD", "/"))
    return split_paths(sys.stdin.buffer.read(), folder=folder)


def split_paths(data: bytes, *, folder: bytes) -> list[bytes]:
    """The paths in a list, each ended by NUL where one is in it, else by a line's end; relative ones in `folder`.

    A byte order mark is passed over, and `file://` addresses are the paths that they stand for.
    """
    data = _plain(data)
    parts = data.split(b"\0") if b"\0" in data else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [_absolute(part, folder) for part in parts if part]


def _plain(data: bytes) -> bytes:
    """The list as bytes of the file system, without a byte order mark."""
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
