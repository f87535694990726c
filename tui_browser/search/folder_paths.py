"""Folders in a query: every path can be written on one line and read back, and the samples below it found."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Names

_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_UNQUOTED = re.compile(r"[^\s|,()\"]+")


def written_folder(folder: bytes) -> str:
    """The folder as `under:` takes it: quotes, backslashes and what is not printable become `\\x1b`."""
    text = folder.decode("utf-8", "surrogateescape")
    written = "".join(char if char.isprintable() and char not in '"\\' else _escaped(char) for char in text)
    return written if _UNQUOTED.fullmatch(written) else f'"{written}"'


def read_folder(text: str) -> bytes:
    """The folder that `written_folder` wrote; without slashes at its end."""
    path = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "surrogatepass"))
    return path.rstrip(b"/") or path[:1]


def under_folder(folder: bytes, names: Names) -> NDArray[np.bool_]:
    """(N,) names that lie in the folder, or in one below it."""
    start = folder.rstrip(b"/") + b"/"
    letters = np.frombuffer(names.blob, dtype=np.uint8)
    begin = names.offsets[:-1]
    rows = np.flatnonzero(np.diff(names.offsets) > len(start))
    for at in range(len(start) - 1, -1, -1):  # folders differ at their ends: most names are out after a few letters
        rows = rows[letters[begin[rows] + at] == start[at]]
    mask = np.zeros(len(names), dtype=np.bool_)
    mask[rows] = True
    return mask


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
