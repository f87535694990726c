"""Hyperparameters of the decoder and the tensor shapes that follow from them; no torch.

The decoder predicts three charts of a sound, each (bands, frames): how loud a band is, how much of it is tone, and
where in the band the tone lies. Frames are dense at the attack and sparse in the tail.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44100
"""Sample rate of generated sounds."""
LONGEST_S, SHORTEST_S = 2.0, 0.03
"""Range of lengths of generated sounds."""
N_CHARTS = 3
"""Level, share of tone, place of the tone within its band."""


@dataclass(frozen=True)
class DecoderShape:
    """Hyperparameters of a decoder; config.json holds them under "sound"."""

    z_dim: int = 64
    bands: int = 96
    frames: int = 96
    f_min: float = 30.0
    f_max: float = 20000.0
    corner_hz: float = 200.0
    """Bands are spaced linearly below this frequency and logarithmically above it."""
    hop_s: float = 0.0025
    """Time from the first frame to the second; the last frame is at `LONGEST_S`."""
    floor_db: float = -80.0
    """Level relative to the loudest band that counts as silence."""
    hidden: int = 512
    channels: tuple[int, ...] = (128, 96, 64, 32)
    """Of each stage; a stage doubles bands and frames."""
    centres: int = 0
    """Number of Gaussians of the prior."""

    @cached_property
    def seconds(self) -> NDArray[np.float64]:
        """(T,) times of the frames."""
        k = np.arange(self.frames, dtype=np.float64)
        cubic = (LONGEST_S / self.hop_s - k[-1]) / k[-1] ** 3
        return np.asarray(self.hop_s * (k + cubic * k**3))

    @cached_property
    def edges_hz(self) -> NDArray[np.float64]:
        """(M + 2,) lower edge of the first band, centres of all bands, upper edge of the last band."""
        low, high = np.log1p(self.f_min / self.corner_hz), np.log1p(self.f_max / self.corner_hz)
        return np.asarray(np.expm1(np.linspace(low, high, self.bands + 2)) * self.corner_hz)

    def to_config(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_config(cls, numbers: Any) -> DecoderShape:
        """The shape described by a section of config.json; raises ValueError naming a missing or invalid field."""
        if not isinstance(numbers, dict):
            raise ValueError("sound is not an object")
        names = {field.name: field.type for field in fields(cls)}
        if set(numbers) != set(names):
            raise ValueError(f"sound keys differ: {', '.join(sorted(set(numbers) ^ set(names)))[:200]}")
        typed: dict[str, Any] = {}
        for name, value in numbers.items():
            if names[name] == "float":
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                    raise ValueError(f"sound: {name} is not a number")
                typed[name] = float(value)
                continue
            is_list = names[name] != "int"
            values = value if is_list and isinstance(value, (list, tuple)) else (value,)
            if not all(type(number) is int and 0 <= number <= 4096 for number in values):
                raise ValueError(f"sound: {name} is out of range")
            typed[name] = tuple(values) if is_list else value
        shape = cls(**typed)
        shape._check()
        return shape

    def _check(self) -> None:
        step = 2 ** len(self.channels)
        valid = {
            "channels": 1 <= len(self.channels) <= 6 and min(self.channels) >= 1,
            "bands": self.bands >= 16 and self.bands % step == 0 and self.bands <= 512,
            "frames": self.frames >= 16 and self.frames % step == 0 and self.frames <= 512,
            "f_min, f_max or corner_hz": 1 <= self.f_min < self.f_max < RATE / 2 and 1 <= self.corner_hz <= RATE,
            "hop_s": 0.0005 <= self.hop_s <= 1.0 and self.hop_s * (self.frames - 1) < LONGEST_S,
            "floor_db": -160 <= self.floor_db <= -20,
            "z_dim or hidden": self.z_dim >= 1 and self.hidden >= 1,
        }
        invalid = [name for name, ok in valid.items() if not ok]
        if invalid:
            raise ValueError(f"sound: {invalid[0]} is out of range")

    def tensors(self, *, classes: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor in sound.safetensors, for a model with this many classes."""
        step = 2 ** len(self.channels)
        start = self.channels[0] * (self.bands // step) * (self.frames // step)
        shapes: dict[str, tuple[int, ...]] = {
            "dense.0.weight": (self.hidden, self.z_dim + 2),
            "dense.0.bias": (self.hidden,),
            "dense.2.weight": (start, self.hidden),
            "dense.2.bias": (start,),
            "line.weight": (N_CHARTS * self.bands * self.frames, self.z_dim + 2),
            "line.bias": (N_CHARTS * self.bands * self.frames,),
        }
        outputs = (*self.channels[1:], N_CHARTS)
        for stage, (before, after) in enumerate(zip(self.channels, outputs, strict=True)):
            shapes[f"stages.{stage}.weight"] = (before, after, 4, 4)
            shapes[f"stages.{stage}.bias"] = (after,)
        size = self.z_dim + 1
        shapes["prior.weights"] = (self.centres, max(1, classes))
        shapes["prior.means"] = (self.centres, size)
        shapes["prior.factors"] = (self.centres, size, size)
        return shapes
