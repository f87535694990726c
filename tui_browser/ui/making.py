"""New sounds from samples: asked of the index service, played when they come, kept where a person says."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.atlas.around import around
from tui_browser.config.places import working_folder
from tui_browser.errors import printable
from tui_browser.library.messages import Make, MakeFailed, Request, SoundMade
from tui_browser.library.saving import keep
from tui_browser.records import SampleId
from tui_browser.ui.lane import Lane
from tui_browser.ui.world import World

VARIANCE = 0.3
"""How far a variation strays: a relative of the sound."""
_NAMES = 2
"""Sources that the name of a kept sound tells."""


class Making:
    """One sound at a time; of several that are asked for in a row the newest is played."""

    def __init__(
        self,
        lane: Lane,
        *,
        request: Callable[[Request], None],
        play: Callable[[bytes], None],
        say: Callable[[str], None],
        refuse: Callable[[str], None],
    ) -> None:
        self.folder = working_folder()
        """Where the last sound was kept, and the next one is offered to go."""
        self.made: SoundMade | None = None
        """The newest sound."""
        self._lane = lane
        self._request = request
        self._play = play
        self._say = say
        self._refuse = refuse
        self._number = 0
        self._told = ""
        self._spot: tuple[SampleId | None, tuple[float, float]] | None = None

    # --- asking ------------------------------------------------------------------------------------------------------

    def vary(self, sample: SampleId, name: str) -> None:
        """A new variation of a sample."""
        self._ask((sample,), variance=VARIANCE, told=f"a variation of {name}")

    def mix(self, samples: Sequence[SampleId], told: str) -> None:
        """What lies in the middle of several samples."""
        self._ask(tuple(samples), told=f"a mix of {told}")

    def here(self, world: World, at: tuple[float, float]) -> None:
        """What lies at a place of the map, by the samples around it."""
        rows, weights = around(world.xy, at)
        if not rows:
            self._refuse("there is no sample on the map yet")
            return
        samples = tuple(SampleId(int(sample)) for sample in world.snapshot.ids[rows])
        x, y = np.clip(world.stretch.invert(at), 0.0, 1.0).tolist()
        self._ask(samples, weights=tuple(weights), at=(x, y), told="a sound for this place")

    def _ask(
        self,
        samples: tuple[SampleId, ...],
        *,
        told: str,
        weights: tuple[float, ...] | None = None,
        variance: float = 0.0,
        at: tuple[float, float] | None = None,
    ) -> None:
        self._number += 1
        self._told = told
        self._say(f"making {told} ...")
        self._request(Make(self._number, samples, weights, variance, at))

    # --- a place without a sample ------------------------------------------------------------------------------------

    def point(self, selected: SampleId | None, at: tuple[float, float]) -> None:
        """Remember an empty place that was clicked, until another sample is selected."""
        self._spot = (selected, at)

    def spot(self, selected: SampleId | None) -> tuple[float, float] | None:
        """The empty place that was clicked last, if no other sample was selected since."""
        return self._spot[1] if self._spot is not None and self._spot[0] == selected else None

    # --- what comes --------------------------------------------------------------------------------------------------

    def take(self, made: SoundMade, *, more: str = "") -> None:
        """A sound has come: play it, unless a newer one was asked for; `more` tells what to do with it."""
        if made.number != self._number:
            return
        self.made = made
        self._play(made.path)
        self._say(f"{self._told}{more}")

    def failed(self, event: MakeFailed) -> None:
        """A sound could not be made."""
        if event.number == self._number:
            self._refuse(event.reason)

    # --- keeping -----------------------------------------------------------------------------------------------------

    def keep(self, made: SoundMade, folder: str) -> None:
        """Copy a sound and its lineage into a folder, under a new name."""
        self.folder = folder
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        stem = kept_stem(made)
        self._lane.ask(lambda: keep(made.path, target, stem=stem), lambda path: self._say(f"saved: {printable(path)}"))


def kept_stem(made: SoundMade) -> bytes:
    """The name of a kept sound without its ending: of what it was made, and how."""
    names = list(dict.fromkeys(os.path.splitext(os.path.basename(path))[0] for path in made.sources))
    return b"-".join([*(name[:80] for name in names[:_NAMES]), os.fsencode(made.how)])


def cursor_place(world: World, row: int | None) -> tuple[float, float] | None:
    """Where a row lies on the map; None where it has no place."""
    if row is None or not np.isfinite(world.snapshot.xy[row]).all():
        return None
    return world.place(row)
