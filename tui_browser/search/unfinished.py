"""Queries whose answer grows while the rest of the long files is read."""

from __future__ import annotations

import re

from tui_browser.errors import counted

_FIELDS = "bpm|tempo|key|bright|brightness|noise|noisiness|pitch|frequency|attack"
_PIECE = re.compile(rf"(?:^|[\s(|!-])(?:{_FIELDS})\s*[:~]|sort:-?(?:{_FIELDS})\b", re.IGNORECASE)


def asks_for_whole_files(query: str) -> bool:
    """Whether a query asks for what is measured only once a long file is read to its end, such as its tempo."""
    return _PIECE.search(query) is not None


def unfinished_sentence(unfinished: int) -> str:
    """How far the library is, for `unfinished` long files of which only the beginning has been read."""
    return f"tempo, key and slices of {counted(unfinished, 'long file')} are not known yet"
