"""Text that a stranger puts where a name is expected, and what of it must never reach a terminal."""

from __future__ import annotations

import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

TITLE = "\x1b]0;owned\x07"
"""Sets the title of a terminal."""
TEXT = f"a{TITLE}b\x1b[2Jc\r\x08\x7f\x9b31m\x9d\u202edef\u2028g\nh\ti"
"""Escapes, 8-bit controls, a bidirectional override, and characters that break lines and columns."""
NAME = TEXT.encode() + b"\x9b31m\xff.wav"
"""The same as a file name, with bytes that are not UTF-8."""


def raw_characters(output: bytes, *, allowed: str = "\n\t") -> set[str]:
    """What is in an output that a terminal would obey."""
    text = output.decode("utf-8", "surrogateescape")
    return {char for char in text if char not in allowed and _is_control(char)}


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or "\udc80" <= char <= "\udc9f"


def poison(library: Path) -> None:
    """Put hostile text into every field of a library that has one sample, one reject and a layout at least."""
    with closing(sqlite3.connect(library, isolation_level=None)) as conn:
        root: bytes = conn.execute("SELECT path FROM roots").fetchone()[0]
        conn.execute("UPDATE roots SET path = ?", (root + TEXT.encode(),))
        for (sample,) in conn.execute("SELECT id FROM samples").fetchall():
            name = root + TEXT.encode() + b"/%d" % sample + NAME
            conn.execute("UPDATE samples SET path = ? WHERE id = ?", (name, sample))
        conn.execute("UPDATE samples SET note = ?, content_hash = content_hash || ?", (TEXT, TEXT))
        conn.execute("INSERT INTO tags SELECT id, ? FROM samples", (TEXT,))
        texts = (TEXT,) * 6
        conn.execute("INSERT INTO credits SELECT DISTINCT content_hash, ?, ?, ?, ?, ?, ? FROM samples", texts)
        conn.execute("INSERT OR REPLACE INTO rejects VALUES (?, 1, 1, 1, 1, ?, 1, 'content')", (root + NAME, TEXT))
        conn.execute("INSERT INTO unseen VALUES (?, ?)", (root + b"/x" + NAME, TEXT))
        conn.execute("UPDATE layouts SET name = name || ?", (TEXT,))
        conn.execute("UPDATE notes SET value = value || ? WHERE key = 'model'", (TEXT,))
        for key, value in (("skipped", '{"%s": 3}'), ("classes", '["kick", "snare", "%s", "x"]')):
            written = TEXT.encode("unicode_escape").decode().replace("\\x", "\\u00")
            conn.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value % written))
        conn.execute("DELETE FROM packs")
        conn.execute("DELETE FROM pack_parts")
