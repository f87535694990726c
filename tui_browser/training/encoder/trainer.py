"""Training of the encoder: its recipe, its losses, and what the averaged network says of pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.dsp.mel import FrontEnd
from tui_browser.errors import BundleError
from tui_browser.model.encoder_network import EncoderNetwork, MelDecoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import CLASSES, FloatArray
from tui_browser.training.checkpoint import module_state, read_checkpoint
from tui_browser.training.encoder import losses
from tui_browser.training.encoder.mel_augmentation import augment_mels
from tui_browser.training.encoder.sampler import OTHER
from tui_browser.training.learner import Hyperparameters, TrainingRun


@dataclass(frozen=True, slots=True)
class EncoderHyperparameters(Hyperparameters):
    """The numbers of a run; two views of each clip make a batch."""

    smoothing: float = 0.05
    contrast: float = 1.0
    contrast_temperature: float = 0.1
    view: float = 0.2
    view_temperature: float = 0.2
    vae: float = 1.0
    vae_share: float = 0.25
    """Part of a step's clips that z is learned from."""
    spread: float = 0.15
    beta: float = 1.0
    clean: float = 0.15
    """Share of pictures that are not varied any further."""
    mixing: float = 0.5
    """Share of steps whose features are mixed for the class head."""


class BatchSource(Protocol):
    """What a run draws its batches from."""

    rng: np.random.Generator

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(2 `count`, M, T) pictures, first views before second ones, and (`count`,) labels."""


class EncoderTrainer(TrainingRun[EncoderNetwork]):
    """A run of the encoder, with the decoder that its z is learned by."""

    recipe: EncoderHyperparameters

    def __init__(
        self,
        shape: EncoderShape,
        recipe: EncoderHyperparameters,
        *,
        front_end: FrontEnd,
        kinds: Sequence[int] = range(len(CLASSES)),
        lone: int | None = OTHER,
        device: str = "cpu",
    ) -> None:
        """`kinds` tells for each label which of `CLASSES` it is varied like; `lone` is a label that is no class."""
        torch.manual_seed(recipe.seed)
        network = EncoderNetwork(shape).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.decoder = MelDecoder(shape).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        values = [*network.parameters(), *self.decoder.parameters()]
        groups = [
            {"params": [p for p in values if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": [p for p in values if p.ndim <= 1], "weight_decay": 0.0},
        ]
        super().__init__(network, recipe, shape=shape.to_config(), groups=groups, device=device)
        self.front_end, self.lone = front_end, lone
        self.kinds = torch.tensor(list(kinds), dtype=torch.int64)
        self.times = torch.from_numpy((front_end.positions / front_end.sample_rate).astype(np.float32))

    def run(
        self,
        sampler: BatchSource,
        *,
        checkpoint: str | None,
        every_s: float = 60.0,
        tell: Callable[[str], None] = print,
    ) -> None:
        """Step until the end of the recipe; writes `checkpoint` every `every_s` seconds and at the end."""
        self.go(
            lambda: self._step(*sampler.draw(self.recipe.batch)),
            save=(lambda: self.save(checkpoint, sampler.rng)) if checkpoint else None,
            every_s=every_s,
            tell=tell,
        )

    def _step(self, pictures: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
        recipe = self.recipe
        self.live.train()
        truth = torch.from_numpy(labels)
        x = augment_mels(
            torch.from_numpy(pictures),
            self.kinds[truth].repeat(2),
            seconds=self.times,
            floor_db=self.front_end.floor_db,
            clean=recipe.clean,
            rng=self.rng,
        ).to(self.device)
        truth = truth.to(self.device)
        features, heard = self.live.encode(x)
        embedding = self.live.embed(features)
        parts: dict[str, Tensor] = {"class": self._class_loss(features, embedding, truth)}
        parts["contrast"] = recipe.contrast * losses.supervised_contrastive_loss(
            embedding, truth, temperature=recipe.contrast_temperature, lone=self.lone
        )
        parts["view"] = recipe.view * losses.view_contrastive_loss(embedding, temperature=recipe.view_temperature)
        parts |= self._latent_losses(x, features, heard)
        return self.learn(parts)

    def _latent_losses(self, x: Tensor, features: Tensor, heard: Tensor) -> dict[str, Tensor]:
        """What z learns from: the VAE's bound on a part of the clips (x (2B, M, T), heard (2B, H) for z)."""
        recipe = self.recipe
        if not recipe.vae:
            return {}
        count = max(1, round(recipe.vae_share * (len(x) // 2)))
        some = heard[:count]
        mean, log_variance = self.live.to_z(some), self.live.to_log_variance(some).clamp(-8, 4)
        noise = torch.randn(mean.shape, generator=self.rng).to(self.device)
        again = self.decoder(mean + noise * (0.5 * log_variance).exp())
        loss = losses.vae_loss(x[:count], again, mean, log_variance, spread=recipe.spread, beta=recipe.beta)
        return {"vae": recipe.vae * loss}

    def _class_loss(self, features: Tensor, embedding: Tensor, truth: Tensor) -> Tensor:
        network, recipe = self.live, self.recipe
        if network.to_classes is None:
            return torch.zeros((), device=self.device)
        both = truth.repeat(2)
        if float(torch.rand((), generator=self.rng)) >= recipe.mixing:
            logits = network.to_classes(embedding)
            return functional.cross_entropy(logits, both, label_smoothing=recipe.smoothing)
        order = torch.randperm(len(both), generator=self.rng).to(self.device)
        share = torch.rand(len(both), 1, generator=self.rng).to(self.device)
        mixed = features * share + features[order] * (1 - share)
        logits = network.to_classes(network.embed(mixed))
        each = share[:, 0] * functional.cross_entropy(
            logits, both, label_smoothing=recipe.smoothing, reduction="none"
        ) + (1 - share[:, 0]) * functional.cross_entropy(
            logits, both[order], label_smoothing=recipe.smoothing, reduction="none"
        )
        return each.mean()

    def _modules(self) -> dict[str, nn.Module]:
        return {**super()._modules(), "decoder": self.decoder}

    def start_from(self, path: str) -> None:
        """Begin with the weights of another run's checkpoint, where names and sizes agree."""
        found = read_checkpoint(path)
        if found is None:
            raise BundleError("there is no such checkpoint", path=path)
        for module, name in ((self.live, "average"), (self.average, "average"), (self.decoder, "decoder")):
            load_matching(module, module_state(found[0], name))


def load_matching(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a module those of these tensors that have the name and size of one of its own."""
    mine = module.state_dict()
    fitting = {key: value for key, value in tensors.items() if key in mine and mine[key].shape == value.shape}
    module.load_state_dict({**mine, **fitting})


@torch.inference_mode()
def run_encoder(network: EncoderNetwork, pictures: FloatArray, *, batch: int = 128) -> dict[str, FloatArray]:
    """Embedding, z, features-free logits and places of (N, M, T) pictures, by name."""
    network.eval()
    device = network.to_z.weight.device
    out: dict[str, list[FloatArray]] = {"embedding": [], "z": [], "logits": [], "xy": []}
    for i in range(0, len(pictures), batch):
        features, heard = network.encode(torch.from_numpy(pictures[i : i + batch]).to(device))
        embedding = network.embed(features)
        out["embedding"].append(embedding.cpu().numpy())
        out["z"].append(network.to_z(heard).cpu().numpy())
        if network.to_classes is not None:
            out["logits"].append(network.to_classes(embedding).cpu().numpy())
        if network.to_map is not None:
            out["xy"].append(network.place(embedding).cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in out.items() if parts}
