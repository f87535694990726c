"""Animation from one layout to another: every dot moves in a straight line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui_browser.map.raster import Raster
from tui_browser.ui.latest_worker import Background, Stoppable
from tui_browser.ui.state.map_model import MapModel

FRAMES = 9
FRAME_S = 1 / 30
MOST = 150_000
"""With more samples the map jumps: computing a frame would take too long."""
_STILL = 1e-4


def moves(old: MapModel, new: MapModel) -> bool:
    """Whether more than half of the samples that both map models contain have another place in the new one."""
    if not old.placed or not new.placed:
        return False
    _, before, after = np.intersect1d(old.snapshot.ids, new.snapshot.ids, assume_unique=True, return_indices=True)
    moved = np.abs(old.xy[before] - new.xy[after]).max(axis=1) > _STILL
    return bool(np.count_nonzero(moved) * 2 > len(moved))


class LayoutAnimation:
    """One animation at a time; a new one, or any key, ends it at the new layout."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._timer: Stoppable | None = None
        self._end: Callable[[], None] | None = None

    @property
    def running(self) -> bool:
        return self._timer is not None

    def start(self, old: MapModel, new: MapModel, *, show: Callable[[Raster], None], end: Callable[[], None]) -> None:
        """Animate from `old` to `new`: `show` gets each frame, `end` is called at the new layout."""
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
        self._timer = self._background.every(FRAME_S, step)

    def finish(self) -> None:
        """Jump to the new layout."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        end, self._end = self._end, None
        if end is not None:
            end()
