"""What the list shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.search.conditions import SortKey, WordTerm


@dataclass(frozen=True, slots=True)
class Listing:
    """The samples of the list, in order."""

    title: str
    rows: NDArray[np.intp]
    """(n,) rows of the snapshot, from the top."""
    distances: FloatArray | None = None
    """(n,) distances of neighbours, shown in place of the length."""
    alike: FloatArray | None = None
    """(n,) how surely each is alike, 0 to 1: a bar beside its distance."""
    stack_sizes: Mapping[int, int] = field(default_factory=dict)
    """How many copies a row stands for, with itself."""
    words: Sequence[WordTerm] = ()
    """What a query looks for, marked in names and folders."""
    order: SortKey | None = None
    """What a query orders by."""
