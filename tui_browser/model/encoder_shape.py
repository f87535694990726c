"""Hyperparameters of the encoder and the tensor shapes that follow from them; no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Hyperparameters of an encoder; config.json holds them under "network"."""

    n_mels: int
    frames: int
    channels: tuple[int, ...] = (16, 32, 64, 128)
    """Of each stage; a stage halves bands and frames."""
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
    """Inputs of the latent head: 0 for the features, 1 for the log-mel and the output of the convolutions. Features
    tell sounds apart and lack much of what is needed to reconstruct a sound."""

    def to_config(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_config(cls, numbers: dict[str, Any]) -> EncoderShape:
        """The shape described by a section of config.json; raises ValueError naming a missing or invalid field."""
        names = {field.name for field in fields(cls)}
        numbers = {"z_wide": 0} | numbers
        if set(numbers) != names:
            raise ValueError(f"network keys differ: {', '.join(sorted(set(numbers) ^ names))}")
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, (list, tuple)) else value for name, value in numbers.items()
        }
        for name, value in plain.items():
            is_list = name in ("channels", "blocks")
            if isinstance(value, tuple) != is_list:
                raise ValueError(f"network: {name} is not {'a list' if is_list else 'a number'}")
            for number in value if is_list else (value,):
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
    def input_size(self) -> tuple[int, int]:
        """Bands and frames of the log-mel."""
        return self.n_mels, self.frames

    @property
    def conv_features(self) -> int:
        """Size of the flattened output of the convolutions."""
        step = 2 ** len(self.channels)
        return int(self.channels[-1] * -(-self.n_mels // step) * -(-self.frames // step))

    @property
    def latent_inputs(self) -> int:
        """Size of the inputs of the latent head."""
        return self.n_mels * self.frames + self.conv_features if self.z_wide else self.features

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor in weights.safetensors."""
        shapes: dict[str, tuple[int, ...]] = {}

        def conv(name: str, before: int, after: int, size: int) -> None:
            shapes[f"{name}.0.weight"] = (after, before, size, size)
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.1.{part}"] = (after,)

        def dense(name: str, before: int, after: int) -> None:
            shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (after, before), (after,)

        before, rows, columns, layer = 1, self.n_mels, self.frames, 0
        for stage, (channels, blocks) in enumerate(zip(self.channels, self.blocks, strict=True)):
            conv(f"trunk.stages.{layer}", before, channels, 5 if stage == 0 else 3)
            for block in range(blocks):
                conv(f"trunk.stages.{layer + 2 + block}.conv", channels, channels, 3)
            before, rows, columns, layer = channels, (rows + 1) // 2, (columns + 1) // 2, layer + 2 + blocks
        dense("trunk.dense", before * rows * columns, self.features)
        dense("to_embedding", self.features, self.dim)
        dense("to_z", self.latent_inputs, self.z_dim)
        dense("to_log_variance", self.latent_inputs, self.z_dim)
        if self.classes:
            dense("to_classes", self.dim, self.classes)
        if self.map_hidden:
            dense("to_map.0", self.dim, self.map_hidden)
            dense("to_map.2", self.map_hidden, self.map_hidden)
            dense("to_map.4", self.map_hidden, 2)
        return shapes
