"""What is shown of a neighbour list: its rows with bars, words for the header, why a neighbour is one."""

from __future__ import annotations

import dataclasses
import os

import numpy as np

from tui_browser.errors import printable
from tui_browser.library.likeness import ASPECTS
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.cursor import DOUBTFUL, HARDLY_ALIKE, Neighbours
from tui_browser.ui.state.listing import Listing
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.widgets.details import Facts

_SURE = "alike"
"""What the details call the confidence, which stands first."""


def neighbour_listing(near: Neighbours, map_model: MapModel) -> Listing:
    """The neighbours that are still in the library, nearest first."""
    placed = [(at, row) for at, sample in enumerate(near.ids) if (row := map_model.row_of(sample)) is not None]
    at = [place for place, _ in placed]
    distances = np.array(near.distances, dtype=np.float32)[at] if placed else np.zeros(0, dtype=np.float32)
    alike = np.array([near.alike[place][0] for place in at], dtype=np.float32) if near.alike else None
    doubt = f": {HARDLY_ALIKE}" if alike is not None and len(alike) and alike[0] < DOUBTFUL else ""
    title = f"neighbours{near.among} of {near.name}{doubt}"
    return Listing(title, np.array([row for _, row in placed], dtype=np.intp), distances, alike)


def neighbour_words(state: BrowserState) -> list[str]:
    """For the header: where neighbours were looked for, and how aspects are weighed."""
    near = state.cursor.neighbours
    if near is None:
        return []
    return [f"neighbours{near.among}", *([f"weighed: {near.weighed}"] if near.weighed else [])]


def anchor_words(state: BrowserState) -> list[str]:
    """For the header: what `near:` of the query measured from."""
    anchors = state.search.matches.anchors if state.search.matches is not None else ()
    if not anchors:
        return []
    more = f" and {len(anchors) - 1} more" if len(anchors) > 1 else ""
    return [f"near {printable(os.path.basename(anchors[0]))}{more}"]


def alike_facts(state: BrowserState, facts: Facts | None) -> Facts | None:
    """The facts with how alike the selected neighbour is to the anchor, aspect by aspect."""
    alike = state.cursor.alike
    if facts is None or not alike:
        return facts
    named = zip((_SURE, *ASPECTS[1:]), alike, strict=True)
    return dataclasses.replace(facts, alike=tuple((name, share) for name, share in named if share == share))
