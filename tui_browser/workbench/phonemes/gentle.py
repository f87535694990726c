"""Reads the alignment of Gentle: words with the time at which they begin, each with its phones and their lengths."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.safe_files import read_bounded
from tui_browser.workbench.phonemes.units import DOUBTFUL_S, Kind, Unit

_MOST_BYTES = 256 << 20
_SHAPE = "it is a JSON with a list of words, as Gentle writes it"


@dataclass(frozen=True, slots=True)
class Alignment:
    """The units that were found."""

    units: list[Unit]
    skipped: int
    """Words that the aligner did not find."""


def read_gentle(path: str, *, kind: Kind) -> Alignment:
    """The phones, or the words, of an `align.json`; raises BrowserError if it is none."""
    try:
        content = json.loads(read_bounded(path, _MOST_BYTES))
    except OSError as error:
        raise BrowserError(f"the alignment cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:
        raise BrowserError("the alignment is no JSON", path=path, hint=_SHAPE) from error
    words = content.get("words") if isinstance(content, dict) else None
    if not isinstance(words, list):
        raise BrowserError("the alignment has no words", path=path, hint=_SHAPE)
    units: list[Unit] = []
    skipped = 0
    for number, word in enumerate(words, start=1):
        if not isinstance(word, dict):
            raise BrowserError(f"word {number} of the alignment is no object", path=path, hint=_SHAPE)
        if word.get("case", "success") != "success":
            skipped += 1
            continue
        try:
            units += _phones(word) if kind == "phone" else [_word(word)]
        except (KeyError, TypeError, ValueError) as error:
            hint = f"{type(error).__name__}: {error}"
            raise BrowserError(f"word {number} of the alignment has no time or text", path=path, hint=hint) from error
    return Alignment(units, skipped)


def _phones(word: dict[str, Any]) -> list[Unit]:
    """The phones of a word; the first begins with the word, each of the others where the one before ends."""
    start_s, text = _seconds(word["start"]), str(word["word"])
    units = []
    for phone in word.get("phones") or ():
        end_s = start_s + _seconds(phone["duration"])
        doubtful = end_s - start_s <= DOUBTFUL_S
        units.append(Unit("phone", _without_place(str(phone["phone"])), start_s, end_s, text, doubtful))
        start_s = end_s
    return units


def _word(word: dict[str, Any]) -> Unit:
    text, phones = str(word["word"]), word.get("phones") or ()
    lengths = [_seconds(phone["duration"]) for phone in phones]
    start_s = _seconds(word["start"])
    end_s = _seconds(word["end"]) if word.get("end") is not None else start_s + sum(lengths)
    doubtful = bool(lengths) and max(lengths) <= DOUBTFUL_S
    return Unit("word", text, start_s, end_s, text, doubtful)


def _without_place(phone: str) -> str:
    """`k_B` -> `k`: the letter says whether the phone begins, ends, is inside or is the whole word."""
    base, mark, place = phone.rpartition("_")
    return base if mark and place in ("B", "I", "E", "S") else phone


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no time")
    return float(value)
