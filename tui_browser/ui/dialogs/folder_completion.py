"""Completion of a folder's path, as in a shell."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tui_browser.errors import printable

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """The text after completion, and a note on the choices that remain."""

    text: str
    note: str = ""


def complete_folder(text: str) -> Completion:
    """Complete a folder's path as far as it is certain; reads the disk and raises nothing."""
    if not text:
        return Completion("~/")
    if text == "~":
        return Completion("~/")
    head, tail = os.path.split(text)
    folder = os.path.expanduser(head) or "."
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(tail) and (tail.startswith(".") or not entry.name.startswith("."))
                if entry.is_dir()
            )
    except OSError as error:
        return Completion(text, f"{printable(head)}: {error.strerror or error}")
    if not names:
        return Completion(text, "no folder name begins like this")
    common = _common_start(names)
    if len(names) == 1:
        return Completion(os.path.join(head, common) + "/")
    note = "  ".join(printable(name) for name in names[:SHOWN])
    return Completion(os.path.join(head, common), note + (f"  ... {len(names):,} in all" if len(names) > SHOWN else ""))


def _common_start(names: list[str]) -> str:
    """The common start of all of the (sorted) names."""
    first, last = names[0], names[-1]
    at = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:at] if at is not None else first[: len(last)]
