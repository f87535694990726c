"""A list to choose from by typing: the palette of commands, the themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from tui_browser.ui import words
from tui_browser.ui.command import CHOOSER
from tui_browser.ui.screens.base import CommandDialog
from tui_browser.ui.widgets.field import QUERY_LETTERS, Field
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

ROWS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    id: str
    label: str
    help: str = ""
    key: str = ""
    refusal: str = ""
    """Why it cannot be chosen now; shown in place of the help."""


class Chooser(CommandDialog):
    """Gives the id of the choice, or None."""

    NAME = CHOOSER

    def __init__(self, prompt: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._prompt = prompt
        self._choices = list(choices)
        self._shown = self._choices
        self._text = ""
        self._at = 0

    def box(self) -> ComposeResult:
        yield Field(most=QUERY_LETTERS, placeholder=self._prompt)
        yield Note(self.host.paint, [[]] * min(ROWS, len(self._choices)), id="choices")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._look_for(event.value)

    def _look_for(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._shown = ranked(self._choices, text)
            self._at = 0
            self._draw()

    def entered(self, text: str) -> None:
        self._look_for(text)
        self._take()

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note):
            at = self._top() + event.y
            if at < len(self._shown):
                self._at = at
                self._take()

    def do_choice_up(self) -> None:
        self._at = max(0, self._at - 1)
        self._draw()

    def do_choice_down(self) -> None:
        self._at = min(max(0, len(self._shown) - 1), self._at + 1)
        self._draw()

    def _take(self) -> None:
        if self._shown and not self._shown[self._at].refusal:
            self.dismiss(self._shown[self._at].id)

    def _rows(self) -> int:
        return max(1, min(ROWS, len(self._choices), self.app.size.height - 6))

    def _top(self) -> int:
        return max(0, self._at - self._rows() + 1)

    def _draw(self) -> None:
        note = self.query_one("#choices", Note)
        top, rows = self._top(), self._rows()
        lines = [self._line(at, choice, note.size.width) for at, choice in enumerate(self._shown)][top : top + rows]
        if not lines:
            lines = [[("nothing matches", self.host.paint.role("muted", on="surface"))]]
        note.write(lines + [[]] * (rows - len(lines)))

    def _line(self, at: int, choice: Choice, width: int) -> Line:
        paint = self.host.paint
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        text = paint.role("muted" if choice.refusal else "text", on=on, bold=at == self._at)
        muted = paint.role("muted", on=on)
        room = width - 2 - cell_len(choice.label) - cell_len(choice.key) - 3
        help = words.cut_end(choice.refusal or choice.help, max(0, room), ellipsis=paint.ellipsis)
        gap = width - 2 - cell_len(choice.label) - 2 - cell_len(help) - cell_len(choice.key)
        key = paint.role("accent", on=on)
        return [(f"{mark} ", text), (choice.label, text), (f"  {help}", muted), (" " * max(1, gap), muted),
                (choice.key, key)]  # fmt: skip


def ranked(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices whose label or help holds all typed words, those that begin with them first."""
    parts = typed.casefold().split()
    found = []
    for place, choice in enumerate(choices):
        label, text = choice.label.casefold(), f"{choice.label} {choice.help} {choice.id}".casefold()
        if all(part in text for part in parts):
            score = sum(0 if label.startswith(part) else 1 if part in label else 2 for part in parts)
            found.append((score, place, choice))
    return [choice for _, _, choice in sorted(found, key=lambda item: item[:2])]
