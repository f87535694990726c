"""What a person says of samples: favourites, tags, ratings, notes, classes, collections; each change can be undone.

All changes go one way, as `Annotate`, so that the service makes them in their order; what takes one back stays there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.errors import BrowserError, printable
from tui_browser.library.annotating import annotation_change
from tui_browser.records import FAVOURITE, HIDDEN, SampleId
from tui_browser.service.messages import Annotate, Request, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.sample_collections import collection_name
from tui_browser.ui import formatting
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.map_model import MapModel

Ids = Sequence[SampleId]
LAST = 1 << 62
"""A place behind all others of a collection."""


class AnnotationController:
    """Requests changes from the index service; the screen follows when the library has changed."""

    def __init__(self, state: BrowserState, presenter: Presenter, *, request: Callable[[Request], None]) -> None:
        self._state = state
        self._presenter = presenter
        self._request = request
        self._numbers = itertools.count(1)

    def make(self, change: AnnotationChange, *, label: str) -> None:
        """Make a change that can be undone; `label` names it in two or three words."""
        annotate = Annotate(change, next(self._numbers))
        self._request(annotate)
        self._state.history.add(
            label,
            undo=lambda: self._request(TakeBack(annotate.number)),
            redo=lambda: self._request(annotate),
        )

    # --- favourites and hidden samples -------------------------------------------------------------------------------

    def favourite(self, map_model: MapModel, rows: Sequence[int]) -> None:
        """Make these samples (rows of `map_model`) favourites; where all of them are, no longer."""
        on = self._toggle(map_model, rows, FAVOURITE, label="favourites")
        self._tell(map_model, rows, *_FAVOURITE[on])

    def hide(self, map_model: MapModel, rows: Sequence[int]) -> None:
        """Leave these samples out of results; where all of them are hidden, show them again."""
        on = self._toggle(map_model, rows, HIDDEN, label="hidden samples")
        self._tell(map_model, rows, *_HIDDEN[on])

    def _toggle(self, map_model: MapModel, rows: Sequence[int], flag: int, *, label: str) -> bool:
        on = not (map_model.snapshot.flags[np.asarray(rows, dtype=np.intp)] & flag).all()
        self.make(AnnotationChange(flags={flag: dict.fromkeys(map_model.ids_at(rows), on)}), label=label)
        return on

    def _tell(self, map_model: MapModel, rows: Sequence[int], one: str, several: str) -> None:
        if len(rows) == 1:
            self._presenter.say(f"{formatting.file_name(map_model.snapshot.names[rows[0]])} {one}")
        else:
            self._presenter.say(f"{formatting.samples(len(rows))} {several}")

    # --- tags --------------------------------------------------------------------------------------------------------

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
        self.make(AnnotationChange(add_tags=add, remove_tags=remove), label="tags")
        changes = [*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)]
        self._presenter.say(f"tags: {printable(' '.join(changes))}{_of(before)}")

    def add_tags(self, pairs: Sequence[tuple[SampleId, str]]) -> None:
        """Give samples a tag each; one step of undo."""
        add: dict[str, tuple[SampleId, ...]] = {}
        for sample, tag in pairs:
            add[tag] = (*add.get(tag, ()), sample)
        self.make(AnnotationChange(add_tags=add), label="tags")

    @staticmethod
    def common_tags(tags: dict[SampleId, tuple[str, ...]]) -> tuple[str, ...]:
        """The tags that all of these samples have, in the order of the first one's."""
        if not tags:
            return ()
        first, *others = tags.values()
        return tuple(tag for tag in first if all(tag in other for other in others))

    # --- rating, note, class -----------------------------------------------------------------------------------------

    def rate(self, ids: Ids, rating: int) -> None:
        """Rate from 1 to 5; 0 takes the ratings away."""
        self.make(annotation_change(ids, rating=rating), label="rating")
        stars = formatting.stars(rating, self._presenter.widgets.status.paint.star)
        self._presenter.say(f"rated {stars}{_of(ids)}" if rating else f"no rating{_of(ids)}")

    def note(self, ids: Ids, text: str) -> None:
        """Write a note; an empty one takes it away."""
        self.make(annotation_change(ids, note=text), label="note")
        self._presenter.say(f"note written{_of(ids)}" if text.strip() else f"no note{_of(ids)}")

    def correct_class(self, ids: Ids, name: str) -> None:
        """Say which class samples are of; an empty name is the model's class again."""
        self.make(annotation_change(ids, class_name=name), label="class")
        what = f"class {formatting.class_word(name)}" if name else "the model's class again"
        self._presenter.say(f"{what}{_of(ids)}")

    # --- collections -------------------------------------------------------------------------------------------------

    def collect(self, name: str, ids: Ids) -> None:
        """Put samples at the end of a collection, which is made where there is none."""
        try:
            name = collection_name(name)
        except BrowserError as error:
            self._presenter.refuse(str(error))
            return
        self.make(AnnotationChange(collect={name: CollectedSamples(tuple(ids))}), label="collection")
        self._presenter.say(f"{printable(name)}: {formatting.samples(len(ids))} added" if ids else f"new: {name}")

    def uncollect(self, name: str, ids: Ids) -> None:
        """Take samples out of a collection."""
        self.make(AnnotationChange(uncollect={name: tuple(ids)}), label="collection")
        self._presenter.say(f"{printable(name)}: {formatting.samples(len(ids))} taken out")

    def move(self, name: str, ids: Ids, *, before: SampleId | None) -> None:
        """Move samples of a collection before another one of it, or to its end."""
        place = LAST if before is None else None
        moved = CollectedSamples(tuple(ids), place, before)
        self.make(AnnotationChange(collect={name: moved}), label="order")

    def rename(self, name: str, new_name: str) -> None:
        """Give a collection another name."""
        self.make(AnnotationChange(rename={name: new_name}), label="name of the collection")

    def delete(self, name: str) -> None:
        """Delete a collection; its samples stay."""
        self.make(AnnotationChange(collections={name: None}), label="deleted collection")


_FAVOURITE = {
    True: ("is a favourite", "are favourites"),
    False: ("is no longer a favourite", "are no longer favourites"),
}
_HIDDEN = {
    True: ("is hidden: is:hidden finds it", "are hidden: is:hidden finds them"),
    False: ("is shown again", "are shown again"),
}


def _of(ids: Sequence[SampleId] | dict[SampleId, tuple[str, ...]]) -> str:
    return "" if len(ids) == 1 else f" ({formatting.samples(len(ids))})"
