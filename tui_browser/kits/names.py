"""Names of a kit and its slots as other programs take them: identifiers, file names, lines of a comment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LONGEST = 40
_RESERVED = frozenset(["arg", "classvar", "const", "false", "inf", "nil", "pi", "super", "this", "true", "var"])
"""Words of SuperCollider that name something else; the other programs have none in these places."""
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def identifier(text: str, *, fallback: str = "slot") -> str:
    """The text as an identifier that every program takes: a letter, then letters, digits and `_`, all ASCII."""
    ascii_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    word = re.sub("[^a-z0-9]+", "_", ascii_text)[:_LONGEST].strip("_")
    if not word:
        return fallback
    return word if word[0].isalpha() and word not in _RESERVED else f"{fallback}_{word}"


def distinct_identifiers(texts: Iterable[str]) -> list[str]:
    """Identifiers of which no two are equal; a number is added where they would be."""
    taken: set[str] = set()
    names = []
    for text in texts:
        base = name = identifier(text)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def comment_text(text: str) -> str:
    """The text for a comment in any language: what could end a comment or begin something else becomes `_`."""
    return re.sub(r"[^\w .,+()-]", "_", text)


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold, which become `?`; markup is escaped by the writer."""
    return _NO_XML.sub("?", text)
