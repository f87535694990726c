"""Training of the encoder: hyperparameters, losses, inference in batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.model.encoder_network import EncoderNetwork, MelDecoder
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.training.encoder import losses
from tui_browser.training.encoder.mel_augmentation import augment_mels
from tui_browser.training.labels import LABELS, UNKNOWN
from tui_browser.training.training_run import Hyperparameters, TrainingRun


@dataclass(frozen=True, slots=True)
class EncoderHyperparameters(Hyperparameters):
    """Hyperparameters of a run; checkpoints store them under these names. A batch holds two views of each clip."""

    smoothing: float = 0.05
    """Label smoothing."""
    contrast: float = 1.0
    """Weight of the supervised contrastive loss."""
    contrast_temperature: float = 0.1
    view: float = 0.2
    """Weight of the view contrastive loss."""
    view_temperature: float = 0.2
    vae: float = 1.0
    """Weight of the VAE loss."""
    vae_share: float = 0.25
    """Share of the clips of a batch that the VAE is trained on."""
    spread: float = 0.15
    """Standard deviation of the VAE's reconstruction noise."""
    beta: float = 1.0
    """Weight of the VAE's KL divergence."""
    clean: float = 0.15
    """Share of log-mels that are not augmented."""
    mixing: float = 0.5
    """Share of steps with manifold mixup of the features for the class head."""
    distil: float = 1.0
    """Weight of what the teachers of the run say, if it has any."""
    distil_temperature: float = 2.0
    keep_z: float = 1.0
    """Weight of the squared distance to the z of the network that the run started from, in place of the VAE loss."""


_NO_CLASS = -100
"""What cross-entropy passes over."""


