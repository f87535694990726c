"""What is asked for when a sound is to be made."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.config.settings import nearest_hint
from tui_browser.errors import BrowserError, BundleError
from tui_browser.model.bundle import Bundle
from tui_browser.records import SampleId

MOST = 10_000
"""Sounds of one order."""
MOST_SEED = (1 << 63) - 1
FURTHEST = 1_000_000
"""Largest variance and weight; far beyond any that sounds."""


class RequestError(BrowserError):
    """A sound that cannot be asked for in this way: wrong weights, class, place, variance, count or seed."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What is asked for; see `Studio.make`."""

    paths: tuple[bytes, ...] = ()
    """Sounds, and lineages (.json) of sounds that were made."""
    samples: tuple[SampleId, ...] = ()
    """Samples of the library, by what is stored of them, in the place of paths."""
    weights: tuple[float, ...] | None = None
    """One a path or sample; None where all count alike."""
    raw: bool = False
    """Weights are taken as they are, also negative ones, and not divided by their sum."""
    variance: float = 0.0
    class_name: str | None = None
    at: tuple[float, float] | None = None
    """A place on the library's map, x and y in [0, 1]; with `samples` they are what lies around it."""
    count: int = 1
    seed: int | None = None
    """The first sound's; each further one has the next."""

    def check(self) -> None:
        """Raise OrderError where the parts contradict each other."""
        if not 1 <= self.count <= MOST:
            raise RequestError(f"the count is {self.count}, not between 1 and {MOST:,}")
        if not 0 <= self.variance <= FURTHEST:
            raise RequestError(f"the variance is {self.variance}, not between 0 and {FURTHEST:,}")
        if self.seed is not None and not 0 <= self.seed <= MOST_SEED:
            raise RequestError(f"the seed is {self.seed}, not between 0 and {MOST_SEED}")
        if self.at is not None and not all(0 <= place <= 1 for place in self.at):
            raise RequestError(
                f"the place {self.at[0]:g},{self.at[1]:g} lies off the map", hint="x and y go from 0 to 1"
            )
        if self.paths and (self.samples or self.at is not None):
            raise RequestError("a place on the map and files cannot be mixed", hint="give one or the other")
        if self.class_name is not None and (self.paths or self.samples or self.at is not None):
            raise RequestError("a class is for sounds that come from no file and no place")
        if self.weights is not None:
            self._check_weights(self.weights)

    def _check_weights(self, weights: tuple[float, ...]) -> None:
        files = len(self.paths) + len(self.samples)
        if len(weights) != files:
            raise RequestError(f"{_some(len(weights), 'weight')} for {_some(files, 'file')}", hint="one each")
        if not all(abs(weight) <= FURTHEST for weight in weights):
            raise RequestError(f"a weight is no number between -{FURTHEST:,} and {FURTHEST:,}")
        if not self.raw and min(weights, default=0.0) < 0:
            raise RequestError("a weight is negative", hint="raw weights may be")
        if not self.raw and sum(weights) <= 0:
            raise RequestError("the weights sum to 0", hint="at least one has to be more")

    def class_index(self, bundle: Bundle) -> int | None:
        """The class as the model counts it; raises BundleError for a model without classes, OrderError else."""
        if self.class_name is None:
            return None
        if bundle.classes is None:
            raise BundleError("this model has no classes", path=bundle.folder, hint="leave the class away")
        if self.class_name not in bundle.classes:
            raise RequestError(
                f"no class is called {self.class_name!r}", hint=nearest_hint(self.class_name, bundle.classes)
            )
        return bundle.classes.index(self.class_name)


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
