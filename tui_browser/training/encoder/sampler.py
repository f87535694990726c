"""Batches of two views a clip, balanced over classes and kits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import CLASSES
from tui_browser.training.encoder.augmented_data import AugmentedClips

OTHER = CLASSES.index("other")


class ShardSampler:
    """Draws clips from several shards: classes by `other_share`, then shards by weight, then kits evenly."""

    def __init__(
        self, shards: Sequence[tuple[AugmentedClips, float]], *, apart: frozenset[str], other_share: float, seed: int
    ) -> None:
        self.views = [views for views, _ in shards]
        self.rng = np.random.default_rng(seed)
        self._groups: list[
            tuple[list[tuple[int, list[NDArray[np.int64]], NDArray[np.float64]]], NDArray[np.float64]]
        ] = []
        classes: list[float] = []
        for label in range(len(CLASSES)):
            entries, weights = [], []
            for shard, (views, weight) in enumerate(shards):
                mine = np.flatnonzero((views.labels == label) & ~np.isin(views.kits, list(apart)))
                if not len(mine) or weight <= 0:
                    continue
                kits = [mine[views.kits[mine] == kit] for kit in np.unique(views.kits[mine])]
                share = np.sqrt([len(kit) for kit in kits])
                entries.append((shard, kits, share / share.sum()))
                weights.append(weight)
            classes.append(
                (other_share if label == OTHER else (1 - other_share) / (len(CLASSES) - 1)) if entries else 0
            )
            self._groups.append((entries, np.array(weights) / max(sum(weights), 1e-9)))
        self._classes = np.array(classes) / sum(classes)

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(2 `count`, M, T) pictures, first view of each clip before all the second ones, and (`count`,) labels."""
        labels = self.rng.choice(len(CLASSES), size=count, p=self._classes)
        one, two = [], []
        for label in labels:
            entries, weights = self._groups[label]
            shard, kits, share = entries[int(self.rng.choice(len(entries), p=weights))]
            clip = int(self.rng.choice(kits[int(self.rng.choice(len(kits), p=share))]))
            views = self.views[shard]
            first, end = int(views.first[clip]), int(views.first[clip + 1])
            pair = self.rng.choice(end - first, size=2, replace=end - first < 2)
            one.append(views.pictures[first + int(pair[0])])
            two.append(views.pictures[first + int(pair[1])])
        return np.stack(one + two).astype(np.float32) / np.float32(255), labels
