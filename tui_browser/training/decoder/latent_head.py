"""The latent head, trained together with the decoder."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tui_browser.model.decoder_network import DecoderNetwork
from tui_browser.model.decoder_shape import DecoderShape


class LatentHead(nn.Module):
    """Latent inputs (B, H) -> mean and log variance of z (B, Z); see `EncoderShape.z_wide`."""

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

    def forward(self, latent_inputs: Tensor) -> tuple[Tensor, Tensor]:
        x = (latent_inputs - self.centre) * self.scale
        return self.to_z(x), self.to_log_variance(x).clamp(-10, 3)

    @torch.no_grad()
    def initialise_by_pca(self, latent_inputs: Tensor, *, mel_size: int) -> None:
        """Make z the whitened principal components of the log-mels, the first `mel_size` inputs."""
        self.centre.copy_(latent_inputs.mean(dim=0))
        self.scale.copy_(1.0 / (latent_inputs.std(dim=0) + 0.05))
        self.scale[:mel_size] = 1.0
        x = (latent_inputs - self.centre)[:, :mel_size]
        rank = min(self.to_z.out_features + 16, *x.shape)
        _, singular_values, basis = torch.pca_lowrank(x, q=rank, center=False, niter=4)
        count = min(self.to_z.out_features, rank)
        self.to_z.weight.zero_()
        scaled = basis[:, :count] / (singular_values[:count] / len(x) ** 0.5 + 1e-3)
        self.to_z.weight[:count, :mel_size] = scaled.T
        self.to_z.bias.zero_()

    @torch.no_grad()
    def load_folded(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over an encoder's `to_z` and `to_log_variance`, the inverse of `folded`."""
        self.centre.zero_()
        self.scale.fill_(1.0)
        for name, layer in (("to_z", self.to_z), ("to_log_variance", self.to_log_variance)):
            layer.weight.copy_(tensors[f"{name}.weight"])
            layer.bias.copy_(tensors[f"{name}.bias"])

    @torch.no_grad()
    def folded(self) -> dict[str, Tensor]:
        """The tensors of the encoder's `to_z` and `to_log_variance`, with the normalisation of the inputs folded in."""
        tensors = {}
        for name, layer in (("to_z", self.to_z), ("to_log_variance", self.to_log_variance)):
            tensors[f"{name}.weight"] = layer.weight * self.scale
            tensors[f"{name}.bias"] = layer.bias - tensors[f"{name}.weight"] @ self.centre
        return tensors


class LatentHeadAndDecoder(nn.Module):
    """The two networks that are trained together."""

    def __init__(self, shape: DecoderShape, *, latent_inputs: int) -> None:
        super().__init__()
        self.head, self.decoder = LatentHead(latent_inputs, shape.z_dim), DecoderNetwork(shape)
