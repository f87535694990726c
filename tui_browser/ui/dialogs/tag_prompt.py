"""One line to type tags, with those below it that samples have already: the most frequent that begin so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.widgets import Input

from tui_browser.errors import printable
from tui_browser.records import SampleId
from tui_browser.search.tag_counts import TagCount, suggested_tags, tag_counts
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.keys.command import TAGS
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

SHOWN = 6
"""Suggestions at a time; more are reached by going down."""


class TagPrompt(Prompt):
    """The result is the text, or None."""

    NAME = TAGS

    def __init__(self, title: str, hint: str, *, value: str = "", tags: Mapping[SampleId, Sequence[str]]) -> None:
        """`tags` are those of all samples."""
        super().__init__(title, hint, value=f"{value} " if value else "")  # ready for one more
        self._tags = tags
        self._counts: list[TagCount] = []
        self._suggested: list[TagCount] = []
        self._at = 0

    def box(self) -> ComposeResult:
        yield from super().box()
        yield Note(self.host.paint, [[]] * self._rows(), id="suggestions")

    def on_mount(self) -> None:
        super().on_mount()
        tags = self._tags
        worker = LatestWorker(self.app, "tags", failed=lambda error: self._show_hint(str(error)))
        worker.submit(lambda: tag_counts(tags.values()), self._take_counts)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._suggest(event.value)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def do_choice_up(self) -> None:
        self._at = max(0, self._at - 1)
        self._draw()

    def do_choice_down(self) -> None:
        self._at = min(max(0, len(self._suggested) - 1), self._at + 1)
        self._draw()

    def do_complete(self) -> None:
        """Put the suggestion in place of the tag that is being typed."""
        if self._suggested:
            field = self.query_one(Input)
            head = field.value[: len(field.value) - len(_last_word(field.value))]
            field.value = f"{head}{self._suggested[self._at][0]} "
            field.cursor_position = len(field.value)

    def _take_counts(self, counts: list[TagCount]) -> None:
        self._counts = counts
        if self.is_mounted:
            self._suggest(self.query_one(Input).value)

    def _suggest(self, text: str) -> None:
        typed = _last_word(text)
        others = text[: len(text) - len(typed)].replace(",", " ").split()
        self._suggested, self._at = suggested_tags(self._counts, typed.lstrip("#"), without=others), 0
        if [tag for tag, _ in self._suggested] == [typed]:
            self._suggested = []
        self._draw()

    def _rows(self) -> int:
        return max(1, min(SHOWN, self.app.size.height - 8))

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        note = self.query_one("#suggestions", Note)
        rows = self._rows()
        top = max(0, self._at - rows + 1)
        lines = [self._line(at, note.size.width) for at in range(top, min(len(self._suggested), top + rows))]
        note.write(lines + [[]] * (rows - len(lines)))

    def _line(self, at: int, width: int) -> Line:
        paint, (tag, samples) = self.host.paint, self._suggested[at]
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        count = formatting.samples(samples)
        room = max(4, width - len(count) - 4)
        name = formatting.cut_end(printable(tag), room, ellipsis=paint.ellipsis)
        return [(f"{mark} {name}".ljust(room + 3), paint.role("text", on=on)), (count, paint.role("muted", on=on))]


def _last_word(text: str) -> str:
    """The tag that is being typed, which ends the text; empty after a blank."""
    return text.replace(",", " ").rpartition(" ")[2]
