"""Chooses tempo, key and kind of a sound from what is written of it; what is heard is kept apart and may overrule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.records import FactSource, WrittenFacts

ORDER: tuple[FactSource, ...] = ("name", "tag", "acid", "basc", "smpl", "inst", "cue", "folder")
"""Of two sources that differ the earlier one is believed: people name a file, programs fill in a chunk."""
FEWEST_BEATS = 2.0
"""A tempo means nothing for a shorter sound: a kick from the folder `120 bpm` has none."""
TOLERANCE = 0.04
"""A tempo that is written is believed if it is so near to the one that is heard, to half or to double of it."""


@dataclass(frozen=True, slots=True)
class ChosenFacts:
    """What is believed of all that is written of one sound; None where nothing is written."""

    bpm: float | None = None
    key: str | None = None
    loop: bool | None = None
    """True for a loop, False for a one-shot."""


def ranked_facts(facts: Sequence[WrittenFacts]) -> list[WrittenFacts]:
    """The facts in the order in which they are believed."""
    return sorted(facts, key=lambda each: ORDER.index(each.source))


def kind_of(loop: bool | None, bpm: float | None) -> str:
    """`loop` or `oneshot`: as it is written, else a loop is what has a tempo."""
    return "loop" if loop or (loop is None and bpm is not None) else "oneshot"


def chosen_facts(facts: Sequence[WrittenFacts], *, duration_s: float) -> ChosenFacts:
    """What is written, from the source that comes first in `ORDER`; a one-shot has no tempo."""
    ranked = ranked_facts(facts)
    loop = next((each.loop for each in ranked if each.loop is not None), None)
    key = next((each.key for each in ranked if each.key is not None), None)
    bpm = next((each.bpm for each in ranked if each.bpm is not None), None)
    if bpm is not None and (loop is False or duration_s * bpm / 60.0 < FEWEST_BEATS):
        bpm = None
    return ChosenFacts(bpm, key, loop)


def shown_bpm(heard: float | None, written: float | None) -> float | None:
    """The written tempo, unless one is heard that is neither near to it nor to its half or double."""
    if heard is None or written is None:
        return written if heard is None else heard
    near = any(abs(written / heard / times - 1.0) <= TOLERANCE for times in (0.5, 1.0, 2.0))
    return written if near else heard


def source_of(facts: Sequence[WrittenFacts], field: str, value: object, *, heard: object) -> str | None:
    """Where a value that is shown comes from: a source, or `sound`; None without a value."""
    if value is None:
        return None
    ranked = ranked_facts(facts)
    written = next((each.source for each in ranked if getattr(each, field) == value), None)
    return written or ("sound" if value == heard else None)
