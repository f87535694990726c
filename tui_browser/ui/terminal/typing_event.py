"""Letters that arrived in one read from the terminal, as one event."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events


class Typing(events.Event, bubble=False):
    """Keys that came together, each of them a letter."""

    def __init__(self, keys: Sequence[events.Key]) -> None:
        super().__init__()
        self.keys = tuple(keys)

    @property
    def text(self) -> str:
        return "".join(key.character or "" for key in self.keys)
