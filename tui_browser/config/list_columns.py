"""Names of the columns that the list of samples may have."""

from __future__ import annotations

import difflib
from typing import Any

from tui_browser.errors import ConfigError

LIST_COLUMNS = (
    "name", "folder", "class", "length", "bpm", "key", "loudness", "rating", "tags", "added", "wave", "distance",
)  # fmt: skip
"""In the order in which they are offered."""
USUAL_COLUMNS = ("name", "folder", "length")
"""Of a person who has chosen none."""


def parse_columns(value: Any, *, path: str) -> tuple[str, ...]:
    """The columns of a setting, in order. Raises ConfigError for an unknown one, one given twice, or without `name`."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ConfigError(
            f"setting 'list_columns' cannot be {value!r}", path=path, hint='it must be a list: ["name", "length"]'
        )
    for name in value:
        if name not in LIST_COLUMNS:
            close = difflib.get_close_matches(name.casefold(), LIST_COLUMNS, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"one of {', '.join(LIST_COLUMNS)}"
            raise ConfigError(f"no column is called {name!r}", path=path, hint=hint)
    if len(set(value)) < len(value) or (value and "name" not in value):
        raise ConfigError(
            f"setting 'list_columns' cannot be {value!r}", path=path, hint="each column once, and name among them"
        )
    return tuple(value)


def known_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """The usable ones of saved columns; the usual columns where that leaves no name."""
    kept = tuple(dict.fromkeys(name for name in names if name in LIST_COLUMNS))
    return kept if "name" in kept else USUAL_COLUMNS
