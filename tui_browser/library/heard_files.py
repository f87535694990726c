"""Files that a query names by their paths, in the library or not, and what sounds like those that are not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from tui_browser.dsp.picture_part import with_width
from tui_browser.errors import AudioError, BrowserError
from tui_browser.library.likeness import SoundTarget
from tui_browser.library.slice_search import SliceNeighbour, merge_neighbours
from tui_browser.library.weighed_nearest import nearest_sounds
from tui_browser.records import HIDDEN, SampleId, Snapshot
from tui_browser.search.name_index import NameIndex
from tui_browser.search.near_points import NO_FILE, NearestRows, named_row

SlicesNear = Callable[..., list[SliceNeighbour]]
"""`Library.nearest_slices`."""
HearAll = Callable[[Sequence[bytes]], Mapping[bytes, SoundTarget | AudioError]]
"""Hears files, each for itself."""


def refusal(error: BrowserError) -> str:
    """Why a file cannot be heard, in words that follow its name."""
    return str(BrowserError(error.what, hint=error.hint))


class HeardFiles:
    """What is known of such files: how they sound, or why they cannot be heard."""

    def __init__(self, slices_near: SlicesNear) -> None:
        self._slices_near = slices_near
        self._targets: dict[bytes, SoundTarget] = {}
        self._refused: dict[bytes, str] = {}

    @property
    def refused(self) -> Mapping[bytes, str]:
        """Paths of files that cannot be heard, with the reasons."""
        return self._refused

    def hear(self, files: Iterable[bytes], names: NameIndex, hear: HearAll | None) -> None:
        """Hear files that are not in the library; one that does not exist may stand for a name that is there."""
        existing = []
        for path in files:
            if os.path.exists(path):
                existing.append(path)
            elif named_row(path, names) is None:
                self.refuse(path, NO_FILE)
        for path, answer in (hear(existing) if hear is not None and existing else {}).items():
            if isinstance(answer, AudioError):
                self.refuse(path, refusal(answer))
            else:
                self.take(path, answer)

    def take(self, path: bytes, target: SoundTarget) -> None:
        """A file was heard."""
        self._refused.pop(path, None)
        self._targets[path] = target

    def refuse(self, path: bytes, reason: str) -> None:
        """A file cannot be heard."""
        self._targets.pop(path, None)
        self._refused[path] = reason

    def forget(self, paths: Iterable[bytes]) -> None:
        """These files are others now, or have come into the library."""
        for path in paths:
            self._targets.pop(path, None)
            self._refused.pop(path, None)

    def __contains__(self, path: bytes) -> bool:
        return path in self._targets

    def nearest(self, path: bytes, snapshot: Snapshot, k: int) -> NearestRows | None:
        """Rows of the `k` samples that sound most like a file, as `near FILE` finds them; None of a file not heard."""
        target = self._targets.get(path)
        if target is None or snapshot.vectors is None or not snapshot.vectors.shape[1]:
            return None
        target = SoundTarget(with_width(target.vector, snapshot.vectors.shape[1]), target.features)
        shown = snapshot.flags & HIDDEN == 0
        mask = None if shown.all() else shown
        rows, distances = nearest_sounds(snapshot.vectors, snapshot.features, target, k=k, mask=mask)
        whole = zip(map(SampleId, snapshot.ids[rows].tolist()), distances.tolist(), strict=True)
        slices = self._slices_near(target.vector, k=k, among=None if mask is None else snapshot.ids[mask])
        merged = merge_neighbours(whole, slices, k=k)
        ids = np.array([sample for sample, _, _ in merged], dtype=np.int64)
        found = np.minimum(np.searchsorted(snapshot.ids, ids), len(snapshot) - 1).astype(np.intp)
        here = snapshot.ids[found] == ids  # a slice may belong to a sample that came after the snapshot
        return found[here], np.array([distance for _, distance, _ in merged], dtype=np.float32)[here]
