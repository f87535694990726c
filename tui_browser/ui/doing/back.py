"""Taking back what was done, and doing it again."""

from __future__ import annotations

from tui_browser.ui.doing.base import Doing


class TakingBack(Doing):
    """Edits, selections and views, the latest one first."""

    def do_undo(self) -> None:
        told = self.session.history.undo()
        self.say(f"undone: {told}") if told else self.refuse("nothing to undo")

    def do_redo(self) -> None:
        told = self.session.history.redo()
        self.say(f"redone: {told}") if told else self.refuse("nothing to redo")
