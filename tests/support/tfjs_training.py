"""Trains a small autoencoder of Intellimixer's kind with torch, and writes it as TensorFlow.js models.

python -m tests.support.tfjs_training FOLDER_OF_SOUNDS OUT [SECONDS]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.support.tfjs_models import (
    Weights,
    decoder_layers,
    dense,
    encoder_layers,
    write_model,
)
from tests.support.tfjs_models import (
    functional as functional_model,
)
from tui_browser.dsp.stft import StftFrontEnd

CHANNELS = (24, 24, 12)
BETA = 2.0
"""Weight of the KL loss."""


class Encoder(nn.Module):
    """Pictures (B, 1, rows, frames) -> mu and log variance (B, Z), layer by layer as `encoder_layers`."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        a, b, c = CHANNELS
        self.conv_1, self.norm_1 = nn.Conv2d(1, a, 5, 2), nn.BatchNorm2d(a, eps=1e-3)
        self.conv_2, self.conv_3 = nn.Conv2d(a, b, 3, 2), nn.Conv2d(b, c, 3)
        self.dense, self.norm_2 = nn.Linear(64 * 16 * c, 30), nn.BatchNorm1d(30, eps=1e-3)
        self.mu, self.log_variance = nn.Linear(30, latent), nn.Linear(30, latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.norm_1(torch.relu(self.conv_1(functional.pad(x, (1, 2, 1, 2)))))
        x = torch.relu(self.conv_2(functional.pad(x, (0, 1, 0, 1))))
        x = torch.relu(self.conv_3(functional.pad(x, (1, 1, 1, 1))))
        x = functional.dropout(x.permute(0, 2, 3, 1).flatten(1), 0.2, self.training)
        x = self.norm_2(self.dense(x))
        return self.mu(x), self.log_variance(x).clamp(-8, 4)


class Decoder(nn.Module):
    """z (B, Z) -> pictures (B, 1, rows, frames), layer by layer as `decoder_layers`."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        a, b = CHANNELS[:2]
        self.a = a
        self.dense = nn.Linear(latent, 64 * 16 * a)
        self.up_1, self.norm_1 = nn.ConvTranspose2d(a, b, 3, 2), nn.BatchNorm2d(b, eps=1e-3)
        self.up_2, self.up_3 = nn.ConvTranspose2d(b, b, 3, 2), nn.ConvTranspose2d(b, 1, 3)

    def forward(self, z: Tensor) -> Tensor:
        x = torch.relu(self.dense(z)).reshape(-1, 64, 16, self.a).permute(0, 3, 1, 2)
        x = self.norm_1(torch.relu(self.up_1(x)[:, :, :128, :32]))
        x = torch.relu(self.up_2(x)[:, :, :256, :64])
        return torch.sigmoid(self.up_3(x)[:, :, 1:257, 1:65])


def keras_weights(module: nn.Module) -> Weights:
    """The weights of a module under Keras' names and in its order of axes."""
    weights: Weights = {}
    for name, part in module.named_children():
        values = {key: value.detach().numpy() for key, value in part.state_dict().items()}
        if isinstance(part, nn.Linear):
            weights[f"{name}/kernel"] = values["weight"].T
        elif isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            weights[f"{name}/kernel"] = values["weight"].transpose(2, 3, 1, 0)
        else:
            roles = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
            weights |= {f"{name}/{role}": values[key] for key, role in roles.items()}
            continue
        weights[f"{name}/bias"] = values["bias"]
    return weights


def load_pictures(folder: str, front_end: StftFrontEnd, *, most: int = 2000) -> Tensor:
    """(N, 1, rows, frames) pictures of the sounds below a folder, from their first loud sample on."""
    pictures = []
    for path in sorted(Path(folder).rglob("*"))[: 20 * most]:
        try:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True, frames=96_000)
        except (soundfile.LibsndfileError, OSError):
            continue
        sound = samples.mean(axis=1)
        loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=0.0))
        if len(loud):
            pictures.append(front_end.compute(soxr.resample(sound[loud[0] :], rate, front_end.sample_rate)))
        if len(pictures) == most:
            break
    return torch.from_numpy(np.stack(pictures)).unsqueeze(1)


def train(pictures: Tensor, *, latent: int, seconds: float, seed: int = 0) -> tuple[Encoder, Decoder]:
    """An encoder and a decoder, trained for this time."""
    torch.manual_seed(seed)
    encoder, decoder = Encoder(latent), Decoder(latent)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
    end, step = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        batch = pictures[torch.randint(len(pictures), (32,))]
        mu, log_variance = encoder(batch)
        made = decoder(mu + torch.randn_like(mu) * (0.5 * log_variance).exp())
        error = (made - batch).square().sum(dim=(1, 2, 3)).mean()
        divergence = 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        optimiser.zero_grad()
        (error + BETA * divergence).backward()
        optimiser.step()
        step += 1
        if step % 50 == 0:
            print(f"step {step}: error {error:.0f}, divergence {divergence:.1f}", flush=True)  # noqa: T201
    return encoder.eval(), decoder.eval()


def export(encoder: Encoder, decoder: Decoder, out: Path, *, latent: int) -> None:
    """Write `out`/encoder_model and `out`/decoder_model."""
    heads = [*encoder_layers(latent=latent, channels=CHANNELS), dense("log_variance", latent)]
    model = functional_model(heads, outputs=["log_variance", "mu"])
    write_model(out / "encoder_model", model, keras_weights(encoder), shards=1)
    layers = decoder_layers(latent=latent, channels=CHANNELS[:2])
    write_model(out / "decoder_model", functional_model(layers), keras_weights(decoder), shards=1)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    sounds, destination, *more = sys.argv[1:]
    trained = train(load_pictures(sounds, StftFrontEnd()), latent=4, seconds=float(more[0]) if more else 300.0)
    export(*trained, Path(destination), latent=4)
