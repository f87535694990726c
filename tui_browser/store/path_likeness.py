"""How alike two paths are, for files that moved while nobody looked: compared from the file's name upward."""

from __future__ import annotations

import os
import unicodedata
from itertools import takewhile

from tui_browser.records import AUDIO_ENDINGS


def spelling(path: bytes) -> bytes:
    """The path as systems see it that ignore case and the form of Unicode."""
    if path.isascii():
        return path.lower()
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold()).encode()


def spelled_name(path: bytes) -> bytes:
    """The name of the file, spelled in one way."""
    return spelling(path.rpartition(b"/")[2])


def common_parts(path: bytes, other: bytes) -> int:
    """How many parts at the end are the same, the name first; 0 where the names differ.

    The ending of an audio file does not count: the same sound under the same name was converted.
    """
    pairs = zip(reversed(_parts(path)), reversed(_parts(other)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _parts(path: bytes) -> list[bytes]:
    stem, ending = os.path.splitext(spelling(path))
    return (stem if ending in AUDIO_ENDINGS else stem + ending).split(b"/")
