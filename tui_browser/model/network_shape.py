"""The numbers that a network is built from, and the tensors that follow from them; no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """The numbers that a network is built from."""

    n_mels: int
    frames: int
    channels: tuple[int, ...] = (16, 32, 64, 128)
    """Of each stage; every stage halves the picture both ways."""
    blocks: tuple[int, ...] = (0, 1, 1, 1)
    """Residual convolutions of each stage."""
    features: int = 256
    dim: int = 64
    z_dim: int = 64
    classes: int = 11
    """0 for a model without classes."""
    map_hidden: int = 0
    """Width of the map head; 0 for a model without one."""
    z_wide: int = 0
    """1 where z is made from the picture and what the convolutions make of it, 0 where from the features: those are
    for telling sounds apart, and have forgotten much of how a sound sounds."""

    def to_config(self) -> dict[str, Any]:
        """The numbers by name, for config.json."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_config(cls, numbers: dict[str, Any]) -> EncoderShape:
        """The shape of a config.json; raises ValueError that names what is missing or absurd."""
        names = {field.name for field in fields(cls)}
        numbers = {"z_wide": 0} | numbers
        if set(numbers) != names:
            raise ValueError(f"network keys differ: {', '.join(sorted(set(numbers) ^ names))}")
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, (list, tuple)) else value for name, value in numbers.items()
        }
        for name, value in plain.items():
            many = name in ("channels", "blocks")
            if isinstance(value, tuple) != many:
                raise ValueError(f"network: {name} is not {'a list' if many else 'a number'}")
            for number in value if many else (value,):
                if type(number) is not int or not 0 <= number <= 4096:
                    raise ValueError(f"network: {name} is out of range")
        shape = cls(**plain)
        stages = len(shape.channels)
        if not 1 <= stages <= 8 or len(shape.blocks) != stages or sum(shape.blocks) > 64:
            raise ValueError("network: channels and blocks do not fit each other")
        if min(*shape.channels, shape.features, shape.dim, shape.z_dim, shape.n_mels, shape.frames) < 1:
            raise ValueError("network: a size is zero")
        if shape.z_wide > 1:
            raise ValueError("network: z_wide is out of range")
        return shape

    @property
    def spread(self) -> int:
        """Numbers that the convolutions make of a picture."""
        step = 2 ** len(self.channels)
        return int(self.channels[-1] * -(-self.n_mels // step) * -(-self.frames // step))

    @property
    def heard(self) -> int:
        """Numbers that z is made from."""
        return self.n_mels * self.frames + self.spread if self.z_wide else self.features

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor that weights.safetensors holds for such a network."""
        found: dict[str, tuple[int, ...]] = {}

        def conv(name: str, before: int, after: int, size: int) -> None:
            found[f"{name}.0.weight"] = (after, before, size, size)
            for part in ("weight", "bias", "running_mean", "running_var"):
                found[f"{name}.1.{part}"] = (after,)

        def dense(name: str, before: int, after: int) -> None:
            found[f"{name}.weight"], found[f"{name}.bias"] = (after, before), (after,)

        before, rows, columns, layer = 1, self.n_mels, self.frames, 0
        for stage, (channels, blocks) in enumerate(zip(self.channels, self.blocks, strict=True)):
            conv(f"trunk.stages.{layer}", before, channels, 5 if stage == 0 else 3)
            for block in range(blocks):
                conv(f"trunk.stages.{layer + 2 + block}.conv", channels, channels, 3)
            before, rows, columns, layer = channels, (rows + 1) // 2, (columns + 1) // 2, layer + 2 + blocks
        dense("trunk.dense", before * rows * columns, self.features)
        dense("to_embedding", self.features, self.dim)
        dense("to_z", self.heard, self.z_dim)
        dense("to_log_variance", self.heard, self.z_dim)
        if self.classes:
            dense("to_classes", self.dim, self.classes)
        if self.map_hidden:
            dense("to_map.0", self.dim, self.map_hidden)
            dense("to_map.2", self.map_hidden, self.map_hidden)
            dense("to_map.4", self.map_hidden, 2)
        return found
