"""The sample under the cursor, the trail behind it, and the neighbours of an anchor.

`n` pressed somewhere makes that sample the anchor; from then on `n` and `N` go through its neighbours in order, until
the cursor moves in any other way. Everything is held by `SampleId`, so a new snapshot changes nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.picture_part import with_width
from tui_browser.library.likeness import (
    ASPECTS,
    PLAIN,
    SoundTarget,
    Weights,
    agreements,
    aspect_gaps,
    chance_distance,
    weights_text,
)
from tui_browser.library.slice_search import SliceNeighbour, merge_neighbours, nearest_slices
from tui_browser.library.weighed_nearest import nearest_sounds
from tui_browser.records import FloatArray, SampleId, Snapshot
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.ui import formatting
from tui_browser.ui.state.map_model import MapModel

Direction = Literal["left", "right", "up", "down"]

DOUBTFUL = 0.3
"""Confidence below which a neighbour is told to be hardly alike: one in four is of the same kind."""
HARDLY_ALIKE = "hardly alike"
NEIGHBOURS = 50
TRAIL = 1000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest samples of an anchor, nearest first."""

    name: str
    """The anchor's name, safe to print."""
    anchor: SampleId | None
    """None for a guest, which is not in the library."""
    ids: tuple[SampleId, ...]
    distances: tuple[float, ...]
    slices: tuple[SliceNeighbour | None, ...] = ()
    """The slice by which a long file is near, None where the whole file is; empty where no file is near by a slice."""
    among: str = ""
    """Which samples were searched, as ` among "kick"`; empty for all samples."""
    alike: tuple[tuple[float, ...], ...] = ()
    """Of each neighbour how alike it is in each of `likeness.ASPECTS`, 0 to 1; the first is the confidence."""
    weighed: str = ""
    """The weights of aspects, as `pitch 2`; empty where only the vectors count."""

    def __len__(self) -> int:
        return len(self.ids)


NearSample = tuple[SampleId, float, SliceNeighbour | None]
"""A sample, its distance, and the slice by which a long file is near."""
SliceSearch = Callable[..., list[SliceNeighbour]]
"""`LibraryLike.nearest_slices`: searches slices that are too many to keep in memory."""


def find_neighbours(
    map_model: MapModel,
    vector: FloatArray,
    *,
    name: str,
    anchor: SampleId | None,
    mask: NDArray[np.bool_] | None = None,
    k: int = NEIGHBOURS,
    stored_slices: SliceSearch | None = None,
    among: str = "",
    index: NeighbourClient | None = None,
    features: FloatArray | None = None,
    weights: Weights = PLAIN,
    without: Collection[SampleId] = (),
) -> Neighbours:
    """The `k` nearest samples to `vector` (D,) among those in `mask`, without the anchor itself; its copies count.

    A long file is as near as the nearest of its whole and its slices. `stored_slices` searches slices that are not in
    memory; `among` describes `mask` in words. `index` is asked first; exact search answers where it has no answer, or
    too few samples in `mask`. With `weights` the aspects of whole files are weighed, with the sound's own `features`
    (F,). Samples in `without` are left out, too.
    """
    snapshot = map_model.snapshot
    vectors, slices = snapshot.vectors, snapshot.slices
    assert vectors is not None, "called only once the vectors are loaded"
    left_out = {*without, *(() if anchor is None else (anchor,))}
    target = SoundTarget.of(with_width(vector, vectors.shape[1]), features)
    plain = not any(weights[1:])
    if plain and len(left_out) < 2:
        indexed = _nearest_by_index(map_model, target.vector, index, anchor=anchor, mask=mask, k=k)
        if indexed is not None:
            return _neighbours(map_model, target, name, anchor, indexed, among, weights)
    more = k + max(1, len(left_out))
    nearest, distances = nearest_sounds(vectors, snapshot.features, target, k=more, mask=mask, weights=weights)
    near: list[SliceNeighbour] = []
    ids = None if mask is None else snapshot.ids[mask]
    if plain and slices is not None and len(slices):
        near = nearest_slices(slices, target.vector, k=more, among=ids)
    elif plain and snapshot.slices_omitted and stored_slices is not None:
        near = stored_slices(target.vector, k=more, among=ids)
    whole = zip(map(SampleId, snapshot.ids[nearest].tolist()), distances.tolist(), strict=True)
    merged = [each for each in merge_neighbours(whole, near, k=more) if each[0] not in left_out][:k]
    return _neighbours(map_model, target, name, anchor, merged, among, weights)


def _neighbours(
    map_model: MapModel,
    target: SoundTarget,
    name: str,
    anchor: SampleId | None,
    nearest: list[NearSample],
    among: str,
    weights: Weights,
) -> Neighbours:
    ids, distances, slices = zip(*nearest, strict=True) if nearest else ((), (), ())
    alike = tuple(map(tuple, _alike(map_model.snapshot, target, nearest).tolist()))
    return Neighbours(name, anchor, ids, distances, slices, among, alike, weights_text(weights))


