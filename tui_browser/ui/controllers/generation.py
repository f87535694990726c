"""Requests new sounds from the index service, and takes what it answers: progress, sounds, how they are heard."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from tui_browser.map.interpolation import interpolation_weights
from tui_browser.records import SampleId
from tui_browser.service.messages import (
    CancelGeneration,
    GenerateSound,
    GenerationFailed,
    GenerationProgress,
    MorphSamples,
    PrepareGeneration,
    Request,
    SoundGenerated,
    SoundHeard,
)
from tui_browser.ui import formatting
from tui_browser.ui.controllers.making_view import class_words, landing_words
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.sample_names import sample_name
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.making import Ingredient, MadeSound, Place, Recipe

VARIANCE = 0.3
"""Of the latent of a variation: an audible relative of the sound."""
_LINEAGE = b".json"


class GenerationController:
    """One request at a time; of several in a row the newest is played."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        keys: Keys,
        *,
        request: Callable[[Request], None],
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._keys = keys
        self._request = request
        self._number = 0
        """Of the last request; answers to older ones are dropped."""
        self._recipes: dict[int, Recipe] = {}
        """Of the requests that can still be answered."""
        self._morphing = False
        self._notice = ""
        """The sentence on the present sound, while it stands in the status line."""

    # --- requests ----------------------------------------------------------------------------------------------------

    def vary(self, sample: SampleId, name: str) -> None:
        """A new variation of a sample."""
        recipe = self._recipe(f"a variation of {name}", (Ingredient(name, 1.0, sample),), variance=VARIANCE)
        self._send(recipe, GenerateSound(self._next(), (sample,), variance=VARIANCE))

    def vary_made(self, sound: MadeSound) -> None:
        """A new variation of a made sound; of a variation, another one of the same sound."""
        lineage = sound.recipe.basis or os.path.splitext(sound.path)[0] + _LINEAGE
        what = sound.recipe.what if sound.recipe.basis else f"a variation of {sound.title}"
        recipe = replace(sound.recipe, what=what, variance=VARIANCE, basis=lineage)
        self._send(recipe, GenerateSound(self._next(), lineages=(lineage,), variance=VARIANCE))

    def mix(
        self,
        samples: Sequence[SampleId],
        names: Sequence[str],
        what: str,
        *,
        weights: Sequence[float] | None = None,
        variance: float = 0.0,
    ) -> None:
        """A mix of samples; alike without `weights`. With a negative one they count as they are, else by their sum."""
        raw = weights is not None and min(weights) < 0
        given = [1.0] * len(samples) if weights is None else list(weights)
        total = 1.0 if raw else sum(given)
        parents = tuple(
            Ingredient(name, weight / total, sample)
            for name, weight, sample in zip(names, given, samples, strict=True)
            if weight
        )
        recipe = self._recipe(what, parents, variance=variance, raw=raw)
        kept = None if weights is None else tuple(weights)
        self._send(recipe, GenerateSound(self._next(), tuple(samples), kept, variance, raw=raw))

    def for_place(self, at: tuple[float, float]) -> None:
        """A sound for a place of the map as it is drawn, mixed from the samples around it."""
        recipe = self.plan(at)
        if not recipe.parents:
            self._presenter.refuse("there is no sample on the map yet")
            return
        samples = tuple(parent.sample for parent in recipe.parents)
        weights = tuple(parent.weight for parent in recipe.parents)
        self._send(recipe, GenerateSound(self._next(), samples, weights, 0.0, recipe.at))

    def plan(self, at: tuple[float, float]) -> Recipe:
        """What a sound for a place of the map, as it is drawn, would be made from."""
        map_model = self._state.map_model
        rows, weights = interpolation_weights(map_model.xy, at)
        parents = [
            Ingredient(sample_name(map_model.snapshot.names[row], ending=False), weight, map_model.id_at(row))
            for row, weight in zip(rows, weights, strict=True)
        ]
        x, y = (min(max(float(value), 0.0), 1.0) for value in map_model.stretch.invert(at))
        what = (
            f"a sound near {parents[0].name}"
            if len(parents) > 1
            else f"{parents[0].name}, made again"
            if parents
            else ""
        )
        return self._recipe(what, tuple(parents), at=(x, y))

    def morph(self, samples: tuple[SampleId, SampleId], names: tuple[str, str], *, steps: int) -> None:
        """The way from one sample to another."""
        parents = tuple(Ingredient(name, 0.5, sample) for name, sample in zip(names, samples, strict=True))
        recipe = self._recipe(f"a morph of {names[0]} to {names[1]}", parents)
        self._send(recipe, MorphSamples(self._next(), samples, steps), total=steps)

    def prepare(self) -> None:
        """A sound is about to be asked for: let the service load the generator."""
        if not self._state.making.loaded:
            self._request(PrepareGeneration())

    def _recipe(
        self,
        what: str,
        parents: tuple[Ingredient, ...],
        *,
        variance: float = 0.0,
        raw: bool = False,
        at: Place | None = None,
    ) -> Recipe:
        heaviest_first = tuple(sorted(parents, key=lambda parent: -abs(parent.weight)))
        return Recipe(what, heaviest_first, variance, raw, at, self._state.map_model.snapshot.layout)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _send(self, recipe: Recipe, request: GenerateSound | MorphSamples, *, total: int = 1) -> None:
        making = self._state.making
        self._recipes = {self._number: recipe}
        self._morphing = isinstance(request, MorphSamples)
        making.running, making.done, making.total = recipe, 0, total
        self._presenter.log(f"making {recipe.what}")
        self._say_progress()
        self._request(request)

    def _say_progress(self) -> None:
        making = self._state.making
        if making.running is None:
            return
        self._presenter.widgets.status.work(f"making {making.done} of {making.total}" if making.total > 1 else "making")
        count = f", {making.done} of {making.total}" if making.total > 1 else ""
        loading = "" if making.loaded else ", once the decoder is loaded"
        key = self._keys.first("clear")
        self._presenter.say(
            f"making {making.running.what}{loading}{count} ..." + (f" {key} cancels" if key else ""), brief=True
        )

    def _end(self) -> None:
        """Nothing is being made any more; the job on the right is that of the index again."""
        progress = self._state.progress
        self._state.making.running = None
        self._presenter.widgets.status.work("" if progress is None else formatting.progress_line(progress))

    def cancel(self) -> bool:
        """Stop to make; False where nothing is being made."""
        making = self._state.making
        if making.running is None:
            return False
        what = making.running.what
        self._end()
        self._recipes = {}
        self._request(CancelGeneration())
        self._presenter.say(f"cancelled: {what}")
        return True

    # --- answers -----------------------------------------------------------------------------------------------------

    def take_progress(self, progress: GenerationProgress) -> None:
        """Tell how far the present request has come."""
        making = self._state.making
        if progress.number == self._number and making.running is not None:
            making.done, making.total = progress.done, progress.total
            making.loaded = making.loaded or progress.done > 0
            self._say_progress()

    def take(self, made: SoundGenerated) -> None:
        """Keep a sound in the list, and play it unless a newer one was requested; a morph plays when it is whole."""
        recipe = self._recipes.get(made.number)
        if recipe is None:
            return
        making = self._state.making
        making.loaded = True
        if made.step:
            share = (made.step - 1) / max(1, making.total - 1)
            first, second = recipe.parents
            recipe = replace(recipe, parents=(replace(first, weight=1 - share), replace(second, weight=share)))
        sound = MadeSound(made.number, recipe, made.path, made.how, made.sources, made.step)
        making.add(sound, present=not made.step)
        if made.step:
            return
        self._end()
        making.show(self._state.cursor.sample)
        self._playback.play(made.path, generated=True)
        self._say_sound(sound)
        if sound.how == "morph":  # which is not heard again as a whole
            self._presenter.log(self._sentence(sound))
        self._presenter.show_making()

    def take_heard(self, heard: SoundHeard) -> None:
        """Tell what a sound is heard as, and where it lies."""
        making = self._state.making
        sound = making.hear(heard.guest, placed=heard.placed, layout=self._state.map_model.snapshot.layout)
        if sound is None or sound is not making.shown_sound:
            return
        if self._presenter.widgets.status.notice == self._notice:
            self._say_sound(sound)
        self._presenter.log(self._sentence(sound))
        self._presenter.show_making()

    def _say_sound(self, sound: MadeSound) -> None:
        """Tell of the present sound and how to keep it."""
        key = self._keys.first("keep_made")
        self._notice = self._sentence(sound) + (f": {key} saves it" if key else "")
        self._presenter.say(self._notice, brief=True)

    def _sentence(self, sound: MadeSound) -> str:
        """What was made, what it is heard as, and where it lies."""
        heard = ", ".join(filter(None, (class_words(sound), landing_words(sound))))
        return f"{sound.title} ({heard})" if heard else sound.title

    def failed(self, event: GenerationFailed) -> None:
        """A sound could not be generated."""
        if event.number == self._number and self._state.making.running is not None:
            self._end()
            self._presenter.warn(event.reason)
