"""Words of a query as they are written, with the marks of fzf, as terms that match names."""

from __future__ import annotations

from dataclasses import replace

from tui_browser.search.class_synonyms import TOM_SIZES, ClassWords, normalised
from tui_browser.search.conditions import Part, WordTerm


def quoted(text: str) -> WordTerm | None:
    """A phrase: adjacent characters; None for an empty one."""
    return plain_word(text, exact=True) if text else None


def marked(text: str, meant: ClassWords) -> WordTerm | None:
    """A word with the marks of fzf: `'exact`, `'whole'`, `^start`, `end$`; None where only marks are left."""
    exact = text.startswith("'")
    whole = exact and len(text) > 2 and text.endswith("'")
    bare = text[1 : -1 if whole else None] if exact else text
    starts, ends = bare.startswith("^"), bare.endswith("$")
    bare = bare[starts : len(bare) - ends]
    if not bare:
        return None
    if exact or starts or ends:
        return plain_word(bare, exact=True, starts=starts, ends=ends, whole=whole)
    name = normalised(bare)
    classes = meant.get(bare.lower()) or meant.get(name.replace("-", "_")) or frozenset()
    tom = TOM_SIZES.get(name) if "tom" in meant and ("-" in bare or "_" in bare) else None
    return replace(plain_word(bare), classes=classes, tom=tom)


def plain_word(
    text: str,
    *,
    part: Part = "text",
    exact: bool = False,
    starts: bool = False,
    ends: bool = False,
    whole: bool = False,
) -> WordTerm:
    """A word as it is written, marks and all; an upper-case letter makes it differ from lower case."""
    case = any(char.isupper() for char in text)
    return WordTerm(encoded(text), part, exact=exact, starts=starts, ends=ends, whole=whole, case=case)


def encoded(text: str) -> bytes:
    """As in a path: UTF-8, with the bytes that are none as surrogate escapes."""
    return text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")


def _escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in text)
