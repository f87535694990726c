"""All collections: shown, renamed, deleted, and filled with the chosen samples."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult

from tui_browser.errors import BrowserError, counted, printable
from tui_browser.store.records import CollectionInfo
from tui_browser.store.sample_collections import collection_name
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.collection_actions import CollectionActions
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.keys.command import COLLECTIONS
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

_ROWS, _LEAST_ROWS = 14, 3
_AROUND = 9
"""Rows of the screen for other things than collections."""


class CollectionsScreen(CommandDialog):
    """Stays open until it is closed or a collection is shown; the result is the name of that, or None."""

    NAME = COLLECTIONS

    def __init__(self, actions: CollectionActions) -> None:
        super().__init__()
        self._actions = actions
        self._collections: list[CollectionInfo] | None = None
        self._at = 0
        self._select = ""
        """The collection to select once the list is read again."""
        self._notice = ""
        self._worker: LatestWorker | None = None

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield Note(self.host.paint, [[]] * self._rows(), id="collections")
        yield Note(self.host.paint, [[]], id="about")
        yield Hints(self.host.paint, self.host.keys, screen=COLLECTIONS)

    def on_mount(self) -> None:
        self._worker = LatestWorker(self.app, "collections", failed=lambda error: self._say(str(error)))
        self.renew()

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        at = self._top() + event.y
        if isinstance(event.widget, Note) and event.widget.id == "collections" and at < len(self._collections or ()):
            self._at = at
            self.redraw()

    def available(self) -> Collection[str]:
        return ("collection",) if self._collections else ()

    def renew(self) -> None:
        """Read the list again: the library has changed."""
        if self._worker is not None:
            self._worker.submit(self._actions.read, self._take)

    def _take(self, collections: Sequence[CollectionInfo]) -> None:
        self._collections = list(collections)
        names = [each.name.casefold() for each in collections]
        if self._select.casefold() in names:
            self._at, self._select = names.index(self._select.casefold()), ""
        self._move(0)

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_collections_up(self) -> None:
        self._move(-1)

    def do_collections_down(self) -> None:
        self._move(1)

    def do_collections_show(self) -> None:
        self.dismiss(self._here().name)

    def do_collections_add(self) -> None:
        name = self._here().name
        if not self._actions.chosen:
            self._say("no sample is chosen")
            return
        self._actions.add(name)
        self._say(f"{formatting.samples(self._actions.chosen)} added to {printable(name)}")

    def do_collections_new(self) -> None:
        self._ask("Name of the new collection", "enter makes it, esc cancels", "", self._actions.make)

    def do_collections_rename(self) -> None:
        name = self._here().name

        def rename(new_name: str) -> None:
            others = {each.name.casefold() for each in self._collections or () if each.name != name}
            if new_name.casefold() in others:
                self._say(f"there is a collection {printable(new_name)} already")
            elif new_name != name:
                self._actions.rename(name, new_name)

        self._ask(f"New name of {printable(name)}", "enter renames it, esc cancels", name, rename)

    def do_collections_delete(self) -> None:
        here = self._here()
        self._actions.delete(here.name)
        self._say(f"{printable(here.name)} is deleted: {self.host.keys.first('collections_undo')} undoes it")

    def do_collections_undo(self) -> None:
        label = self._actions.undo()
        self._say(f"undone: {label}" if label else "nothing to undo")

    def do_collections_close(self) -> None:
        self.dismiss(None)

    def _ask(self, title: str, hint: str, value: str, then: Callable[[str], None]) -> None:
        def named(text: str | None) -> None:
            if text is None or not text.strip():
                return
            try:
                self._select = collection_name(text)
            except BrowserError as error:
                self._say(str(error))
            else:
                self._say("")
                then(self._select)

        self.app.push_screen(Prompt(title, hint, value=value), named)

    def _here(self) -> CollectionInfo:
        return (self._collections or [])[self._at]

    def _move(self, by: int) -> None:
        self._at = min(max(0, self._at + by), max(0, len(self._collections or ()) - 1))
        self.redraw()

    def _say(self, text: str) -> None:
        self._notice = text
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return max(2, min(_ROWS, self.app.size.height - _AROUND, max(_LEAST_ROWS, len(self._collections or ()))))

    def _top(self) -> int:
        return max(0, min(self._at - self._rows() // 2, len(self._collections or ()) - self._rows()))

    def redraw(self) -> None:
        if not self.is_mounted or self._collections is None:
            return
        paint, collections = self.host.paint, self._collections
        muted = paint.role("muted", on="surface")
        title = counted(len(collections), "collection") if collections else "Collections"
        self.query_one("#title", Note).write([[(title, paint.role("accent", on="surface", bold=True))]])
        note, rows, top = self.query_one("#collections", Note), self._rows(), self._top()
        lines = [self._line(at, note.size.width) for at in range(top, min(len(collections), top + rows))]
        if not lines:
            new = (self.host.keys.first("collections_new"), paint.role("accent", on="surface"))
            lines = [[("none yet: ", muted), new, (" makes one", muted)]]
        note.write(lines + [[]] * (rows - len(lines)))
        self.query_one("#about", Note).write([[(self._notice, muted)]])

    def _line(self, at: int, width: int) -> Line:
        assert self._collections is not None  # there is a line of it
        paint, each = self.host.paint, self._collections[at]
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        absent = f"{each.absent:,} not here now  " if each.absent else ""
        kind = "kit  " if each.kind == "kit" else ""
        count = formatting.samples(each.items)
        room = max(4, width - 3 - cell_len(count) - len(absent) - len(kind))
        name = formatting.cut_end(printable(each.name), room, ellipsis=paint.ellipsis)
        text, muted = paint.role("text", on=on, bold=at == self._at), paint.role("muted", on=on)
        gap = " " * max(1, room - cell_len(name) + 1)
        return [
            (f"{mark} ", text), (name, text), (gap, text), (kind, muted), (absent, paint.role("warning", on=on)),
            (count, muted),
        ]  # fmt: skip