def _alike(snapshot: Snapshot, target: SoundTarget, nearest: list[NearSample]) -> FloatArray:
    """(n, 6) agreement in each aspect; of a slice only the first is known."""
    vectors = snapshot.vectors
    if vectors is None or not nearest:
        return np.empty((0, len(ASPECTS)), dtype=np.float32)
    rows = np.searchsorted(snapshot.ids, [sample for sample, _, _ in nearest])
    gaps = aspect_gaps(vectors[rows], snapshot.features[rows], target)
    for at, (_, distance, part) in enumerate(nearest):
        if part is not None:
            gaps[at] = np.nan
            gaps[at, 0] = distance
    return agreements(gaps, chance=chance_distance(vectors))


def _nearest_by_index(
    map_model: MapModel,
    vector: FloatArray,
    index: NeighbourClient | None,
    *,
    anchor: SampleId | None,
    mask: NDArray[np.bool_] | None,
    k: int,
) -> list[NearSample] | None:
    """The `k` nearest samples by the index; None where it has no answer, or too few of the samples in `mask`."""
    if index is None:
        return None
    nearest = index.nearest(vector, k=2 * k if mask is None else 8 * k)
    if nearest is None:
        return None
    kept: list[NearSample] = []
    for each in nearest:
        row = map_model.row_of(each[0])
        if row is not None and each[0] != anchor and (mask is None or mask[row]):
            kept.append(each)
    return kept[:k] if len(kept) >= k else None


class CursorState:
    """Where keys act, and how the cursor came there."""

    def __init__(self) -> None:
        self.sample: SampleId | None = None
        self.walked = False
        """Whether the person has moved the cursor: then a new layout is offered and not shown at once."""
        self.heading: Direction | None = None
        """Direction of the last arrow key; None where the cursor has moved in another way since."""
        self.neighbours: Neighbours | None = None
        self.rank = 0
        """Place in the neighbour list, from 1; 0 is the anchor itself."""
        self._trail: list[SampleId] = []

    @property
    def trail(self) -> tuple[SampleId, ...]:
        return tuple(self._trail)

    def start(self, sample: SampleId | None) -> None:
        """Select a sample without a move: the first one, or one in place of a sample that is gone."""
        self.sample = sample

    def go(self, sample: SampleId) -> bool:
        """Move to a sample by walking, clicking or searching; False when the cursor is there already."""
        self.end_neighbours()
        return self._move(sample)

    def back(self, map_model: MapModel) -> SampleId | None:
        """Step back to the last sample of the trail that is still in the library; None at its start."""
        while self._trail:
            sample = self._trail.pop()
            if sample != self.sample and map_model.row_of(sample) is not None:
                self.end_neighbours()
                self.sample = sample
                return sample
        return None

    # --- neighbours --------------------------------------------------------------------------------------------------

    def begin_neighbours(self, neighbours: Neighbours) -> None:
        """From now on `step` goes through these."""
        self.neighbours = neighbours
        self.rank = 0

    def end_neighbours(self) -> None:
        self.neighbours = None
        self.rank = 0

    def step(self, by: int, map_model: MapModel) -> SampleId | None:
        """Move `by` places in the neighbour list, past samples that are gone; None at its end."""
        if self.neighbours is None:
            return None
        rank = self.rank + by
        while 0 <= rank <= len(self.neighbours):
            sample = self.neighbours.ids[rank - 1] if rank else self.neighbours.anchor
            if sample is not None and map_model.row_of(sample) is not None:
                self.rank = rank
                self._move(sample)
                return sample
            rank += by
        return None

    @property
    def neighbour_slice(self) -> SliceNeighbour | None:
        """The slice by which the selected sample is in the neighbour list; None where the whole file is."""
        near, at = self.neighbours, self.rank - 1
        return near.slices[at] if near is not None and at >= 0 and near.slices and near.ids[at] == self.sample else None

    def line(self) -> str:
        """Rank, distance and slice in the neighbour list; empty outside of one."""
        near = self.neighbours
        if near is None:
            return ""
        if not len(near):
            return f"nothing is near {near.name}{near.among}"
        if self.rank == 0:
            return f"{formatting.neighbours(len(near))} of {near.name}{near.among}"
        place = f"neighbour {self.rank} of {len(near)}{near.among} · distance {near.distances[self.rank - 1]:.2f}"
        part = self.neighbour_slice
        line = f"{place} from {near.name}" if part is None else f"{place} · slice at {part.onset_s:.2f} s"
        return f"{line} · {HARDLY_ALIKE}" if self.alike and self.alike[0] < DOUBTFUL else line

    @property
    def alike(self) -> tuple[float, ...]:
        """How alike the selected sample is to the anchor in each aspect; empty outside of the neighbour list."""
        near, at = self.neighbours, self.rank - 1
        return near.alike[at] if near is not None and 0 <= at < len(near.alike) and near.ids[at] == self.sample else ()

    def _move(self, sample: SampleId) -> bool:
        self.walked = True
        if sample == self.sample:
            return False
        if self.sample is not None:
            self._trail.append(self.sample)
            del self._trail[:-TRAIL]
        self.sample = sample
        return True
