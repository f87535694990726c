"""A morph: the way from one sound to another in equal steps of latent space, as several sounds or as one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.generate.lineage import Lineage
from tui_browser.generate.sound_files import RATE
from tui_browser.records import FloatArray
from tui_browser.version import __version__

LEAST_STEPS, MOST_STEPS = 2, 256
DEFAULT_STEPS = 8


class StepsError(BrowserError):
    """A number of steps that no morph can have."""


def morph_weights(steps: int) -> list[tuple[float, float]]:
    """Weights of both ends at each step, from (1, 0) to (0, 1); raises StepsError."""
    if not LEAST_STEPS <= steps <= MOST_STEPS:
        raise StepsError(f"a morph has {LEAST_STEPS} to {MOST_STEPS} steps, not {steps}")
    return [(1 - share, share) for share in (step / (steps - 1) for step in range(steps))]


@dataclass(frozen=True, slots=True, eq=False)
class JoinedMorph:
    """All steps of a morph as one sound: each begins on a grid of equal parts, so that a sampler can slice it."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz."""
    part_s: float
    """Length of one part of the grid: that of the longest step."""
    steps: tuple[Lineage, ...]

    def to_bytes(self) -> bytes:
        """The lineages of all steps as one JSON file."""
        steps = [
            {"onset_s": step * self.part_s, "weights": lineage.weights and list(lineage.weights), "z": list(lineage.z),
             "seconds": lineage.seconds, "detail": lineage.detail and list(lineage.detail),
             "seed": lineage.seed, "content_hash": lineage.content_hash}
            for step, lineage in enumerate(self.steps)
        ]  # fmt: skip
        shared = self.steps[0].to_json()
        fields = {
            "program": f"tui-browser {__version__}",
            "how": "morph",
            **{name: shared[name] for name in ("model", "space", "decoder", "torch", "sources")},
            "part_s": self.part_s,
            "steps": steps,
        }
        return json.dumps(fields, indent=1, allow_nan=False).encode("ascii") + b"\n"


def join(sounds: Sequence[FloatArray], lineages: Sequence[Lineage]) -> JoinedMorph:
    """One sound of several (n,), one after the other."""
    part = max(len(sound) for sound in sounds)
    joined = np.concatenate([np.pad(sound, (0, part - len(sound))) for sound in sounds])
    return JoinedMorph(joined.astype(np.float32), part / RATE, tuple(lineages))
