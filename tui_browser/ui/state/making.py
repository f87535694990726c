"""What was made in this session, what is being made, and the empty place of the map that a person points at."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from tui_browser.records import SampleId
from tui_browser.service.messages import Guest

Place = tuple[float, float]
"""x and y in the layout, 0 to 1."""
MOST_SOUNDS = 100
"""As many as the index service keeps files of."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A sound that goes into a made one."""

    name: str
    """Safe to print."""
    weight: float
    """Its share, or its weight as it is where weights are raw."""
    sample: SampleId


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a sound is made from."""

    what: str
    """In words: `a variation of kick.wav`."""
    parents: tuple[Ingredient, ...] = ()
    """The weightiest first."""
    variance: float = 0.0
    raw: bool = False
    at: Place | None = None
    """The place that the sound was asked for."""
    layout: str = ""
    """The layout that `at`, and the place where it lands, belong to."""
    basis: bytes = b""
    """Lineage file of the made sound that this one varies; empty for others."""


@dataclass(frozen=True, slots=True)
class MadeSound:
    """A sound that was made, and from when it was heard again on what it is and where it lies."""

    number: int
    recipe: Recipe
    path: bytes
    """A WAV in the cache folder, with its lineage beside it."""
    how: str
    sources: tuple[bytes, ...]
    step: int = 0
    """The step of a morph, from 1; 0 for other sounds."""
    guest: Guest | None = None
    """How the encoder hears it; None until then."""
    lands: Place | None = None
    """Where it lies on the layout of the recipe."""

    @property
    def miss(self) -> float | None:
        """How far from the place that was asked for it lies, as a share of the map's width; None where unknown."""
        asked = self.recipe.at
        return math.dist(asked, self.lands) if asked is not None and self.lands is not None else None

    @property
    def title(self) -> str:
        return f"step {self.step} of {self.recipe.what}" if self.step else self.recipe.what


@dataclass(slots=True)
class MakingState:
    """`GenerationController`, `MadeSounds` and `FreeCursor` change it."""

    place: Place | None = None
    """The empty place under the free cursor; None while the cursor is on a sample."""
    plan: Recipe | None = None
    """What would be made at `place`; None until the free cursor rests."""
    sounds: list[MadeSound] = field(default_factory=list)
    """Oldest first."""
    at: int = -1
    """Which of them is the present one: what is saved, varied and heard again."""
    shown: bool = False
    """Whether the map and the details show the present one."""
    running: Recipe | None = None
    """What is being made."""
    done: int = 0
    total: int = 1
    loaded: bool = False
    """Whether the generator has answered once, so that the next sound comes soon."""
    _sample: SampleId | None = None
    """The sample under the cursor when `place` or `shown` was set."""

    @property
    def sound(self) -> MadeSound | None:
        """The present sound."""
        return self.sounds[self.at] if 0 <= self.at < len(self.sounds) else None

    @property
    def shown_sound(self) -> MadeSound | None:
        """The present sound, if the map and the details show it."""
        return self.sound if self.shown else None

    @property
    def active(self) -> bool:
        """Whether the map shows anything of this."""
        return self.place is not None or self.shown

    def point(self, place: Place, sample: SampleId | None) -> None:
        """Point at an empty place while `sample` is under the cursor."""
        self.place, self.plan, self.shown, self._sample = place, None, False, sample

    def show(self, sample: SampleId | None) -> None:
        """Show the present sound until the cursor leaves `sample`."""
        self.shown, self._sample = True, sample

    def cursor_moved(self, sample: SampleId | None) -> bool:
        """The cursor is on `sample`; whether that ends what was shown."""
        if not self.active or sample == self._sample:
            return False
        self.hide()
        return True

    def hide(self) -> None:
        """Show nothing of this on the map."""
        self.place, self.plan, self.shown = None, None, False

    def add(self, sound: MadeSound, *, present: bool) -> None:
        """Append a sound; with `present` it becomes the present one."""
        self.sounds.append(sound)
        dropped = max(0, len(self.sounds) - MOST_SOUNDS)
        del self.sounds[:dropped]
        self.at = len(self.sounds) - 1 if present else self.at - dropped

    def hear(self, guest: Guest, *, placed: bool, layout: str) -> MadeSound | None:
        """Note how a made sound was heard on this layout; returns it, None for one that is gone."""
        for at, sound in enumerate(self.sounds):
            if sound.path == guest.path:
                lands = guest.xy if placed else None
                recipe = replace(sound.recipe, layout=layout) if sound.recipe.at is None else sound.recipe
                self.sounds[at] = replace(
                    sound, guest=guest, lands=lands if recipe.layout == layout else None, recipe=recipe
                )
                return self.sounds[at]
        return None

    def step(self, by: int) -> MadeSound | None:
        """Go to the sound made before (-1) or after (1); None at the end of the list."""
        at = self.at + by
        if not 0 <= at < len(self.sounds):
            return None
        self.at = at
        return self.sounds[at]
