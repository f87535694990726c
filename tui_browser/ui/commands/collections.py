"""Collections: put samples in and take them out, change the order, and the list of all."""

from __future__ import annotations

from tui_browser.errors import printable
from tui_browser.records import SampleId
from tui_browser.search.condition_masks import named_collections
from tui_browser.search.matcher import only_collection
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.collection_actions import CollectionActions
from tui_browser.ui.keys.command import COLLECTIONS, SAMPLE, SAMPLES, Choice, Command, command
from tui_browser.ui.state.browser_state import BrowserState

_GROUP, _LIST = "Organise", "Collections"
_NEW = " new"
"""Begins with a blank, as no name does."""

_NEEDS = {f"collections_{what}": ("collection",) for what in ("show", "add", "rename", "delete")}

COMMANDS: tuple[Command, ...] = (
    command("collect", "&", "Collect", "put the sample into a collection, or a new one", _GROUP, needs=SAMPLE, hint=18),
    command("collections", "P", "Collections", "show, rename or delete collections", _GROUP, needs=SAMPLES, hint=20),
    command("uncollect", "delete", "Take out", "take the sample out of the shown collection", _GROUP, needs=SAMPLE),
    *(
        command(id, key, label, f"move the sample {way} in the shown collection", _GROUP, needs=SAMPLE, repeats=True)
        for id, key, label, way in (
            ("collection_up", "^", "Earlier", "up"),
            ("collection_down", "V", "Later", "down"),
        )
    ),
    *(
        command(id, keys, label, help, _LIST, screens=(COLLECTIONS,), hint=hint, needs=_NEEDS.get(id, ()))
        for id, keys, label, help, hint in (
            ("collections_up", "up k", "Up", "previous collection", 0),
            ("collections_down", "down j", "Down", "next collection", 0),
            ("collections_show", "enter", "Show", "show its samples in their order", 1),
            ("collections_add", "a &", "Add", "put the chosen samples into it", 2),
            ("collections_new", "n", "New", "make an empty collection", 3),
            ("collections_rename", "r", "Rename", "give it another name", 4),
            ("collections_delete", "d delete", "Delete", "delete it; its samples stay", 5),
            ("collections_undo", "u", "Undo", "undo the last change", 6),
            ("collections_close", "escape q P", "Close", "back to the map", 7),
        )
    ),
)  # fmt: skip


def ask_collection(group: CommandGroup, rows: list[int]) -> None:
    """Ask into which collection these rows go."""
    ids, collections = group.ids_of(rows), group.state.map_model.snapshot.collections
    what = "this sample" if len(ids) == 1 else formatting.samples(len(ids))

    def make(name: str) -> None:
        if name.strip():
            group.controllers.annotations.collect(name, ids)

    def new() -> None:
        group.panel.prompt("Name of the new collection", f"enter makes it with {what}, esc cancels", make)

    if not collections:
        new()
        return
    choices = [
        *(Choice(name, printable(name), formatting.samples(len(own))) for name, own in collections.items()),
        Choice(_NEW, "new", "a new collection"),
    ]
    group.panel.choose(f"Put {what} into", choices, lambda id: new() if id == _NEW else make(id))


def shown_collection(state: BrowserState) -> str | None:
    """The collection that is the present result."""
    matches = state.search.matches
    term = only_collection(matches.query.expression) if matches is not None else None
    if term is None:
        return None
    named = named_collections(term.name, state.map_model.snapshot)
    return named[0] if len(named) == 1 else None


class CollectionCommands(CommandGroup):
    """What takes out and moves acts on the collection that is the present result."""

    def do_collect(self) -> None:
        self.with_chosen("Collect", lambda rows: ask_collection(self, rows))

    def do_uncollect(self) -> None:
        name = self._shown()
        if name is None:
            return

        def take_out(rows: list[int]) -> None:
            ids = self.ids_of(rows)
            if not len(self.state.selection):
                self._walk_on()
            self.controllers.annotations.uncollect(name, ids)

        self.with_chosen("Take out", take_out)

    def _walk_on(self) -> None:
        """To the sample below in the list, of the last one to that above."""
        listing, row = self.cursor.listing, self.state.row
        listing.select(row)  # the list follows only when the cursor rests
        for by in (1, -1):
            beside = listing.row_beside(by)
            if beside is not None and beside != row:
                self.cursor.go_in_list(self.state.map_model.id_at(beside))
                return

    def do_collection_up(self) -> None:
        self._move(-1)

    def do_collection_down(self) -> None:
        self._move(1)

    def do_collections(self) -> None:
        rows, annotations = self.chosen_rows(), self.controllers.annotations
        ids = self.ids_of(rows)
        self.panel.show_collections(
            CollectionActions(
                read=self.controllers.context.library.collections,
                chosen=len(ids),
                show=self._show,
                add=lambda name: annotations.collect(name, ids),
                make=lambda name: annotations.collect(name, ()),
                rename=annotations.rename,
                delete=annotations.delete,
                undo=self.state.history.undo,
            )
        )

    def _shown(self) -> str | None:
        name = shown_collection(self.state)
        if name is None:
            self.refuse(f"no collection is shown: {self.first_key('collections')} lists them")
        return name

    def _show(self, name: str) -> None:
        """Make the collection the present result."""
        if not self.state.map_model.snapshot.collections.get(name):
            self.refuse(f"{printable(name)} has no samples yet")
            return
        plain = name.replace('"', "")
        self.panel.search_for(f'in:"{plain}"')
        self.panel.activate(True)

    def _move(self, by: int) -> None:
        name = self._shown()
        if name is None:
            return
        orders = self.controllers.collection_orders
        order = orders.present(name, self.state.map_model.snapshot.collections[name])
        chosen = set(self.ids_of(self.chosen_rows()))
        block = [sample for sample in order if sample in chosen]
        others = [sample for sample in order if sample not in chosen]
        if not block:
            self.refuse(f"this sample is not in {printable(name)}")
            return
        place = order.index(block[0]) + by
        if not 0 <= place <= len(others):
            return
        orders.moved(name, [*others[:place], *block, *others[place:]])
        before: SampleId | None = others[place] if place < len(others) else None
        self.controllers.annotations.move(name, block, before=before)
