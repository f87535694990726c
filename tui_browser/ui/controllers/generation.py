"""Generates sounds from samples: requested from the index service, played when ready, saved on request."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

from tui_browser.config.places import working_folder
from tui_browser.errors import printable
from tui_browser.generate.sound_files import copy_to_folder
from tui_browser.map.interpolation import interpolation_weights
from tui_browser.records import SampleId
from tui_browser.service.messages import GenerateSound, GenerationFailed, Request, SoundGenerated
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.browser_state import BrowserState

VARIANCE = 0.3
"""Of the latent of a variation: an audible relative of the sound."""
_NAMES = 2
"""Sources in the name of a saved sound."""


class GenerationController:
    """One sound at a time; of several requests in a row the newest is played."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        worker: LatestWorker,
        *,
        request: Callable[[Request], None],
    ) -> None:
        self.folder = working_folder()
        """Where the last sound was saved, and where the next one is suggested to go."""
        self.newest: SoundGenerated | None = None
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._worker = worker
        self._request = request
        self._number = 0
        """Of the last request; answers to older ones are dropped."""
        self._description = ""
        """What the last request makes, in words."""
        self._clicked: tuple[SampleId | None, tuple[float, float]] | None = None
        """The sample under the cursor when an empty place of the map was clicked, and that place."""

    # --- requests ----------------------------------------------------------------------------------------------------

    def vary(self, sample: SampleId, name: str) -> None:
        """A new variation of a sample."""
        self._generate((sample,), variance=VARIANCE, description=f"a variation of {name}")

    def mix(self, samples: Sequence[SampleId], names: str) -> None:
        """The mean of several samples."""
        self._generate(tuple(samples), description=f"a mix of {names}")

    def for_place(self, at: tuple[float, float]) -> None:
        """A sound for a place of the map, mixed from the samples around it."""
        map_model = self._state.map_model
        rows, weights = interpolation_weights(map_model.xy, at)
        if not rows:
            self._presenter.warn("there is no sample on the map yet")
            return
        samples = tuple(SampleId(int(sample)) for sample in map_model.snapshot.ids[rows])
        x, y = np.clip(map_model.stretch.invert(at), 0.0, 1.0).tolist()
        self._generate(samples, weights=tuple(weights), at=(x, y), description="a sound for this place")

    def _generate(
        self,
        samples: tuple[SampleId, ...],
        *,
        description: str,
        weights: tuple[float, ...] | None = None,
        variance: float = 0.0,
        at: tuple[float, float] | None = None,
    ) -> None:
        self._number += 1
        self._description = description
        self._presenter.say(f"making {description} ...")
        self._request(GenerateSound(self._number, samples, weights, variance, at))

    # --- a place without a sample ------------------------------------------------------------------------------------

    def remember_place(self, at: tuple[float, float]) -> None:
        """Remember an empty place that was clicked, until the cursor moves."""
        self._clicked = (self._state.cursor.sample, at)

    @property
    def clicked_place(self) -> tuple[float, float] | None:
        """The empty place that was clicked last, if the cursor has not moved since."""
        clicked = self._clicked
        return clicked[1] if clicked is not None and clicked[0] == self._state.cursor.sample else None

    # --- answers -----------------------------------------------------------------------------------------------------

    def take(self, made: SoundGenerated, *, hint: str = "") -> None:
        """Play a sound, unless a newer one was requested; `hint` says what to do with it."""
        if made.number != self._number:
            return
        self.newest = made
        self._playback.play(made.path, generated=True)
        self._presenter.say(f"{self._description}{hint}")

    def failed(self, event: GenerationFailed) -> None:
        """A sound could not be generated."""
        if event.number == self._number:
            self._presenter.warn(event.reason)

    # --- saving ------------------------------------------------------------------------------------------------------

    def save(self, made: SoundGenerated, folder: str) -> None:
        """Copy a sound and its lineage into a folder, under a new name."""
        self.folder = folder
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        stem = saved_stem(made)
        self._worker.submit(
            lambda: copy_to_folder(made.path, target, stem=stem),
            lambda path: self._presenter.say(f"saved: {printable(path)}"),
        )


def saved_stem(made: SoundGenerated) -> bytes:
    """The name of a saved sound without its ending: its sources, and how it was made."""
    names = list(dict.fromkeys(os.path.splitext(os.path.basename(path))[0] for path in made.sources))
    return b"-".join([*(name[:80] for name in names[:_NAMES]), os.fsencode(made.how)])
