"""Batches with two views of each clip, balanced over classes and kits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.training.encoder.augmented_data import AugmentedClips
from tui_browser.training.labels import LABELS


@dataclass(frozen=True, slots=True, eq=False)
class _ShardClips:
    """The clips of one class in one shard, by kit."""

    views: AugmentedClips
    kits: list[NDArray[np.int64]]
    """Clips of each kit."""
    probabilities: NDArray[np.float64]
    """Of the kits."""


class ShardSampler:
    """Draws clips from weighted shards: first a class, then a shard, a kit and a clip.

    Labels are as likely as their share, kits are weighted by the square root of their size.
    """

    def __init__(
        self,
        shards: Sequence[tuple[AugmentedClips, float]],
        *,
        held_out: frozenset[str],
        shares: NDArray[np.float64],
        seed: int,
    ) -> None:
        """`held_out` are names of kits that are not drawn; `shares` (27,) are the shares of `LABELS`."""
        self.rng = np.random.default_rng(seed)
        self._shards: list[tuple[list[_ShardClips], NDArray[np.float64]]] = []
        """Shards with their probabilities, for each class."""
        classes: list[float] = []
        for label in range(len(LABELS)):
            entries, weights = [], []
            for views, weight in shards:
                members = np.flatnonzero((views.labels == label) & ~np.isin(views.kits, list(held_out)))
                if not len(members) or weight <= 0:
                    continue
                kits = [members[views.kits[members] == kit] for kit in np.unique(views.kits[members])]
                share = np.sqrt([len(kit) for kit in kits])
                entries.append(_ShardClips(views, kits, share / share.sum()))
                weights.append(weight)
            classes.append(float(shares[label]) if entries else 0.0)
            self._shards.append((entries, np.array(weights) / max(sum(weights), 1e-9)))
        self._classes = np.array(classes) / sum(classes)

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Log-mels (2 `count`, M, T), the first view of each clip before all second views, and labels (`count`,)."""
        labels = self.rng.choice(len(LABELS), size=count, p=self._classes)
        first_views, second_views = [], []
        for label in labels:
            entries, weights = self._shards[label]
            clips = entries[int(self.rng.choice(len(entries), p=weights))]
            kit = clips.kits[int(self.rng.choice(len(clips.kits), p=clips.probabilities))]
            clip = int(self.rng.choice(kit))
            first, end = int(clips.views.first[clip]), int(clips.views.first[clip + 1])
            pair = self.rng.choice(end - first, size=2, replace=end - first < 2)
            first_views.append(clips.views.mels[first + int(pair[0])])
            second_views.append(clips.views.mels[first + int(pair[1])])
        return np.stack(first_views + second_views).astype(np.float32) / np.float32(255), labels
