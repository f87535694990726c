"""State that the app saves between runs, such as volume and cursor; it may be lost without harm."""

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
from tui_browser.config.project import BPM_RANGE
from tui_browser.records import KEYS
from tui_browser.safe_files import read_bounded

_LIBRARIES_KEPT = 64
_QUERIES_KEPT = 100
_MOST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class SavedView:
    """The view of one library when it was last closed."""

    selected: int | None = None
    """SampleId of the sample under the cursor."""
    colour_by: str = "class"
    marks: Mapping[str, int] = field(default_factory=dict)
    """SampleIds of jump marks, by letter."""
    auto_play: bool = False


@dataclass(frozen=True, slots=True)
class SavedState:
    """The saved state of all libraries."""

    volume_db: float = 0.0
    speed: float = 1.0
    project_bpm: float = 0.0
    """The project's tempo; 0 where none is set."""
    project_key: str = ""
    """The project's key; empty where none is set."""
    theme: str = ""
    """The theme last chosen in the app; empty before that."""
    tour: bool = False
    """Whether the tour was offered."""
    offers: tuple[str, ...] = ()
    """Libraries to which a newer shipped model was offered, each as MODEL:PATH."""
    queries: tuple[str, ...] = ()
    """Kept queries, the newest last."""
    columns: tuple[str, ...] = ()
    """Columns of the list, as last chosen in the app; empty before that."""
    libraries: Mapping[str, SavedView] = field(default_factory=dict)
    """By the absolute path of the library file."""

    def library(self, path: str) -> SavedView:
        return self.libraries.get(os.path.abspath(path), SavedView())

    def with_library(self, path: str, state: SavedView) -> SavedState:
        """A copy with a new view of one library; only the latest 64 libraries are kept."""
        key = os.path.abspath(path)
        others = {name: kept for name, kept in self.libraries.items() if name != key}
        kept = dict(list(others.items())[-(_LIBRARIES_KEPT - 1) :])
        return dataclasses.replace(self, libraries={**kept, key: state})


def load_state(path: str | None = None) -> SavedState:
    """The saved state; missing or invalid values get their defaults. Never raises."""
    try:
        raw = json.loads(read_bounded(path or state_file(), _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return SavedState()
    if not isinstance(raw, dict):
        return SavedState()
    libraries = raw.get("libraries")
    return SavedState(
        volume_db=_number(raw.get("volume_db"), 0.0, -60.0, 14.0),
        speed=_number(raw.get("speed"), 1.0, 0.5, 2.0),
        project_bpm=_number(raw.get("project_bpm"), 0.0, *BPM_RANGE),
        project_key=key if (key := _text(raw.get("project_key"), "")) in KEYS else "",
        theme=_text(raw.get("theme"), ""),
        tour=raw.get("tour") is True,
        offers=_texts(raw.get("offers")),
        queries=_texts(raw.get("queries")),
        columns=_texts(raw.get("columns")),
        libraries={
            name: SavedView(
                selected=kept["selected"] if type(kept.get("selected")) is int else None,
                colour_by=_text(kept.get("colour_by"), "class"),
                marks=_marks(kept.get("marks")),
                auto_play=kept.get("auto_play", raw.get("auto_play")) is True,  # older files have one for all libraries
            )
            for name, kept in (libraries.items() if isinstance(libraries, dict) else ())
            if isinstance(kept, dict)
        },
    )


def save_state(state: SavedState, path: str | None = None) -> bool:
    """Replace the state file atomically; False when it cannot be written (full disk, read-only home)."""
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


def remember(change: Callable[[SavedState], SavedState], path: str | None = None) -> SavedState:
    """Apply a change to the state on disk, so that two running apps do not overwrite each other; the new state."""
    state = change(load_state(path))
    save_state(state, path)
    return state


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _texts(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else ()
    return tuple(text for text in texts if isinstance(text, str))[-_QUERIES_KEPT:]


def _marks(value: Any) -> dict[str, int]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {letter: sample for letter, sample in pairs if len(letter) == 1 and type(sample) is int}


def _number(value: Any, default: float, low: float, high: float) -> float:
    return float(value) if type(value) in (int, float) and low <= value <= high else default
