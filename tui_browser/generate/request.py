"""A request for generated sounds, and its validation."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.config.settings import nearest_hint
from tui_browser.errors import BrowserError, BundleError
from tui_browser.model.bundle import Bundle
from tui_browser.records import FAMILY_OF, KINDS, OTHER, SampleId

MAX_COUNT = 10_000
"""Sounds of one request."""
MAX_SEED = (1 << 63) - 1
MAX_AMOUNT = 1_000_000
"""Largest variance and weight, far beyond useful values."""


class RequestError(BrowserError):
    """An invalid request: wrong weights, class, map position, variance, count or seed."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What to generate; see `Generator.make`."""

    paths: tuple[bytes, ...] = ()
    """Audio files, and lineages (.json) of generated sounds."""
    samples: tuple[SampleId, ...] = ()
    """Samples of the library, whose stored latents are used; instead of `paths`."""
    weights: tuple[float, ...] | None = None
    """One for each path or sample; None for equal weights."""
    raw: bool = False
    """Use the weights unchanged, negative ones too, instead of dividing them by their sum."""
    variance: float = 0.0
    class_name: str | None = None
    at: tuple[float, float] | None = None
    """Map position, x and y in [0, 1]. With `samples`, these are the samples around it."""
    count: int = 1
    seed: int | None = None
    """Seed of the first sound; each further sound uses the next integer."""

    def check(self) -> None:
        """Raise RequestError if a field is invalid or fields contradict each other."""
        if not 1 <= self.count <= MAX_COUNT:
            raise RequestError(f"the count is {self.count}, not between 1 and {MAX_COUNT:,}")
        if not 0 <= self.variance <= MAX_AMOUNT:
            raise RequestError(f"the variance is {self.variance}, not between 0 and {MAX_AMOUNT:,}")
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise RequestError(f"the seed is {self.seed}, not between 0 and {MAX_SEED}")
        if self.at is not None and not all(0 <= place <= 1 for place in self.at):
            raise RequestError(
                f"the position {self.at[0]:g},{self.at[1]:g} is off the map", hint="x and y go from 0 to 1"
            )
        if self.paths and (self.samples or self.at is not None):
            raise RequestError("a map position and files cannot be combined", hint="give one or the other")
        if self.class_name is not None and (self.paths or self.samples or self.at is not None):
            raise RequestError("a class cannot be combined with files or a map position")
        if self.weights is not None:
            self._check_weights(self.weights)

    def _check_weights(self, weights: tuple[float, ...]) -> None:
        files = len(self.paths) + len(self.samples)
        if len(weights) != files:
            raise RequestError(
                f"{_plural(len(weights), 'weight')} for {_plural(files, 'file')}", hint="give one weight for each file"
            )
        if not all(abs(weight) <= MAX_AMOUNT for weight in weights):
            raise RequestError(f"a weight is not a number between -{MAX_AMOUNT:,} and {MAX_AMOUNT:,}")
        if not self.raw and min(weights, default=0.0) < 0:
            raise RequestError("a weight is negative", hint="negative weights must be raw")
        if not self.raw and sum(weights) <= 0:
            raise RequestError("the weights sum to 0", hint="at least one weight must be above 0")

    def meant_classes(self, bundle: Bundle) -> tuple[int, ...]:
        """Indices of the model's classes that the class means: itself, or all of a family; none without a class.

        `other` means every kind that is no drum, where it is no class of the model itself. Raises BundleError for a
        model without classes, RequestError for an unknown class.
        """
        name = self.class_name
        if name is None:
            return ()
        if bundle.classes is None:
            raise BundleError("this model has no classes", path=bundle.folder, hint="omit the class")
        if name in bundle.classes:
            return (bundle.classes.index(name),)
        meant = KINDS if name == OTHER else [each for each, family in FAMILY_OF.items() if family == name]
        indices = tuple(index for index, each in enumerate(bundle.classes) if each in meant)
        if not indices:
            raise RequestError(f"there is no class {name!r}", hint=nearest_hint(name, bundle.classes))
        return indices


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
