"""The author, licence and source of a sound, where the library knows them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tui_browser.errors import printable


@dataclass(frozen=True, slots=True)
class PageCredit:
    """What has to be told with a sound; empty where unknown."""

    author: str
    licence: str
    url: str
    """Begins with http:// or https://."""


def credit_of(row: object) -> PageCredit | None:
    """The credit of a row of the library; None where nothing is known."""
    known = getattr(row, "credit", None)
    author, licence, source = (_text(known, name) for name in ("author", "licence", "source"))
    credit = PageCredit(author, licence, web_address(source))
    return credit if any((credit.author, credit.licence, credit.url)) else None


def web_address(text: str) -> str:
    """The text if it is an address of the web that a person may follow, else an empty text."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc and text.isascii() else ""


def _text(known: object, name: str) -> str:
    value = getattr(known, name, "")
    return printable(value) if isinstance(value, str) else ""
