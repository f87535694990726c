"""What a person makes of samples: favourites, tags; of one or of many, and each can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from tui_browser.errors import printable
from tui_browser.library.messages import Request, SetFlag, SetTags
from tui_browser.records import FAVOURITE, SampleId
from tui_browser.ui import words
from tui_browser.ui.history import History
from tui_browser.ui.world import World


class Say(Protocol):
    """Show one sentence."""

    def __call__(self, text: str) -> None: ...


class Edits:
    """Asks the service for changes; what is shown changes when the library has."""

    def __init__(self, *, request: Callable[[Request], None], say: Say, history: History) -> None:
        self._request = request
        self._say = say
        self._history = history

    def favourite(self, world: World, rows: Sequence[int]) -> None:
        """Make these samples (rows of `world`) favourites; no longer, where all of them are."""
        flags = world.snapshot.flags[np.asarray(rows, dtype=np.intp)] & FAVOURITE
        on = not flags.all()
        ids = tuple(world.id_at(row) for row, is_one in zip(rows, flags.tolist(), strict=True) if bool(is_one) != on)
        self._flag(ids, on)
        who = words.file_name(world.snapshot.names[rows[0]]) if len(rows) == 1 else words.samples(len(rows))
        one, many = (
            ("is a favourite", "are favourites") if on else ("is no longer a favourite", "are no longer favourites")
        )
        self._say(f"{who} {one if len(rows) == 1 else many}")
        self._history.did("favourites", undo=lambda: self._flag(ids, not on), redo=lambda: self._flag(ids, on))

    def _flag(self, ids: tuple[SampleId, ...], on: bool) -> None:
        self._request(SetFlag(ids, FAVOURITE, on))

    def tag(self, before: dict[SampleId, tuple[str, ...]], typed: str) -> None:
        """The tags that were typed, in place of those that all of these samples had in common."""
        shared = common_tags(before)
        after = tuple(dict.fromkeys(word.lstrip("#") for word in typed.replace(",", " ").split() if word.lstrip("#")))
        add = {tag: tuple(one for one, had in before.items() if tag not in had) for tag in after if tag not in shared}
        remove = {tag: tuple(before) for tag in shared if tag not in after}
        if not add and not remove:
            return
        self._tag(before, add, remove)
        told = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
        of = "" if len(before) == 1 else f" ({words.samples(len(before))})"
        self._say(f"tags: {printable(' '.join(told))}{of}")
        self._history.did(
            "tags", undo=lambda: self._tag(before, remove, add), redo=lambda: self._tag(before, add, remove)
        )

    def _tag(
        self,
        of: dict[SampleId, tuple[str, ...]],
        add: dict[str, tuple[SampleId, ...]],
        remove: dict[str, tuple[SampleId, ...]],
    ) -> None:
        everywhere = tuple(of)
        whole = tuple(tag for tag, ids in add.items() if ids == everywhere)
        away = tuple(tag for tag, ids in remove.items() if ids == everywhere)
        if whole or away:
            self._request(SetTags(everywhere, add=whole, remove=away))
        for tag, ids in add.items():
            if ids and tag not in whole:
                self._request(SetTags(ids, add=(tag,)))
        for tag, ids in remove.items():
            if ids and tag not in away:
                self._request(SetTags(ids, remove=(tag,)))


def common_tags(tags: dict[SampleId, tuple[str, ...]]) -> tuple[str, ...]:
    """The tags that all of these samples have, in the order of the first one's."""
    if not tags:
        return ()
    first, *others = tags.values()
    return tuple(tag for tag in first if all(tag in other for other in others))
