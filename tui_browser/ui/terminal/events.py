"""Events of the terminal that Textual does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message


class TypedText(events.Event, bubble=False):
    """Printable keys that arrived in one read from the terminal."""

    def __init__(self, keys: Sequence[events.Key]) -> None:
        super().__init__()
        self.keys = tuple(keys)

    @property
    def text(self) -> str:
        return "".join(key.character or "" for key in self.keys)


@dataclass
class TerminalReported(Message):
    """The terminal sent an OSC 72 (drag and drop) sequence; `body` is what stands between its start and end."""

    body: str


class TerminalLagged(Message):
    """The terminal does not keep up, so less is sent to it from now on."""
