"""The query, its matches in the map model, and the view to return to when the search ends."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.library.heard_files import HeardFiles
from tui_browser.map.viewport import Viewport
from tui_browser.records import SampleId, Snapshot
from tui_browser.search.conditions import QueryProblem
from tui_browser.search.file_columns import FilesOf, no_files
from tui_browser.search.known_names import KnownNames
from tui_browser.search.matcher import Matches, match
from tui_browser.search.query import parse
from tui_browser.search.sound_strengths import SoundStrengths
from tui_browser.search.synsets import DRUM_SYNSETS, Synsets
from tui_browser.ui.state.map_model import MapModel


@dataclass(frozen=True, slots=True)
class SavedMapView:
    """How the screen was when the search began."""

    viewport: Viewport
    sample: SampleId | None
    on_list: bool
    """Whether the arrow keys acted on the list."""
    list_top: int = 0
    """The list's first visible place."""


class SearchState:
    """A search goes on while `text` is not blank."""

    def __init__(
        self,
        files_of: FilesOf = no_files,
        saved: Callable[[], Mapping[str, str]] = dict,
        sounds: SoundStrengths | None = None,
        heard: HeardFiles | None = None,
        synsets: Synsets = DRUM_SYNSETS,
    ) -> None:
        """`files_of` reads the library, in the thread that searches; `saved` has the saved searches, `sounds` what
        sound words mean, `heard` files outside of the library, `synsets` which tags mean the same.
        """
        self._synsets = synsets
        self._heard = heard
        self._sounds = sounds or SoundStrengths()
        self._files_of = files_of
        self._saved = saved
        self.text = ""
        self.matches: Matches | None = None
        """None without a query: then everything matches."""
        self.problems: tuple[QueryProblem, ...] = ()
        """Pieces of the text that are not understood; they restrict nothing."""
        self.sound_words: tuple[str, ...] = ()
        """Words of the query that ask how samples sound."""
        self.files: tuple[bytes, ...] = ()
        """Files that the query names by their paths."""
        self.before: SavedMapView | None = None
        self.settled = True
        """Whether the matches are those of the text."""
        self.reads_files = False
        """Whether the query asks for what must be read from the library, which takes a thread."""
        self._known: tuple[Snapshot, KnownNames] | None = None
        self._due: Callable[[], Matches] | None = None
        self._map_model: MapModel | None = None
        """The one that `matches` belong to, or will."""

    @property
    def active(self) -> bool:
        return self.matches is not None

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """(N,) samples that match; None without a query."""
        return None if self.matches is None else self.matches.mask

    def saved_names(self, text: str) -> tuple[str, ...]:
        """The saved searches, for a text that asks for one."""
        return tuple(self._saved()) if "@" in text else ()

    def begin(self, view: SavedMapView) -> None:
        """Remember the view, unless a search is on already."""
        if self.before is None:
            self.before = view

    def set_text(self, text: str, map_model: MapModel) -> Callable[[], Matches] | None:
        """Take another text; returns the search to run, for any thread, or None where everything matches now.

        The older matches stay until `set_matches`.
        """
        longer = text.startswith(self.text) and map_model is self._map_model
        self.text = text
        search = self._prepare(map_model, previous=self.matches if longer else None)
        self.settled = search is None
        return search

    def set_matches(self, text: str, map_model: MapModel, matches: Matches) -> bool:
        """Take the answer to a search; False where a newer letter or snapshot has made it stale."""
        current = text == self.text and map_model is self._map_model
        if current:
            self.matches, self.settled = matches, True
        return current

    def renew(self, map_model: MapModel) -> bool:
        """Search again in another map model; False without a query. The rows of older matches mean nothing in it.

        For a query that reads the library the older matches stay, by their samples, until `due` was run.
        """
        if not self.text.strip():
            self._map_model, self.settled = map_model, True
            return False
        old, old_model, self.matches = self.matches, self._map_model, None
        search = self._prepare(map_model, previous=None)
        self.settled = search is None or not self.reads_files
        if search is not None and self.reads_files:
            self._due = search
            self.matches = _carried(old, old_model, map_model) if old is not None and old_model is not None else None
        elif search is not None:
            self.matches = search()
        return True

    def count(self, text: str, map_model: MapModel) -> int | None:
        """How many samples a query finds, for any thread; None while names are not indexed, or if it has a problem."""
        query = parse(text, classes=map_model.snapshot.class_names, saved=self._saved(), synsets=self._synsets)
        if query.problems or map_model.index is None:
            return None
        return len(match(query, map_model.snapshot, map_model.index, files_of=self._files_of, sounds=self._sounds))

    def due(self) -> Callable[[], Matches] | None:
        """The search that `renew` left for a thread; None when it is taken."""
        search, self._due = self._due, None
        return search

    def end(self) -> SavedMapView | None:
        """Clear the search; returns the view from before it."""
        before, self.before = self.before, None
        self.text, self.matches, self.problems, self._due = "", None, (), None
        self.settled = True
        self.sound_words, self.files = (), ()
        return before

    def _known_names(self, snapshot: Snapshot) -> KnownNames:
        if self._known is None or self._known[0] is not snapshot:
            self._known = snapshot, KnownNames.of(snapshot)
        return self._known[1]

    def _prepare(self, map_model: MapModel, *, previous: Matches | None) -> Callable[[], Matches] | None:
        self._map_model = map_model
        saved = self._saved() if "@" in self.text else {}
        known = self._known_names(map_model.snapshot) if ":" in self.text or saved else None
        unheard = self._heard.refused if self._heard is not None else {}
        query = parse(
            self.text, classes=map_model.snapshot.class_names, saved=saved, known=known, unheard=unheard,
            synsets=self._synsets,
        )  # fmt: skip
        self.files, self._due = query.files if self._heard is not None else (), None
        self.reads_files = query.needs_files or bool(self.files)
        self.problems, self.sound_words = query.problems, query.sound_words
        if not query or map_model.index is None:
            self.matches = None
            return None
        return functools.partial(
            match,
            query,
            map_model.snapshot,
            map_model.index,
            previous=previous,
            files_of=self._files_of,
            sounds=self._sounds,
            near_file=self._heard.nearest if self._heard is not None else None,
        )


def _carried(matches: Matches, old: MapModel, new: MapModel) -> Matches | None:
    """The same samples in another map model."""
    if new.index is None:
        return None
    ids = old.snapshot.ids[matches.rows]
    here = np.isin(ids, new.snapshot.ids)
    rows = np.searchsorted(new.snapshot.ids, ids[here]).astype(np.intp)
    mask = np.zeros(len(new), dtype=np.bool_)
    mask[rows] = True
    return Matches(matches.query, rows, matches.scores[here], mask, new.index, {})
