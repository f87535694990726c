"""The file CREDITS beside copies of sounds: whom to name for what, and what must not be sold."""

from __future__ import annotations

from collections.abc import Iterable

from tui_browser.errors import counted, printable
from tui_browser.records import Credit
from tui_browser.search.licences import licence_of

CREDITS = b"CREDITS.txt"
_FORBIDS = "  ! no commercial use"
_REFUSES = "  ! its author wants no generative model to be trained on it"


def credits_text(credits_by_file: Iterable[tuple[bytes, Credit]]) -> str:
    """The text of CREDITS for these files; empty where none has a credit.

    Each entry names what Creative Commons asks for: title, author, source, licence.
    """
    entries = [(printable(file), credit) for file, credit in credits_by_file if credit.licence or credit.author]
    if not entries:
        return ""
    forbidden = sum(licence_of(credit.licence).commercial is False for _, credit in entries)
    head = [f"Credits of {counted(len(entries), 'sound')} in this folder."]
    if forbidden:
        head.append(f"{counted(forbidden, 'sound')} must not be used commercially, marked with !")
    return "\n".join([*head, "", *(_entry(file, credit) for file, credit in entries)])


def _entry(file: str, credit: Credit) -> str:
    title = f'"{printable(credit.title)}"' if credit.title else "a sound"
    author = f" by {printable(credit.author)}" if credit.author else ""
    lines = [file, f"  {title}{author}"]
    licence = printable(credit.licence) or "licence unknown"
    lines.append(f"  {licence}" + (f", {printable(credit.licence_url)}" if credit.licence_url else ""))
    if credit.source:
        lines.append(f"  {printable(credit.source)}")
    if licence_of(credit.licence).commercial is False:
        lines.append(_FORBIDS)
    if credit.refuses_training:
        lines.append(_REFUSES)
    return "\n".join(lines) + "\n"
