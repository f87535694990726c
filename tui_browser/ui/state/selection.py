"""The samples that a person has selected, by id, so that a new snapshot changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId
from tui_browser.ui.state.map_model import MapModel

Ids = NDArray[np.int64]


class Selection:
    """The selected samples in the order in which they were selected."""

    def __init__(self) -> None:
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._sorted: Ids = self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, sample: object) -> bool:
        at = int(self._sorted.searchsorted(int(sample))) if isinstance(sample, int) else len(self._sorted)
        return at < len(self._sorted) and int(self._sorted[at]) == sample

    @property
    def ids(self) -> Ids:
        """(n,) in the order of selection."""
        return self._ids

    def rows(self, map_model: MapModel) -> NDArray[np.intp]:
        """(n,) rows of the selected samples that are in this map model, in the order of selection."""
        known = map_model.snapshot.ids
        if not len(known) or not len(self._ids):
            return np.empty(0, dtype=np.intp)
        at = np.minimum(known.searchsorted(self._ids), len(known) - 1)
        rows: NDArray[np.intp] = at[known[at] == self._ids]
        return rows

    def with_toggled(self, sample: SampleId) -> Ids:
        """The ids with a sample added, or removed where it is selected."""
        return self._ids[self._ids != sample] if sample in self else np.append(self._ids, sample)

    def with_added(self, ids: Ids) -> Ids:
        """The ids with these behind them, each once."""
        return np.concatenate([self._ids, ids[~np.isin(ids, self._sorted)]])

    def set(self, ids: Ids) -> None:
        """Select exactly these; each occurs once."""
        self._ids = ids.astype(np.int64)
        self._sorted = np.sort(self._ids)
