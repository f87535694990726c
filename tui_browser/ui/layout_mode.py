"""Layout mode of the main screen by terminal size."""

from __future__ import annotations

from typing import Literal

LEAST = (40, 12)
"""Smallest usable terminal, in columns and rows."""

PLACES_FROM = 100
"""Least width of a terminal with the pane of places beside map and list."""

Form = Literal["tiny", "compact", "tall", "standard", "wide"]
FORMS: tuple[Form, ...] = ("tiny", "compact", "tall", "standard", "wide")


def form(width: int, height: int) -> Form:
    """`wide`, `standard`: map beside list and details; `tall`: map above the list; `compact`: map or list."""
    if width < LEAST[0] or height < LEAST[1]:
        return "tiny"
    if width >= 120 and height >= 24:
        return "wide"
    if width >= 72:
        return "standard" if height >= 16 else "compact"
    return "tall" if height >= 30 else "compact"


def too_small(width: int, height: int) -> str:
    return f"{width}x{height} is too small: enlarge the terminal to {LEAST[0]}x{LEAST[1]}"


def no_room_for_places(width: int, height: int) -> str:
    """Why the pane of places is not shown: map and list come first; empty where there is room for it."""
    if width >= PLACES_FROM and form(width, height) in ("standard", "wide"):
        return ""
    return f"places need {PLACES_FROM}x16 cells: / finds the same by folder: tag: in: class:"


BOTH_FROM = (100, 30)
"""Least terminal that shows kit and beat together."""
_KIT_BESIDE_FROM = 110
"""Least width with the kit beside map and list; in a narrower one it is in place of the list."""


def room_for_kit_and_beat(width: int, height: int) -> bool:
    return width >= BOTH_FROM[0] and height >= BOTH_FROM[1]


def place_of_kit(width: int, height: int) -> Literal["beside", "instead", "alone"]:
    """`beside` map and list, `instead` of the list, or `alone`, in place of the map too."""
    shape = form(width, height)
    if shape in ("standard", "wide") and width >= _KIT_BESIDE_FROM:
        return "beside"
    return "alone" if shape == "compact" else "instead"
