"""A map that glides to its new place: between two layouts every sample moves in a straight line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from tui_browser.atlas.raster import Raster
from tui_browser.ui.world import World

FRAMES = 9
FRAME_S = 1 / 30
MOST = 150_000
"""With more samples the map jumps: a frame would take too long to make."""
_STILL = 1e-4


class Timer(Protocol):
    """A timer that can be ended."""

    def stop(self) -> None: ...


def moves(old: World, new: World) -> bool:
    """Whether samples that both worlds know have another place in the new one: another layout is shown."""
    if not old.placed or not new.placed:
        return False
    _, before, after = np.intersect1d(old.snapshot.ids, new.snapshot.ids, assume_unique=True, return_indices=True)
    moved = np.abs(old.xy[before] - new.xy[after]).max(axis=1) > _STILL
    return bool(np.count_nonzero(moved) * 2 > len(moved))


class Morph:
    """One glide at a time; a new one, or any key, ends it at its goal."""

    def __init__(self, every: Callable[[float, Callable[[], None]], Timer]) -> None:
        self._every = every
        self._timer: Timer | None = None
        self._end: Callable[[], None] | None = None

    @property
    def running(self) -> bool:
        return self._timer is not None

    def start(self, old: World, new: World, *, show: Callable[[Raster], None], end: Callable[[], None]) -> None:
        """Glide from `old` to `new`: `show` gets each picture between, `end` is called at the goal."""
        self.finish()
        xy_from = new.xy.copy()
        _, before, after = np.intersect1d(old.snapshot.ids, new.snapshot.ids, assume_unique=True, return_indices=True)
        known = np.isfinite(old.xy[before]).all(axis=1)
        xy_from[after[known]] = old.xy[before[known]]
        frame = 0

        def step() -> None:
            nonlocal frame
            frame += 1
            if frame >= FRAMES:
                self.finish()
                return
            part = frame / FRAMES
            eased = np.float32(part * part * (3 - 2 * part))
            show(Raster(xy_from + (new.xy - xy_from) * eased, new.colours.index))

        self._end = end
        show(Raster(xy_from, new.colours.index))
        self._timer = self._every(FRAME_S, step)

    def finish(self) -> None:
        """Be at the goal now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        end, self._end = self._end, None
        if end is not None:
            end()
