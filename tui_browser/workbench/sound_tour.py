"""A tour of sounds: what matches a query, in an order in which neighbours follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.library.library import Library
from tui_browser.records import SampleRow
from tui_browser.search.listening_order import listening_order, path_length


@dataclass(frozen=True, slots=True)
class SoundTour:
    """The samples in their order, and how far it is from each to the next, all in all."""

    rows: tuple[SampleRow, ...]
    length: float
    alphabetical: float
    """The same in the order of paths."""

    @property
    def share(self) -> int:
        """`length` in percent of `alphabetical`."""
        return round(100 * self.length / self.alphabetical) if self.alphabetical else 100


def sound_tour(library: Library, query: str, *, limit: int) -> SoundTour:
    """The tour of what matches, at most `limit` of the best matches; from the first match on. Raises QueryError."""
    snapshot = library.snapshot()
    roots = library.root_paths()
    found = [
        row
        for row, _ in library.search(query, limit=limit)
        if not row.missing and not refusal(row.path, roots) and not link_refusal(row.path, roots)
    ]
    places = {int(sample): row for row, sample in enumerate(snapshot.ids.tolist())}
    vectors = snapshot.vectors
    if vectors is None or not found:
        return SoundTour((), 0.0, 0.0)
    own = vectors[[places[int(row.id)] for row in found]]
    heard = np.flatnonzero(np.isfinite(own).all(axis=1))
    rows, own = [found[place] for place in heard.tolist()], own[heard]
    order = listening_order(own)
    by_name = np.array(sorted(range(len(rows)), key=lambda place: rows[place].path), dtype=np.intp)
    return SoundTour(tuple(rows[place] for place in order.tolist()), path_length(own, order), path_length(own, by_name))
