"""Rows of toms with their level beside the class: low, mid or high within their folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleRow, Snapshot
from tui_browser.search.toms import LEVELS, tom_sizes


def with_toms(rows: Iterable[SampleRow], snapshot: Snapshot) -> Iterator[SampleRow]:
    """The rows, those of toms with their `tom`; levels are only looked for where there is a tom."""
    levels: NDArray[np.uint8] | None = None
    for row in rows:
        if row.class_name != "tom":
            yield row
            continue
        if levels is None:
            levels = tom_sizes(snapshot)
        at = int(np.searchsorted(snapshot.ids, row.id))
        known = at < len(snapshot) and snapshot.ids[at] == row.id and levels[at] < len(LEVELS)
        yield replace(row, tom=LEVELS[levels[at]]) if known else row