class BatchSource(Protocol):
    """Source of training batches."""

    rng: np.random.Generator

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Log-mels (2 `count`, M, T), first views before second views, and labels (`count`,)."""


class EncoderTrainer(TrainingRun[EncoderNetwork]):
    """A run of the encoder, together with the mel decoder of its VAE."""

    recipe: EncoderHyperparameters

    def __init__(
        self,
        shape: EncoderShape,
        recipe: EncoderHyperparameters,
        *,
        front_end: MelFrontEnd,
        kinds: Sequence[int] = range(len(LABELS)),
        lone: int | None = UNKNOWN,
        device: str = "cpu",
    ) -> None:
        """`kinds` maps each label to one of `LABELS`, which limits augmentation; see `losses` for `lone`."""
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
        self._before: EncoderNetwork | None = None
        self._teachers: list[EncoderNetwork] = []
        self.times = torch.from_numpy((front_end.positions / front_end.sample_rate).astype(np.float32))

    def run(
        self,
        sampler: BatchSource,
        *,
        checkpoint: str | None,
        every_s: float = 60.0,
        log: Callable[[str], None] = print,
    ) -> None:
        """Train until the run ends; writes `checkpoint` every `every_s` seconds and at the end."""
        self.train(
            lambda: self._train_step(*sampler.draw(self.recipe.batch)),
            save=(lambda: self.save(checkpoint, sampler.rng)) if checkpoint else None,
            every_s=every_s,
            log=log,
        )

    def augmented(self, mels: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Log-mels (2B, M, T) as the network is trained on them, and the labels (B,)."""
        truth = torch.from_numpy(labels)
        x = augment_mels(
            torch.from_numpy(mels),
            self.kinds[truth].repeat(2),
            seconds=self.times,
            floor_db=self.front_end.floor_db,
            clean=self.recipe.clean,
            rng=self.rng,
        )
        return x.to(self.device), truth.to(self.device)

    def _train_step(self, mels: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
        recipe = self.recipe
        self.network.train()
        x, truth = self.augmented(mels, labels)
        features, latent_inputs = self.network.encode(x)
        embedding = self.network.embed(features)
        parts: dict[str, Tensor] = {"class": self._class_loss(features, embedding, truth)}
        parts["contrast"] = recipe.contrast * losses.supervised_contrastive_loss(
            embedding, truth, temperature=recipe.contrast_temperature, lone=self.lone
        )
        parts["view"] = recipe.view * losses.view_contrastive_loss(embedding, temperature=recipe.view_temperature)
        if self._teachers:
            parts["distil"] = recipe.distil * self._distance_to_teachers(x, embedding)
        if self._before is not None:
            parts["z"] = recipe.keep_z * self._distance_of_z(x, latent_inputs)
        else:
            parts |= self._latent_losses(x, features, latent_inputs)
        return self.optimize(parts)

    def learn_from(self, teachers: Sequence[EncoderNetwork]) -> None:
        """Take networks with the same classes as teachers."""
        self._teachers = [teacher.eval().to(self.device).requires_grad_(False) for teacher in teachers]

    def _distance_to_teachers(self, x: Tensor, embedding: Tensor) -> Tensor:
        """What `losses.distillation_loss` says of log-mels x (2B, M, T)."""
        assert self.network.to_classes is not None
        said = []
        with torch.no_grad():
            for teacher in self._teachers:
                theirs = teacher.embed(teacher.encode(x)[0])
                assert teacher.to_classes is not None
                said.append((theirs, teacher.to_classes(theirs)))
        logits = self.network.to_classes(embedding)
        return losses.distillation_loss(embedding, logits, said, temperature=self.recipe.distil_temperature)

    def _distance_of_z(self, x: Tensor, latent_inputs: Tensor) -> Tensor:
        """Mean squared distance of z to that of the network that the run started from, on log-mels x (2B, M, T)."""
        assert self._before is not None
        with torch.no_grad():
            wanted = self._before.to_z(self._before.encode(x)[1])
        distance: Tensor = self.network.to_z(latent_inputs) - wanted
        return distance.square().mean()

    def _latent_losses(self, x: Tensor, features: Tensor, latent_inputs: Tensor) -> dict[str, Tensor]:
        """Losses of the latent head: the VAE loss on a part of the log-mels x (2B, M, T)."""
        recipe = self.recipe
        if not recipe.vae:
            return {}
        count = max(1, round(recipe.vae_share * (len(x) // 2)))
        inputs = latent_inputs[:count]
        mean, log_variance = self.network.to_z(inputs), self.network.to_log_variance(inputs).clamp(-8, 4)
        noise = torch.randn(mean.shape, generator=self.rng).to(self.device)
        reconstruction = self.decoder(mean + noise * (0.5 * log_variance).exp())
        loss = losses.vae_loss(x[:count], reconstruction, mean, log_variance, sigma=recipe.spread, beta=recipe.beta)
        return {"vae": recipe.vae * loss}

    def _class_loss(self, features: Tensor, embedding: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy, in a share of the steps with manifold mixup (Verma et al. 2019)."""
        network, recipe = self.network, self.recipe
        if network.to_classes is None:
            return torch.zeros((), device=self.device)
        labels = truth.repeat(2)
        labels = torch.where(labels < network.to_classes.out_features, labels, _NO_CLASS)
        if float(torch.rand((), generator=self.rng)) >= recipe.mixing:
            logits = network.to_classes(embedding)
            return functional.cross_entropy(logits, labels, label_smoothing=recipe.smoothing)
        order = torch.randperm(len(labels), generator=self.rng).to(self.device)
        share = torch.rand(len(labels), 1, generator=self.rng).to(self.device)
        mixed = features * share + features[order] * (1 - share)
        logits = network.to_classes(network.embed(mixed))
        loss = share[:, 0] * functional.cross_entropy(
            logits, labels, label_smoothing=recipe.smoothing, reduction="none"
        ) + (1 - share[:, 0]) * functional.cross_entropy(
            logits, labels[order], label_smoothing=recipe.smoothing, reduction="none"
        )
        return loss.mean()

    def _modules(self) -> dict[str, nn.Module]:
        return {**super()._modules(), "decoder": self.decoder}

    def start_from(self, network: EncoderNetwork) -> None:
        """Begin with weights of `network` where names and shapes match."""
        for module in (self.network, self.ema):
            load_matching(module, network.state_dict())

    def keep_z_of(self, network: EncoderNetwork) -> None:
        """Learn the z of `network` in place of a new one, so that its decoder stays."""
        self._before = network.eval().to(self.device).requires_grad_(False)


def load_matching(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Load those tensors into a module whose name and shape match."""
    state = module.state_dict()
    matching = {key: value for key, value in tensors.items() if key in state and state[key].shape == value.shape}
    module.load_state_dict({**state, **matching})


@torch.inference_mode()
def run_encoder(network: EncoderNetwork, mels: FloatArray, *, batch: int = 128) -> dict[str, FloatArray]:
    """Outputs for log-mels (N, M, T), by name: embedding, z, and if the network has them, logits and xy."""
    network.eval()
    device = network.to_z.weight.device
    out: dict[str, list[FloatArray]] = {"embedding": [], "z": [], "logits": [], "xy": []}
    for i in range(0, len(mels), batch):
        features, latent_inputs = network.encode(torch.from_numpy(mels[i : i + batch]).to(device))
        embedding = network.embed(features)
        out["embedding"].append(embedding.cpu().numpy())
        out["z"].append(network.to_z(latent_inputs).cpu().numpy())
        if network.to_classes is not None:
            out["logits"].append(network.to_classes(embedding).cpu().numpy())
        if network.to_map is not None:
            out["xy"].append(network.place(embedding).cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in out.items() if parts}
