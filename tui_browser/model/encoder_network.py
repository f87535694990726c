"""The encoder: a convolutional VAE with an embedding head and a latent head.

    log-mel (B, M, T) -> trunk -> features (B, F) -> embedding (B, D), unit length -> class logits, map position
                                                  -> z (B, Z): Gaussian mean and log variance

Bundles store the batch normalisation, so that training can continue; for inference it is folded into the convolutions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch  # 1.6 s: imported by training, the encoder process and the generator process
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.errors import BundleError
from tui_browser.model.encoder_shape import EncoderShape

if TYPE_CHECKING:
    from tui_browser.model.bundle import Bundle


class ResidualConv(nn.Module):
    """x + relu(norm(conv(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = _conv(channels, channels, size=3, stride=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.relu_(self.conv(x))


class Trunk(nn.Module):
    """(B, M, T) -> (B, F): strided convolutions, then a dense layer."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before, rows, columns = 1, shape.n_mels, shape.frames
        for stage, (channels, blocks) in enumerate(zip(shape.channels, shape.blocks, strict=True)):
            layers += [_conv(before, channels, size=5 if stage == 0 else 3, stride=2), nn.ReLU(inplace=True)]
            layers += [ResidualConv(channels) for _ in range(blocks)]
            before, rows, columns = channels, (rows + 1) // 2, (columns + 1) // 2
        self.stages = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(before * rows * columns, shape.features)

    def conv_features(self, mel: Tensor) -> Tensor:
        """(B, M, T) -> (B, S): flattened output of the convolutions."""
        x = mel.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        return self.stages(x).contiguous().flatten(1)  # type: ignore[no-any-return]  # a module's call is Any

    def features(self, conv_features: Tensor) -> Tensor:
        """(B, S) -> (B, F)."""
        return torch.relu(self.dense(self.dropout(conv_features)))

    def forward(self, mel: Tensor) -> Tensor:
        return self.features(self.conv_features(mel))


class EncoderNetwork(nn.Module):
    """Trunk with embedding, latent, class and map heads."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.trunk = Trunk(shape)
        self.to_embedding = nn.Linear(shape.features, shape.dim)
        self.to_z = nn.Linear(shape.latent_inputs, shape.z_dim)
        self.to_log_variance = nn.Linear(shape.latent_inputs, shape.z_dim)
        self.to_classes = nn.Linear(shape.dim, shape.classes) if shape.classes else None
        self.to_map = (
            nn.Sequential(
                nn.Linear(shape.dim, shape.map_hidden),
                nn.ReLU(),
                nn.Linear(shape.map_hidden, shape.map_hidden),
                nn.ReLU(),
                nn.Linear(shape.map_hidden, 2),
            )
            if shape.map_hidden
            else None
        )

    def encode(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """(B, M, T) -> features (B, F) and inputs of the latent head (B, H); see `EncoderShape.z_wide`."""
        conv_features = self.trunk.conv_features(mel)
        features = self.trunk.features(conv_features)
        return features, torch.cat([mel.flatten(1), conv_features], dim=1) if self.shape.z_wide else features

    def embed(self, features: Tensor) -> Tensor:
        """(B, F) -> (B, D), unit length."""
        return functional.normalize(self.to_embedding(features), dim=1)

    def place(self, embedding: Tensor) -> Tensor:
        """Map positions (B, 2) in [0, 1] of embeddings (B, D); raises BundleError without a map head."""
        if self.to_map is None:
            raise BundleError("this model has no map head")
        raw: Tensor = self.to_map(embedding).clamp(-100.0, 100.0)
        squashed = raw * (1.0 + raw.square().square()).pow(-0.25)  # nearly linear where |raw| < 0.8
        return (0.5 + 0.5 * squashed).clamp(0.0, 1.0)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """(B, M, T) -> embedding (B, D), z (B, Z), probabilities (B, C) or None, xy (B, 2) or None."""
        features, latent_inputs = self.encode(mel)
        embedding = self.embed(features)
        probabilities = None if self.to_classes is None else torch.softmax(self.to_classes(embedding), dim=1)
        xy = None if self.to_map is None else self.place(embedding)
        return embedding, self.to_z(latent_inputs), probabilities, xy


class MelDecoder(nn.Module):
    """z (B, Z) -> log-mel (B, M, T): the VAE's decoder, used only to train the encoder."""

    def __init__(self, shape: EncoderShape) -> None:
        super().__init__()
        halvings = len(shape.channels)
        self.rows, self.columns = -(-shape.n_mels // 2**halvings), -(-shape.frames // 2**halvings)
        self.channels, self.size = shape.channels[-1], (shape.n_mels, shape.frames)
        self.dense = nn.Linear(shape.z_dim, self.channels * self.rows * self.columns)
        layers: list[nn.Module] = []
        for before, after in zip(shape.channels[::-1], (*shape.channels[-2::-1], 1), strict=True):
            layers += [nn.ReLU(inplace=True), nn.ConvTranspose2d(before, after, 4, 2, 1)]
        self.stages = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        x = self.dense(z).unflatten(1, (self.channels, self.rows, self.columns))
        x = self.stages(x.contiguous(memory_format=torch.channels_last))
        return torch.sigmoid(x[:, 0, : self.size[0], : self.size[1]])


def _conv(before: int, after: int, *, size: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(after),
    )


def bundle_tensors(network: EncoderNetwork) -> dict[str, Tensor]:
    """The tensors that a bundle stores: weights and running statistics, without batch counters."""
    return {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def fold_batch_norm(network: EncoderNetwork) -> EncoderNetwork:
    """Fold batch normalisation into the convolutions, in place, for inference; returns the network."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for module in network.modules():
        if isinstance(module, nn.Sequential) and len(module) == 2 and isinstance(module[1], nn.BatchNorm2d):
            conv = module[0]
            assert isinstance(conv, nn.Conv2d)
            module[0], module[1] = fuse_conv_bn_eval(conv.eval(), module[1].eval()), nn.Identity()
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]  # torch's overloads lack it


def load_encoder(bundle: Bundle) -> EncoderNetwork:
    """The bundle's encoder for inference; raises BundleError on wrong shapes or values that are not finite."""
    return fold_batch_norm(load_trainable_encoder(bundle))


def load_trainable_encoder(bundle: Bundle) -> EncoderNetwork:
    """The bundle's encoder with batch normalisation, for further training; raises BundleError as `load_encoder`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = bundle.weights_path
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BundleError("the model's weights cannot be read", path=path, hint=str(error)) from error
    network = EncoderNetwork(EncoderShape.from_config(bundle.config["network"]))
    expected = {name: tuple(value.shape) for name, value in bundle_tensors(network).items()}
    actual = {name: tuple(value.shape) for name, value in weights.items()}
    for name in sorted(expected.keys() | actual.keys()):
        if expected.get(name) != actual.get(name):
            raise BundleError(
                f"the model's weights do not fit its config: {name} is {actual.get(name)}, not {expected.get(name)}",
                path=path,
            )
    for name, value in weights.items():
        if not bool(torch.isfinite(value).all()):
            raise BundleError(f"the model's weights hold values that are not finite: {name}", path=path)
    network.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
    return network
