"""The encoder's z as it is learned beside the decoder: from what is heard of a sound to a mean and a spread."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tui_browser.model.decoder_network import DecoderNetwork
from tui_browser.model.decoder_shape import DecoderShape


class LatentHead(nn.Module):
    """What is heard of a sound (B, H) -> mean and log variance of z (B, Z)."""

    centre: Tensor
    scale: Tensor

    def __init__(self, size: int, z_dim: int) -> None:
        super().__init__()
        self.to_z = nn.Linear(size, z_dim)
        self.to_log_variance = nn.Linear(size, z_dim)
        nn.init.constant_(self.to_log_variance.bias, -4.0)
        nn.init.zeros_(self.to_log_variance.weight)
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))

    def forward(self, heard: Tensor) -> tuple[Tensor, Tensor]:
        x = (heard - self.centre) * self.scale
        return self.to_z(x), self.to_log_variance(x).clamp(-10, 3)

    @torch.no_grad()
    def start_from(self, heard: Tensor, *, pictures: int) -> None:
        """Begin with the principal components of the pictures, the first `pictures` numbers, at a spread of 1."""
        self.centre.copy_(heard.mean(dim=0))
        self.scale.copy_(1.0 / (heard.std(dim=0) + 0.05))
        self.scale[:pictures] = 1.0
        x = (heard - self.centre)[:, :pictures]
        most = min(self.to_z.out_features + 16, *x.shape)
        _, spread, basis = torch.pca_lowrank(x, q=most, center=False, niter=4)
        count = min(self.to_z.out_features, most)
        self.to_z.weight.zero_()
        scaled = basis[:, :count] / (spread[:count] / len(x) ** 0.5 + 1e-3)
        self.to_z.weight[:count, :pictures] = scaled.T
        self.to_z.bias.zero_()

    @torch.no_grad()
    def folded(self) -> dict[str, Tensor]:
        """The tensors of a bundle's `to_z` and `to_log_variance`, which take what is heard as it is."""
        found = {}
        for name, layer in (("to_z", self.to_z), ("to_log_variance", self.to_log_variance)):
            found[f"{name}.weight"] = layer.weight * self.scale
            found[f"{name}.bias"] = layer.bias - found[f"{name}.weight"] @ self.centre
        return found


class LatentHeadAndDecoder(nn.Module):
    """What learns together."""

    def __init__(self, shape: DecoderShape, *, heard: int) -> None:
        super().__init__()
        self.head, self.decoder = LatentHead(heard, shape.z_dim), DecoderNetwork(shape)
