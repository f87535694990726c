"""Queries whose answer grows while the rest of the long files is read."""

from __future__ import annotations

import re

from tui_browser.errors import counted

_PIECE = re.compile(
    r"(?:^|[\s(|-])(?:sort:-?)?(?:bpm|tempo|key|slices?)\s*[:~<>=]|sort:-?(?:bpm|tempo|key)\b", re.IGNORECASE
)


def asks_for_whole_files(query: str) -> bool:
    """Whether a query asks for what is known only once a long file has been read to its end: tempo and key."""
    return _PIECE.search(query) is not None


def unfinished_sentence(unfinished: int) -> str:
    """How far the library is, for `unfinished` long files of which only the beginning has been read."""
    return f"tempo, key and slices of {counted(unfinished, 'long file')} are not known yet"
