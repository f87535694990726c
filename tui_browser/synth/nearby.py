"""Sounds near each other: one patch, with all its parameters moved a little.

Pairs of such sounds teach an encoder what stays the same (Cherep, Singh: Contrastive Learning from Synthetic Audio
Doppelgangers, arXiv 2406.05923; they found a distance of 0.25 best).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

DISTANCE = 0.25
"""Largest change of a parameter, as a share of its range."""
_FEW = 64
"""Longer draws are noise, which is new in each sound."""


class NearbyDraws(np.random.Generator):
    """Draws of `np.random.default_rng(seed)`, with numbers from 0 to 1 moved and noise anew by `near`.

    What decides between branches (`uniform`, `integers`, `choice`) stays, so that the sounds of one seed have the same
    parts.
    """

    def __init__(self, seed: Sequence[int], *, near: np.random.Generator, distance: float = DISTANCE) -> None:
        """A `distance` of 0 gives the sound that the others lie around."""
        super().__init__(np.random.PCG64(np.random.SeedSequence(list(seed))))
        self._near, self._distance = near, distance

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        if _count(size) > _FEW:
            return self._near.random(size, dtype, out)
        at = super().random(size, dtype, out)
        moved = np.abs(at + self._distance * (2 * self._near.random(size) - 1))
        moved = np.minimum(moved, 2 - moved)  # reflected at both ends
        return float(moved) if size is None else moved.astype(dtype)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        if _count(size) > _FEW:
            return self._near.standard_normal(size, dtype, out)
        moved = super().standard_normal(size, dtype, out) + self._distance * self._near.standard_normal(size)
        return float(moved) if size is None else moved.astype(dtype)


def _count(size: Any) -> int:
    return 1 if size is None else int(np.prod(size))
