"""Which sounds come next: those that a key may ask for, and the one that follows in the list."""

from __future__ import annotations

from tui_browser.records import MISSING
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.cursor import Direction
from tui_browser.ui.widgets.sample_list import SampleList

REST_S = 0.06
"""How long the cursor rests before the next sounds are prefetched; a held key prefetches none."""
_ARROWS: tuple[Direction, ...] = ("right", "down", "left", "up")


def likely_next(state: BrowserState, listing: SampleList, arrow_rows: dict[Direction, int | None]) -> list[int]:
    """Rows of this sample, the next neighbours, the rows beside it in the list and where arrows lead; likeliest first.

    Files that are known to be missing are left out.
    """
    map_model, cursor = state.map_model, state.cursor
    rows = [state.row]
    if cursor.neighbours is not None:
        rows += [map_model.row_of(sample) for sample in cursor.neighbours.ids[cursor.rank : cursor.rank + 2]]
    place = listing.place_of(state.row)
    if place is not None:
        rows += [int(row) for row in listing.rows[place + 1 : place + 2]]
        rows += [int(row) for row in listing.rows[max(0, place - 1) : place]]
    rows += [arrow_rows[direction] for direction in _ARROWS]
    distinct = dict.fromkeys(row for row in rows if row is not None)
    return [row for row in distinct if not map_model.snapshot.flags[row] & MISSING]


def next_in_list(state: BrowserState, listing: SampleList, *, include_cursor: bool) -> int | None:
    """The row that follows the cursor in the list and is not missing; the first row follows the last one.

    With `include_cursor` the row under the cursor comes first. None where all are missing.
    """
    flags = state.map_model.snapshot.flags
    rows, place = listing.rows, listing.place_of(state.row)
    start = 0 if place is None else place + (not include_cursor)
    for step in range(len(rows)):
        row = int(rows[(start + step) % len(rows)])
        if not flags[row] & MISSING:
            return row
    return None
