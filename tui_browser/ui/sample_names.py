"""Display names of samples and folders; a meaningless file name is replaced by its folder and number."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable

from tui_browser.errors import printable
from tui_browser.ui.formatting import file_name, folder_name

MAX_LEVELS_UP = 3
"""Folders above a file that are tried for a meaningful name."""
_LETTERS = re.compile(r"[^\W\d_]+")
_HASH = re.compile(r"[0-9a-f-]{8,}", re.IGNORECASE)
_GENERIC_WORDS = """
    sample samples audio sound sounds untitled unnamed noname file files track rec recording recordings take takes
    wav wavs wave waves aif aiff flac mp ogg no nr num new copy final mix mono stereo left right part pt id tmp temp
    rr vl vel dyn ver version vol bounce export exports oneshot oneshots one shot shots data all misc
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""Words that do not tell files apart."""


@functools.lru_cache(maxsize=4096)
def sample_name(path: bytes, *, ending: bool = True) -> str:
    """The file name; if it is meaningless, the folder and the number: `sf 15` for `sf/015.wav`."""
    name = file_name(path)
    stem = name.rpartition(".")[0] or name
    if not _is_meaningful(stem):
        folder = os.path.dirname(path)
        for _ in range(MAX_LEVELS_UP):
            parent = file_name(folder)
            if _is_meaningful(parent):
                return f"{parent} {_number(stem)}"
            folder = os.path.dirname(folder)
    return name if ending else stem


def folder_below(path: bytes, roots: Iterable[bytes]) -> str:
    """The folder of a file below its root; starts with the root's name if there are several roots.

    The whole folder for a file outside of all roots.
    """
    folder, all_roots = os.path.dirname(path), list(roots)
    root = max((root for root in all_roots if _lies_in(folder, root)), key=len, default=None)
    if root is None:
        return folder_name(path)
    below = folder[len(root.rstrip(b"/")) + 1 :]
    if below and len(all_roots) == 1:
        return printable(below)
    return printable(b"/".join(part for part in (os.path.basename(root.rstrip(b"/")), below) if part))


def _lies_in(folder: bytes, root: bytes) -> bool:
    return folder == root or folder.startswith(root.rstrip(b"/") + b"/")


def _is_meaningful(text: str) -> bool:
    """Whether a name holds a word that tells files apart."""
    if _HASH.fullmatch(text) and any(char.isdigit() for char in text):
        return False
    words = _LETTERS.findall(text)
    return any((len(word) > 1 or not word.isascii()) and word.lower() not in _GENERIC for word in words)


def _number(stem: str) -> str:
    """The number in a name that has no other useful part; otherwise the whole name."""
    digits = re.findall(r"[0-9]+", stem)
    only_number = len(digits) == 1 and all(word.lower() in _GENERIC for word in _LETTERS.findall(stem))
    return str(int(digits[0])) if only_number and len(digits[0]) < 10 else stem
