"""Many samples that a person has chosen to do something with; held by id, so that they survive a new snapshot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId
from tui_browser.ui.state.map_model import MapModel

Ids = NDArray[np.int64]


class Selection:
    """The samples in the order in which they were chosen."""

    def __init__(self, *, changed: Callable[[Ids, Ids], None]) -> None:
        """`changed` hears of each change, with the ids before and after."""
        self._changed = changed
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._sorted: Ids = self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, sample: object) -> bool:
        at = int(self._sorted.searchsorted(int(sample))) if isinstance(sample, int) else len(self._sorted)
        return at < len(self._sorted) and int(self._sorted[at]) == sample

    @property
    def ids(self) -> Ids:
        """(n,) in the order of choice."""
        return self._ids

    def rows(self, world: MapModel) -> NDArray[np.intp]:
        """(n,) rows of those that are in this world, in the order of choice."""
        known = world.snapshot.ids
        if not len(known) or not len(self._ids):
            return np.empty(0, dtype=np.intp)
        at = np.minimum(known.searchsorted(self._ids), len(known) - 1)
        rows: NDArray[np.intp] = at[known[at] == self._ids]
        return rows

    def toggle(self, sample: SampleId) -> bool:
        """Take a sample in, or out again; whether it is in now."""
        chosen = sample not in self
        self.set(np.append(self._ids, sample) if chosen else self._ids[self._ids != sample])
        return chosen

    def add(self, ids: Ids) -> int:
        """Take these in as well; how many of them were not in before."""
        fresh = ids[~np.isin(ids, self._sorted)]
        self.set(np.concatenate([self._ids, fresh]))
        return len(fresh)

    def remove(self, ids: Ids) -> None:
        """Take these out."""
        self.set(self._ids[~np.isin(self._ids, ids)])

    def clear(self) -> None:
        self.set(np.empty(0, dtype=np.int64))

    def set(self, ids: Ids) -> None:
        """Exactly these, each once."""
        before = self._ids
        if np.array_equal(before, ids):
            return
        self._ids = ids.astype(np.int64)
        self._sorted = np.sort(self._ids)
        self._changed(before, self._ids)
