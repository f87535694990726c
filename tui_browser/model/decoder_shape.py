"""The numbers that the decoder of sounds is built from, and the tensors that follow from them; no torch.

The decoder draws three charts of a sound, (bands, frames) each: how loud a band is, how much of it is tone, and where
in the band the tone lies. Frames stand close at the attack and far apart in the tail.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44100
"""Samples a second of every sound that is made."""
LONGEST_S, SHORTEST_S = 2.0, 0.03
"""Seconds of a sound that can be made."""
N_CHARTS = 3
"""Level, share of tone, place of the tone within its band."""


@dataclass(frozen=True)
class DecoderShape:
    """The numbers of a decoder; config.json holds them under "sound"."""

    z_dim: int = 64
    bands: int = 96
    frames: int = 96
    f_min: float = 30.0
    f_max: float = 20000.0
    corner_hz: float = 200.0
    """Bands are spaced evenly below this frequency and by octaves above it."""
    hop_s: float = 0.0025
    """Seconds from the first frame to the second; the last stands at `LONGEST_S`."""
    floor_db: float = -80.0
    """A band this far below the sound's loudest is silent."""
    hidden: int = 512
    channels: tuple[int, ...] = (128, 96, 64, 32)
    """Of each stage; every stage doubles the charts both ways."""
    centres: int = 0
    """Gaussians of the prior."""

    @cached_property
    def seconds(self) -> NDArray[np.float64]:
        """(T,) where the frames stand."""
        k = np.arange(self.frames, dtype=np.float64)
        cubic = (LONGEST_S / self.hop_s - k[-1]) / k[-1] ** 3
        return np.asarray(self.hop_s * (k + cubic * k**3))

    @cached_property
    def edges_hz(self) -> NDArray[np.float64]:
        """(M + 2,) edges and centres of the bands."""
        low, high = np.log1p(self.f_min / self.corner_hz), np.log1p(self.f_max / self.corner_hz)
        return np.asarray(np.expm1(np.linspace(low, high, self.bands + 2)) * self.corner_hz)

    def to_config(self) -> dict[str, Any]:
        """The numbers by name, for config.json."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_config(cls, numbers: Any) -> DecoderShape:
        """The shape of a config.json; raises ValueError that names what is missing or absurd."""
        if not isinstance(numbers, dict):
            raise ValueError("sound is not an object")
        names = {field.name: field.type for field in fields(cls)}
        if set(numbers) != set(names):
            raise ValueError(f"sound keys differ: {', '.join(sorted(set(numbers) ^ set(names)))[:200]}")
        typed: dict[str, Any] = {}
        for name, value in numbers.items():
            if names[name] == "float":
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                    raise ValueError(f"sound: {name} is no number")
                typed[name] = float(value)
                continue
            many = names[name] != "int"
            values = value if many and isinstance(value, (list, tuple)) else (value,)
            if not all(type(number) is int and 0 <= number <= 4096 for number in values):
                raise ValueError(f"sound: {name} is out of range")
            typed[name] = tuple(values) if many else value
        shape = cls(**typed)
        shape._check()
        return shape

    def _check(self) -> None:
        step = 2 ** len(self.channels)
        sane = {
            "channels": 1 <= len(self.channels) <= 6 and min(self.channels) >= 1,
            "bands": self.bands >= 16 and self.bands % step == 0 and self.bands <= 512,
            "frames": self.frames >= 16 and self.frames % step == 0 and self.frames <= 512,
            "f_min, f_max or corner_hz": 1 <= self.f_min < self.f_max < RATE / 2 and 1 <= self.corner_hz <= RATE,
            "hop_s": 0.0005 <= self.hop_s <= 1.0 and self.hop_s * (self.frames - 1) < LONGEST_S,
            "floor_db": -160 <= self.floor_db <= -20,
            "z_dim or hidden": self.z_dim >= 1 and self.hidden >= 1,
        }
        wrong = [name for name, fine in sane.items() if not fine]
        if wrong:
            raise ValueError(f"sound: {wrong[0]} is out of range")

    def tensors(self, *, classes: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that sound.safetensors holds for a model with so many classes."""
        step = 2 ** len(self.channels)
        start = self.channels[0] * (self.bands // step) * (self.frames // step)
        found: dict[str, tuple[int, ...]] = {
            "dense.0.weight": (self.hidden, self.z_dim + 2),
            "dense.0.bias": (self.hidden,),
            "dense.2.weight": (start, self.hidden),
            "dense.2.bias": (start,),
            "line.weight": (N_CHARTS * self.bands * self.frames, self.z_dim + 2),
            "line.bias": (N_CHARTS * self.bands * self.frames,),
        }
        after = (*self.channels[1:], N_CHARTS)
        for stage, (before, behind) in enumerate(zip(self.channels, after, strict=True)):
            found[f"stages.{stage}.weight"] = (before, behind, 4, 4)
            found[f"stages.{stage}.bias"] = (behind,)
        return found | prior_tensors(self.z_dim, self.centres, classes=classes)


def prior_tensors(z_dim: int, centres: int, *, classes: int) -> dict[str, tuple[int, ...]]:
    """Name and shape of the tensors of a prior with so many Gaussians over z and the logarithm of the length."""
    size = z_dim + 1
    return {
        "prior.weights": (centres, max(1, classes)),
        "prior.means": (centres, size),
        "prior.factors": (centres, size, size),
    }
