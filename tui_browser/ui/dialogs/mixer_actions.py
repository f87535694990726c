"""What the mixer asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MixerActions:
    """What the mixer does with the sound."""

    make: Callable[[Sequence[float] | None, float], None]
    """Make the mix of these weights (None: all alike) and this variance."""
    hear: Callable[[], None]
    step: Callable[[int], None]
    """Hear the sound made before or after."""
    keep: Callable[[], None]
    cancel: Callable[[], bool]
    """Stop to make; False where nothing is being made."""
    refuse: Callable[[str], None]
