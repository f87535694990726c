"""When the samples' files were changed last, in the order of a snapshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Snapshot
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.colouring import DATE


def dates(library: LibraryLike, snapshot: Snapshot, by: str) -> NDArray[np.float64] | None:
    """(N,) seconds since 1970, NaN where unknown; None where the colours ask for something else. It blocks."""
    if by != DATE:
        return None
    ids, seconds = library.mtimes()
    found = np.full(len(snapshot), np.nan)
    if len(ids):
        at = np.minimum(ids.searchsorted(snapshot.ids), len(ids) - 1)
        known = ids[at] == snapshot.ids
        found[known] = seconds[at[known]]
    return found
