"""Which sounds come next: those that a person may ask for, and the one that follows in the list."""

from __future__ import annotations

from typing import Literal, Protocol

from tui_browser.records import MISSING
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.state.cursor import CursorState
from tui_browser.ui.widgets.sample_list import SampleList

LIKELY_REST_S = 0.06
"""How long the cursor rests before they are got ready: a held key asks for none."""


class PrefetchContext(Protocol):
    """What a session tells of where the person is."""

    stage: Presenter
    journey: CursorState

    @property
    def listing(self) -> SampleList: ...
    def step(self, direction: Literal["left", "right", "up", "down"]) -> int | None: ...


def likely(session: PrefetchContext) -> list[bytes]:
    """The paths of this one, those that an arrow or the list lead to, the next neighbours; likeliest first, each once.

    Those that are known to be gone are left out.
    """
    world, journey, listing = session.stage.world, session.journey, session.listing
    rows = [session.stage.row]
    if journey.neighbours is not None:
        rows += [world.row_of(sample) for sample in journey.neighbours.ids[journey.rank : journey.rank + 2]]
    place = listing.place_of(session.stage.row)
    if place is not None:
        rows += [int(row) for row in listing.rows[place + 1 : place + 2]]
        rows += [int(row) for row in listing.rows[max(0, place - 1) : place]]
    rows += [session.step("right"), session.step("down"), session.step("left"), session.step("up")]
    found = dict.fromkeys(row for row in rows if row is not None)
    return [world.snapshot.names[row] for row in found if not world.snapshot.flags[row] & MISSING]


def follower(session: PrefetchContext, *, first: bool) -> int | None:
    """The row of the list to be heard next, with `first` the selected one; after the last one comes the first.

    None where there is none that is not gone.
    """
    flags, listing = session.stage.world.snapshot.flags, session.listing
    rows, place = listing.rows, listing.place_of(session.stage.row)
    start = 0 if place is None else place + (not first)
    for step in range(len(rows)):
        row = int(rows[(start + step) % len(rows)])
        if not flags[row] & MISSING:
            return row
    return None
