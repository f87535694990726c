"""Spoken units: a phone or a word, and where in the recording it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["phone", "word"]

DOUBTFUL_S = 0.0101
"""A phone this short means that the aligner lost its way there."""
_SILENCE = frozenset({"sil", "<sil>", "<s>", "</s>", "(null)", "sp"})
ARPABET = frozenset({
    "aa", "ae", "ah", "ao", "aw", "ay", "b", "ch", "d", "dh", "eh", "er", "ey", "f", "g", "hh", "ih", "iy", "jh", "k",
    "l", "m", "n", "ng", "ow", "oy", "p", "r", "s", "sh", "t", "th", "uh", "uw", "v", "w", "y", "z", "zh",
})  # fmt: skip
"""The phones of English as CMU writes them."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One phone or word of a recording."""

    kind: Kind
    text: str
    """As the aligner writes it, without the marks of its place in the word."""
    start_s: float
    end_s: float
    word: str = ""
    """The word that a phone belongs to; empty where unknown."""
    doubtful: bool = False
    """Whether it is probably in the wrong place."""

    @property
    def is_noise(self) -> bool:
        """Whether it is silence or a noise, such as `SIL` and `+SPN+`."""
        text = self.text.lower()
        return text in _SILENCE or bool(re.fullmatch(r"\+.*\+|\[.*\]", text))


@dataclass(frozen=True, slots=True)
class UnitWidth:
    """How much of a recording becomes the sample of a unit."""

    seconds: float | None = None
    """None for the unit from its start to its end."""
    centred: bool = False
    """Whether `seconds` lie around the middle of the unit; otherwise they begin at its start."""


def fitted_units(units: Sequence[Unit], *, duration_s: float, width: UnitWidth) -> tuple[list[Unit], int]:
    """The units in the order of time, clipped to the recording; and how many lie outside it."""
    fitted = []
    for unit in units:
        start, end = unit.start_s, unit.end_s
        if width.seconds is not None:
            start = (start + end - width.seconds) / 2 if width.centred else start
            end = start + width.seconds
        start, end = max(0.0, start), min(end, duration_s)
        if end > start:
            fitted.append(replace(unit, start_s=start, end_s=end))
    return sorted(fitted, key=lambda unit: (unit.start_s, unit.end_s)), len(units) - len(fitted)
