"""The project that a person works on: its tempo and key, to which previews are brought."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_browser.errors import ConfigError
from tui_browser.records import KEYS

BPM_RANGE = (30.0, 300.0)
_BPM = re.compile(r"(\d{2,3}(?:[.,]\d{1,3})?)\s*(?:bpm)?", re.IGNORECASE)
_KEY = re.compile(r"([A-G])(#|♯|b|♭|)\s*(minor|major|min|maj|m|)", re.IGNORECASE)
_HINT = "a tempo, a key or both, as in 120 Am"


@dataclass(frozen=True, slots=True)
class Project:
    """Tempo and key; either may be unset, so that it changes nothing."""

    bpm: float = 0.0
    """0 where none is set."""
    key: str = ""
    """One of `KEYS`; empty where none is set."""

    @property
    def text(self) -> str:
        """As a person types it: `120 Am`; empty where nothing is set."""
        return " ".join(filter(None, (f"{self.bpm:g}" if self.bpm else "", self.key)))

    @property
    def words(self) -> str:
        """As it is shown: `120 bpm Am`; empty where nothing is set."""
        return " ".join(filter(None, (f"{self.bpm:g} bpm" if self.bpm else "", self.key)))


def parse_project(text: str) -> Project:
    """The project for `120 Am`, `92.5`, `F# minor` or an empty text; raises ConfigError for anything else."""
    text = text.strip()
    tempo = _BPM.match(text)
    rest = text[tempo.end() :].strip(" ,") if tempo else text
    if tempo and tempo.end() < len(text) and text[tempo.end()].isdigit():
        raise ConfigError(f"{text!r} is no tempo", hint=_HINT)
    return Project(_bpm(float(tempo[1].replace(",", "."))) if tempo else 0.0, parse_key_name(rest) if rest else "")


def parse_key_name(text: str) -> str:
    """One of `KEYS` for `am`, `Bb`, `F# minor`; raises ConfigError for anything else."""
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"{text!r} is no key", hint="a key is a note, with m for minor: Am, F#, Bb minor")
    note, accidental, mode = found[1].upper(), found[2].lower(), found[3]
    step = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[accidental]
    minor = mode == "m" or mode.lower() in ("minor", "min")
    return KEYS[(KEYS.index(note) + step) % 12 + (12 if minor else 0)]


def _bpm(bpm: float) -> float:
    if not BPM_RANGE[0] <= bpm <= BPM_RANGE[1]:
        raise ConfigError(f"a tempo cannot be {bpm:g}", hint=f"{BPM_RANGE[0]:g} to {BPM_RANGE[1]:g}")
    return bpm
