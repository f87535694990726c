"""Undo and redo of edits, selections and views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MOST = 200


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One action."""

    label: str
    """What it was, in two or three words."""
    undo: Callable[[], None]
    redo: Callable[[], None]
    kind: str = ""
    """Consecutive steps of one kind are undone together; empty for a step that stands alone."""


class History:
    """The last `MOST` steps."""

    def __init__(self) -> None:
        self._done: list[UndoStep] = []
        self._undone: list[UndoStep] = []
        self._open = False

    def add(self, label: str, *, undo: Callable[[], None], redo: Callable[[], None], kind: str = "") -> None:
        """Note an action that has been done already."""
        self._undone.clear()
        if kind and self._open and self._done and self._done[-1].kind == kind:
            undo = self._done.pop().undo
        self._done.append(UndoStep(label, undo, redo, kind))
        self._open = True
        del self._done[:-MOST]

    def pause(self) -> None:
        """Start a new step with the next action, whatever its kind."""
        self._open = False

    def undo(self) -> str:
        """Undo the last step; returns its label, empty when there is none."""
        if not self._done:
            return ""
        step = self._done.pop()
        self._undone.append(step)
        self._open = False
        step.undo()
        return step.label

    def redo(self) -> str:
        """Redo the step that was undone last; returns its label, empty when there is none."""
        if not self._undone:
            return ""
        step = self._undone.pop()
        self._done.append(step)
        self._open = False
        step.redo()
        return step.label
