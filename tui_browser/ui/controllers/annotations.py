"""Favourites and tags, of one sample or of many; each change can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.errors import printable
from tui_browser.records import FAVOURITE, SampleId
from tui_browser.service.messages import Request, SetFlag, SetTags
from tui_browser.ui import formatting
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.map_model import MapModel


class AnnotationController:
    """Requests changes from the index service; the screen follows when the library has changed."""

    def __init__(self, state: BrowserState, presenter: Presenter, *, request: Callable[[Request], None]) -> None:
        self._state = state
        self._presenter = presenter
        self._request = request

    def favourite(self, map_model: MapModel, rows: Sequence[int]) -> None:
        """Make these samples (rows of `map_model`) favourites; where all of them are, no longer."""
        flags = map_model.snapshot.flags[np.asarray(rows, dtype=np.intp)] & FAVOURITE
        make_favourite = not flags.all()
        ids = tuple(
            map_model.id_at(row) for row, flag in zip(rows, flags.tolist(), strict=True) if bool(flag) != make_favourite
        )
        self._flag(ids, make_favourite)
        subject = (
            formatting.file_name(map_model.snapshot.names[rows[0]]) if len(rows) == 1 else formatting.samples(len(rows))
        )
        singular, plural = (
            ("is a favourite", "are favourites")
            if make_favourite
            else ("is no longer a favourite", "are no longer favourites")
        )
        self._presenter.say(f"{subject} {singular if len(rows) == 1 else plural}")
        self._state.history.add(
            "favourites", undo=lambda: self._flag(ids, not make_favourite), redo=lambda: self._flag(ids, make_favourite)
        )

    def _flag(self, ids: tuple[SampleId, ...], on: bool) -> None:
        self._request(SetFlag(ids, FAVOURITE, on))

    def tag(self, before: dict[SampleId, tuple[str, ...]], typed: str) -> None:
        """Replace the tags that all of these samples have in common by the typed ones."""
        shared = self.common_tags(before)
        after = tuple(dict.fromkeys(word.lstrip("#") for word in typed.replace(",", " ").split() if word.lstrip("#")))
        add = {
            tag: tuple(sample for sample, tags in before.items() if tag not in tags)
            for tag in after
            if tag not in shared
        }
        remove = {tag: tuple(before) for tag in shared if tag not in after}
        if not add and not remove:
            return
        self._tag(before, add, remove)
        changes = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
        of = "" if len(before) == 1 else f" ({formatting.samples(len(before))})"
        self._presenter.say(f"tags: {printable(' '.join(changes))}{of}")
        self._state.history.add(
            "tags", undo=lambda: self._tag(before, remove, add), redo=lambda: self._tag(before, add, remove)
        )

    def add_tags(self, pairs: Sequence[tuple[SampleId, str]]) -> None:
        """Give samples a tag each; one step of undo."""
        add: dict[str, tuple[SampleId, ...]] = {}
        for sample, tag in pairs:
            add[tag] = (*add.get(tag, ()), sample)
        of: dict[SampleId, tuple[str, ...]] = {sample: () for sample, _ in pairs}
        self._tag(of, add, {})
        self._state.history.add("tags", undo=lambda: self._tag(of, {}, add), redo=lambda: self._tag(of, add, {}))

    def _tag(
        self,
        of: dict[SampleId, tuple[str, ...]],
        add: dict[str, tuple[SampleId, ...]],
        remove: dict[str, tuple[SampleId, ...]],
    ) -> None:
        all_ids = tuple(of)
        for_all = tuple(tag for tag, ids in add.items() if ids == all_ids)
        from_all = tuple(tag for tag, ids in remove.items() if ids == all_ids)
        if for_all or from_all:
            self._request(SetTags(all_ids, add=for_all, remove=from_all))
        for tag, ids in add.items():
            if ids and tag not in for_all:
                self._request(SetTags(ids, add=(tag,)))
        for tag, ids in remove.items():
            if ids and tag not in from_all:
                self._request(SetTags(ids, remove=(tag,)))

    @staticmethod
    def common_tags(tags: dict[SampleId, tuple[str, ...]]) -> tuple[str, ...]:
        """The tags that all of these samples have, in the order of the first one's."""
        if not tags:
            return ()
        first, *others = tags.values()
        return tuple(tag for tag in first if all(tag in other for other in others))
