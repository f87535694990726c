"""Which form the main screen takes in a terminal of this size."""

from __future__ import annotations

from typing import Literal

LEAST = (40, 12)
"""Columns and rows that are enough."""

Form = Literal["tiny", "compact", "tall", "standard", "wide"]
FORMS: tuple[Form, ...] = ("tiny", "compact", "tall", "standard", "wide")


def form(width: int, height: int) -> Form:
    """`wide` and `standard`: map beside list and details; `tall`: above them; `compact`: one at a time."""
    if width < LEAST[0] or height < LEAST[1]:
        return "tiny"
    if width >= 120 and height >= 24:
        return "wide"
    if width >= 72:
        return "standard" if height >= 16 else "compact"
    return "tall" if height >= 30 else "compact"


def too_small(width: int, height: int) -> str:
    return f"{width}x{height} is too small; {LEAST[0]}x{LEAST[1]} is enough"
