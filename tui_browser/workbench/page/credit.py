"""The author, licence and source of a sound, where the library knows them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tui_browser.errors import printable
from tui_browser.records import SampleRow


@dataclass(frozen=True, slots=True)
class PageCredit:
    """What has to be told with a sound; empty where unknown."""

    author: str
    licence: str
    url: str
    """The page that it comes from; begins with http:// or https://."""
    licence_url: str = ""
    """As `url`."""


def credit_of(row: SampleRow) -> PageCredit | None:
    """The credit of a row of the library; None where nothing is known."""
    known = row.credit
    if known is None:
        return None
    licence = printable(known.licence)
    credit = PageCredit(printable(known.author), licence, web_address(known.source), web_address(known.licence_url))
    return credit if any((credit.author, credit.licence, credit.url)) else None


def web_address(text: str) -> str:
    """The text if it is an address of the web that a person may follow, else an empty text."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc and text.isascii() else ""
