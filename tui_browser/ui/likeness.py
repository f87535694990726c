"""Going through what sounds like one sample, or like a guest: a file that is not in the library."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from tui_browser.library.hits import NearHit
from tui_browser.library.messages import Guest
from tui_browser.records import FloatArray, SampleId
from tui_browser.ui import words
from tui_browser.ui.journey import HitSearch, Neighbours, find_neighbours
from tui_browser.ui.lane import Lane
from tui_browser.ui.names import sample_name
from tui_browser.ui.sieve import Sieve
from tui_browser.ui.walker import Walker
from tui_browser.ui.world import World

INLINE = 20_000_000
"""Numbers that a neighbour search may go through at once (some 5 ms); above, in a thread."""


HitReader = Callable[[], tuple[FloatArray, float] | None]
"""Vector (D,) and onset in seconds of a hit; None where the library has it no more."""


class Likeness:
    """Begins, walks and ends the neighbour list; a guest stands at its head."""

    def __init__(self, walker: Walker, sieve: Sieve, lane: Lane, *, refuse: Callable[[str], None]) -> None:
        self._walker = walker
        self._stage, self._journey = walker.stage, walker.journey
        self._sieve = sieve
        self._lane = lane
        self._refuse = refuse
        self.sounding: Callable[[bytes, SampleId], HitReader | None] = lambda _path, _sample: None
        """What reads the hit of a long file that sounds, where one does: then that is what others are compared with."""
        self.aside: HitSearch | None = None
        """What finds hits that are too many to lie in memory; asked in a thread."""

    def hit(self, path: bytes) -> NearHit | None:
        """The hit by which this file, under the cursor, is in the neighbour list; None where none brought it there."""
        return self._journey.hit if path == self._stage.path else None

    def part(self, path: bytes) -> tuple[float, float | None]:
        """From where to where in seconds a file is to be heard: its hit, where that brought it here; else all of it."""
        hit = self.hit(path)
        return (0.0, None) if hit is None else (hit.onset_s, hit.onset_s + hit.length_s)

    def go(self, by: int) -> None:
        """Go to the next or previous neighbour of the anchor; without one, this sample becomes it."""
        if self._journey.neighbours is not None:
            self._step(by)
            return
        world, row, sample = self._stage.world, self._stage.row, self._journey.selected
        vectors = world.snapshot.vectors
        if row is None or vectors is None or sample is None:
            return
        if by < 0:
            self._refuse("this is where the neighbours begin")
            return
        if not vectors.shape[1] or not np.isfinite(vectors[row]).all():
            self._refuse("this sample is off the map, or waits for the model: it has no neighbours")
            return
        name = sample_name(world.snapshot.names[row])
        work = functools.partial(
            find_neighbours, world, vectors[row], name=name, anchor=sample, mask=self._sieve.mask, aside=self.aside,
            among=self._sieve.among,
        )  # fmt: skip
        hit = self.sounding(world.snapshot.names[row], sample)
        if hit is not None:
            self._lane.ask(functools.partial(_near_hit, hit, work), functools.partial(self._begin, sample))
        elif _at_once(world):
            self._begin(sample, work())
        else:
            self._lane.ask(work, functools.partial(self._begin, sample))

    def _begin(self, sample: SampleId, near: Neighbours) -> None:
        if self._journey.selected != sample or self._journey.neighbours is not None:
            return  # the person has gone on meanwhile
        self._journey.begin_neighbours(near)
        self._stage.relist()
        self._step(1)

    def _step(self, by: int) -> None:
        journey = self._journey
        if journey.step(by, self._stage.world) is not None:
            self._walker.arrived()
        elif self._stage.guest is not None and by < 0 and journey.rank == 1:
            journey.rank = 0
            self._walker.arrived()
        else:
            near = journey.neighbours
            these = f"{words.neighbours(len(near))}{near.among}" if near is not None else ""
            self._refuse(f"this is the last of {these}" if by > 0 else "this is the first neighbour")
        self._stage.status()

    def leave(self) -> bool:
        """End the neighbour list and send a guest away; False when there was none."""
        if self._journey.neighbours is None and self._stage.guest is None:
            return False
        self._journey.end_neighbours()
        self._stage.guest = None
        self._stage.relist()
        self._stage.moved(keep=False)
        return True

    # --- guests ------------------------------------------------------------------------------------------------------

    def show_known(self, sample: SampleId) -> bool:
        """Select a sample that was dropped; False when the map does not have it yet."""
        if self._stage.world.row_of(sample) is None:
            return False
        self._walker.go(sample)
        return True

    def welcome(self, guest: Guest) -> None:
        """Put a located file on the map as a guest, with its neighbours in the list."""
        world, name = self._stage.world, words.file_name(guest.path)
        if world.snapshot.vectors is None or world.snapshot.vectors.shape[1] != len(guest.vector):
            self._seat(guest, Neighbours(name, None, (), ()))
            return
        work = functools.partial(
            find_neighbours, world, guest.vector, name=name, anchor=None, mask=self._sieve.mask, aside=self.aside,
            among=self._sieve.among,
        )  # fmt: skip
        if _at_once(world):
            self._seat(guest, work())
        else:
            self._lane.ask(work, functools.partial(self._seat, guest))

    def _seat(self, guest: Guest, near: Neighbours) -> None:
        stage = self._stage
        stage.guest = guest
        self._journey.begin_neighbours(near)
        if stage.guest_place is not None:
            stage.widgets.map.look(stage.widgets.map.viewport.keep_in_view(stage.guest_place))
        stage.hush(now=True)
        stage.relist()
        self._walker.arrived()


def _at_once(world: World) -> bool:
    """Whether a search takes so little that it needs no thread."""
    vectors, hits = world.snapshot.vectors, world.snapshot.hits
    numbers = sum(each.size for each in (vectors, hits.vectors if hits is not None else None) if each is not None)
    return numbers <= INLINE and not world.snapshot.hits_aside


def _near_hit(hit: HitReader, whole: functools.partial[Neighbours]) -> Neighbours:
    """The neighbours of one hit of a long file; of the whole file where the hit is gone."""
    found = hit()
    if found is None:
        return whole()
    vector, onset_s = found
    world, _ = whole.args
    name = f"{whole.keywords['name']} at {onset_s:.2f} s"
    return find_neighbours(world, vector, **(whole.keywords | {"name": name}))
