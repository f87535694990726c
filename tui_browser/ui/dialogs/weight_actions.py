"""What the dialog of weights asks of the screen below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy: the table of commands stays cheap to import
    from tui_browser.library.likeness import Weights


@dataclass(frozen=True, slots=True)
class WeightActions:
    """The weights of aspects, and what they lead to."""

    weights: Callable[[], Weights]
    weigh: Callable[[Weights], None]
    """Neighbours are found anew by these."""
    alike: Callable[[], tuple[float, ...]]
    """How alike the neighbour under the cursor is in each aspect; empty outside of a neighbour list."""
