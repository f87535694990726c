"""What the doctor finds: one thing that was looked at, how, and what would make it better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "limited", "fails"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    check: str
    """What was looked at, in a word or two."""
    state: State
    """`good`; `limited`: it works with less; `fails`: something that was asked for cannot work."""
    found: str
    tested: str = ""
    """How that is known."""
    change: str = ""
    """The one thing to change; empty where nothing has to be."""
