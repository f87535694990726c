"""Completing the path of a folder as a shell does."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tui_browser.errors import printable

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """The text after completion, and what to tell about the choices that are left."""

    text: str
    told: str = ""


def complete_folder(text: str) -> Completion:
    """The longest certain continuation of a folder's path; looks on the disk and never fails."""
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
    told = "  ".join(printable(name) for name in names[:SHOWN])
    return Completion(os.path.join(head, common), told + (f"  ... {len(names):,} in all" if len(names) > SHOWN else ""))


def _common_start(names: list[str]) -> str:
    """The letters that all of the (sorted) names begin with."""
    first, last = names[0], names[-1]
    at = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[:at] if at is not None else first[: len(last)]
