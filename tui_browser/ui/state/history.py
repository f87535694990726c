"""What can be taken back: edits, selections, views; and done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MOST = 200


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One thing that was done."""

    told: str
    """What it was, in two or three words."""
    undo: Callable[[], None]
    redo: Callable[[], None]
    kind: str = ""
    """Steps of one kind in a row are taken back together; empty for a step that stands alone."""


class History:
    """The last steps, the latest one first to be taken back."""

    def __init__(self) -> None:
        self._done: list[UndoStep] = []
        self._undone: list[UndoStep] = []
        self._open = False

    def did(self, told: str, *, undo: Callable[[], None], redo: Callable[[], None], kind: str = "") -> None:
        """Something was done already; `undo` takes it back and `redo` does it again."""
        self._undone.clear()
        if kind and self._open and self._done and self._done[-1].kind == kind:
            undo = self._done.pop().undo
        self._done.append(UndoStep(told, undo, redo, kind))
        self._open = True
        del self._done[:-MOST]

    def pause(self) -> None:
        """What is done from now on is a step of its own, of whatever kind."""
        self._open = False

    def undo(self) -> str:
        """Take the last step back; what it was, empty when there is none."""
        if not self._done:
            return ""
        step = self._done.pop()
        self._undone.append(step)
        self._open = False
        step.undo()
        return step.told

    def redo(self) -> str:
        """Do again what was taken back last; what it was, empty when there is none."""
        if not self._undone:
            return ""
        step = self._undone.pop()
        self._done.append(step)
        self._open = False
        step.redo()
        return step.told
