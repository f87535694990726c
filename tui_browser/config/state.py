"""What the app remembers by itself between two runs; losing it loses nothing that a person made."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_browser.config.places import state_file

_LIBRARIES_KEPT = 64


@dataclass(frozen=True, slots=True)
class LibraryState:
    """Where a person left one library."""

    selected: int | None = None
    """SampleId of the sample under the cursor."""
    colour_by: str = "class"
    marks: Mapping[str, int] = field(default_factory=dict)
    """SampleIds by the letters that lead to them."""
    auto_play: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered."""

    volume_db: float = 0.0
    speed: float = 1.0
    theme: str = ""
    """The last theme chosen in the app; empty before the first choice."""
    tour: bool = False
    """Whether the tour was offered."""
    libraries: Mapping[str, LibraryState] = field(default_factory=dict)
    """By the library file's absolute path."""

    def library(self, path: str) -> LibraryState:
        return self.libraries.get(os.path.abspath(path), LibraryState())

    def with_library(self, path: str, state: LibraryState) -> State:
        """This with another state of one library, which becomes the latest of at most 64."""
        key = os.path.abspath(path)
        others = {name: kept for name, kept in self.libraries.items() if name != key}
        kept = dict(list(others.items())[-(_LIBRARIES_KEPT - 1) :])
        return dataclasses.replace(self, libraries={**kept, key: state})


def load_state(path: str | None = None) -> State:
    """What was remembered; whatever is missing or wrong is at its default, and nothing is an error."""
    try:
        with open(path or state_file(), "rb") as file:
            raw = json.load(file)
    except (OSError, ValueError, RecursionError):
        return State()
    if not isinstance(raw, dict):
        return State()
    libraries = raw.get("libraries")
    return State(
        volume_db=_number(raw.get("volume_db"), 0.0, -60.0, 14.0),
        speed=_number(raw.get("speed"), 1.0, 0.5, 2.0),
        theme=_text(raw.get("theme"), ""),
        tour=raw.get("tour") is True,
        libraries={
            name: LibraryState(
                selected=kept["selected"] if type(kept.get("selected")) is int else None,
                colour_by=_text(kept.get("colour_by"), "class"),
                marks=_marks(kept.get("marks")),
                auto_play=kept.get("auto_play", raw.get("auto_play")) is True,  # once it was one for all libraries
            )
            for name, kept in (libraries.items() if isinstance(libraries, dict) else ())
            if isinstance(kept, dict)
        },
    )


def save_state(state: State, path: str | None = None) -> bool:
    """Write the state in one step; False where it cannot be written (a full disk, a read-only home)."""
    path = path or state_file()
    temporary = ""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=".state-")
        with open(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
            json.dump(dataclasses.asdict(state), file, indent=1)
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return False
    return True


def remember(change: Callable[[State], State], path: str | None = None) -> State:
    """Apply a change to what is on disk now, so that two running apps keep each other's libraries; the new state."""
    state = change(load_state(path))
    save_state(state, path)
    return state


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _marks(value: Any) -> dict[str, int]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {letter: sample for letter, sample in pairs if len(letter) == 1 and type(sample) is int}


def _number(value: Any, default: float, low: float, high: float) -> float:
    return float(value) if type(value) in (int, float) and low <= value <= high else default
