"""Where the person is and came from: the selected sample, the trail, and the neighbours of an anchor.

`n` pressed somewhere makes that sample the anchor; from then on `n` and `N` go through its neighbours in order, until
the person moves in any other way. Everything is held by SampleId, so a new snapshot changes nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.library.hits import NearHit, nearest_hits, with_hits
from tui_browser.records import FloatArray, SampleId
from tui_browser.search.nearest import top_k
from tui_browser.ui import words
from tui_browser.ui.world import World

NEIGHBOURS = 50
TRAIL = 1000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest samples of an anchor, nearest first."""

    name: str
    """The anchor's name, safe to show."""
    anchor: SampleId | None
    """None for a guest, which is not in the library."""
    ids: tuple[SampleId, ...]
    distances: tuple[float, ...]
    hits: tuple[NearHit | None, ...] = ()
    """Of a long file that is near by one of its hits, that hit; empty where there is none of them."""
    among: str = ""
    """What they were looked for among, as ` among "kick"`; empty where it was all samples."""

    def __len__(self) -> int:
        return len(self.ids)


HitSearch = Callable[..., list[NearHit]]
"""`LibraryLike.near_hits`: what finds hits that are too many to lie in memory."""


def find_neighbours(
    world: World,
    vector: FloatArray,
    *,
    name: str,
    anchor: SampleId | None,
    mask: NDArray[np.bool_] | None = None,
    k: int = NEIGHBOURS,
    aside: HitSearch | None = None,
    among: str = "",
) -> Neighbours:
    """The `k` nearest samples to `vector` (D,) among those in `mask`, without the anchor itself; its copies count.

    A long file is as near as the nearest of its whole and its hits. `aside` is asked for hits that are not in memory,
    `among` says in words what `mask` is.
    """
    snapshot = world.snapshot
    vectors, hits = snapshot.vectors, snapshot.hits
    assert vectors is not None, "asked only when the vectors are there"
    rows = None if mask is None else np.flatnonzero(mask)
    if rows is None:
        found, distances = top_k(vectors, vector, k=k + 1)
    elif len(rows) * 4 <= len(vectors):
        within, distances = top_k(vectors[rows], vector, k=k + 1)
        found = rows[within]
    else:  # most match: copying them would cost more than looking at a few too many
        found, distances = _among(vectors, vector, mask, k + 1)
    near: list[NearHit] = []
    if hits is not None and len(hits):
        near = nearest_hits(hits, vector, k=k + 1, among=None if rows is None else snapshot.ids[rows])
    elif snapshot.hits_aside and aside is not None:
        near = aside(vector, k=k + 1, among=None if rows is None else snapshot.ids[rows])
    whole = zip(map(SampleId, snapshot.ids[found].tolist()), distances.tolist(), strict=True)
    best = with_hits(whole, near, k=k, without=anchor)
    return Neighbours(
        name,
        anchor,
        tuple(one[0] for one in best),
        tuple(one[1] for one in best),
        tuple(one[2] for one in best),
        among=among,
    )


def _among(
    vectors: FloatArray, vector: FloatArray, mask: NDArray[np.bool_] | None, k: int
) -> tuple[NDArray[np.intp], FloatArray]:
    wanted = 2 * k
    while True:
        found, distances = top_k(vectors, vector, k=wanted)
        inside = np.ones(len(found), dtype=np.bool_) if mask is None else mask[found]
        if np.count_nonzero(inside) >= k or len(found) < wanted:
            return found[inside][:k], distances[inside][:k]
        wanted *= 4


class Journey:
    """The selected sample and the ways back."""

    def __init__(self) -> None:
        self.selected: SampleId | None = None
        self.walked = False
        """Whether the person has moved the cursor: then a new map is offered and not simply shown."""
        self.neighbours: Neighbours | None = None
        self.rank = 0
        """Place in the neighbour list, from 1; 0 is the anchor itself."""
        self._trail: list[SampleId] = []

    @property
    def trail(self) -> tuple[SampleId, ...]:
        return tuple(self._trail)

    def start(self, sample: SampleId | None) -> None:
        """Select without having moved: the first sample, or one in place of a sample that is gone."""
        self.selected = sample

    def go(self, sample: SampleId) -> bool:
        """Move to a sample by walking, clicking or searching; False when the cursor is there already."""
        self.end_neighbours()
        return self._move(sample)

    def back(self, world: World) -> SampleId | None:
        """Step back to the last sample of the trail that is still in the library; None at its start."""
        while self._trail:
            sample = self._trail.pop()
            if sample != self.selected and world.row_of(sample) is not None:
                self.end_neighbours()
                self.selected = sample
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

    def step(self, by: int, world: World) -> SampleId | None:
        """Move `by` places in the neighbour list, over samples that are gone; None when there is nobody further on."""
        if self.neighbours is None:
            return None
        rank = self.rank + by
        while 0 <= rank <= len(self.neighbours):
            sample = self.neighbours.ids[rank - 1] if rank else self.neighbours.anchor
            if sample is not None and world.row_of(sample) is not None:
                self.rank = rank
                self._move(sample)
                return sample
            rank += by
        return None

    @property
    def hit(self) -> NearHit | None:
        """The hit by which the selected sample is in the neighbour list; None where it is there as a whole."""
        near, at = self.neighbours, self.rank - 1
        return near.hits[at] if near is not None and at >= 0 and near.hits and near.ids[at] == self.selected else None

    def line(self) -> str:
        """Rank, distance and hit in the neighbour list; empty outside of one."""
        near = self.neighbours
        if near is None:
            return ""
        if not len(near):
            return f"nothing is near {near.name}{near.among}"
        if self.rank == 0:
            return f"{words.neighbours(len(near))} of {near.name}{near.among}"
        place = f"neighbour {self.rank} of {len(near)}{near.among} · distance {near.distances[self.rank - 1]:.2f}"
        return f"{place} from {near.name}" if self.hit is None else f"{place} · hit at {self.hit.onset_s:.2f} s"

    def _move(self, sample: SampleId) -> bool:
        self.walked = True
        if sample == self.selected:
            return False
        if self.selected is not None:
            self._trail.append(self.selected)
            del self._trail[:-TRAIL]
        self.selected = sample
        return True
