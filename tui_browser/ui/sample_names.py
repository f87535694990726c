"""Names of samples and folders as a person reads them: with the folder where the file's own name says nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from tui_browser.errors import printable
from tui_browser.ui.formatting import file_name, folder_name

ABOVE = 3
"""Folders above a file among which one with a telling name is looked for."""
_LETTERS = re.compile(r"[^\W\d_]+")
_HASH = re.compile(r"[0-9a-f-]{8,}", re.IGNORECASE)
_NOTHING = """
    sample samples audio sound sounds untitled unnamed noname file files track rec recording recordings take takes
    wav wavs wave waves aif aiff flac mp ogg no nr num new copy final mix mono stereo left right part pt id tmp temp
    rr vl vel dyn ver version vol bounce export exports oneshot oneshots one shot shots data all misc
"""
_EMPTY = frozenset(_NOTHING.split())
"""Words that tell one file from no other."""


def sample_name(path: bytes, *, ending: bool = True) -> str:
    """The file's name; where it says nothing its folder's, and its number: `sf 15` for `sf/015.wav`."""
    name = file_name(path)
    stem = name.rpartition(".")[0] or name
    if not _tells(stem):
        folder = os.path.dirname(path)
        for _ in range(ABOVE):
            above = file_name(folder)
            if _tells(above):
                return f"{above} {_number(stem)}"
            folder = os.path.dirname(folder)
    return name if ending else stem


def folder_below(path: bytes, roots: Iterable[bytes]) -> str:
    """The folder of a file from its root on, whose own name is left out where it is the only one; without a root all
    of it.
    """
    folder, above = os.path.dirname(path), list(roots)
    root = max((root for root in above if _lies_in(folder, root)), key=len, default=None)
    if root is None:
        return folder_name(path)
    below = folder[len(root.rstrip(b"/")) + 1 :]
    if below and len(above) == 1:
        return printable(below)
    return printable(b"/".join(part for part in (os.path.basename(root.rstrip(b"/")), below) if part))


def _lies_in(folder: bytes, root: bytes) -> bool:
    return folder == root or folder.startswith(root.rstrip(b"/") + b"/")


def _tells(text: str) -> bool:
    """Whether there is a word in it that says more than what every file is."""
    if _HASH.fullmatch(text) and any(char.isdigit() for char in text):
        return False
    words = _LETTERS.findall(text)
    return any((len(word) > 1 or not word.isascii()) and word.lower() not in _EMPTY for word in words)


def _number(stem: str) -> str:
    """The number in a name that holds one and nothing else of use; else all of it."""
    digits = re.findall(r"[0-9]+", stem)
    alone = len(digits) == 1 and all(word.lower() in _EMPTY for word in _LETTERS.findall(stem))
    return str(int(digits[0])) if alone and len(digits[0]) < 10 else stem
