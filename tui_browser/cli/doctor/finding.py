"""The result of one check of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "limited", "fails"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    check: str
    """What was checked, in a word or two."""
    state: State
    """`good`; `limited`: it works with restrictions; `fails`: something that was asked for cannot work."""
    found: str
    tested: str = ""
    """How it was checked."""
    change: str = ""
    """What to change; empty if nothing."""
