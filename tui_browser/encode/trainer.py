"""One training run: steps, a moving average of the weights, checkpoints that a killed run goes on from."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.dsp.mel import FrontEnd
from tui_browser.encode import losses
from tui_browser.encode.checkpoint import (
    optimizer_tensors,
    part_of,
    read_checkpoint,
    restore_optimizer,
    write_checkpoint,
)
from tui_browser.encode.network import Decoder, Network
from tui_browser.encode.pictures import vary_pictures
from tui_browser.encode.sampler import OTHER
from tui_browser.encode.shape import Shape
from tui_browser.errors import BundleError
from tui_browser.records import CLASSES, FloatArray


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a run; they are kept in the bundle."""

    minutes: float = 20.0
    """Time for training steps alone; the learning rate falls along it. Unused where `steps` is set."""
    steps: int = 0
    batch: int = 64
    """Clips a step; two views of each."""
    rate: float = 2e-3
    decay: float = 0.02
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
    average: float = 0.998
    seed: int = 0


class Draws(Protocol):
    """What a run draws its batches from."""

    rng: np.random.Generator

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(2 `count`, M, T) pictures, first views before second ones, and (`count`,) labels."""


class Trainer:
    """Holds everything of a run that a checkpoint has to keep."""

    def __init__(
        self,
        shape: Shape,
        recipe: Recipe,
        *,
        front_end: FrontEnd,
        kinds: Sequence[int] = range(len(CLASSES)),
        lone: int | None = OTHER,
        device: str = "cpu",
    ) -> None:
        """`kinds` tells for each label which of `CLASSES` it is varied like; `lone` is one that is no class of sounds.

        Chance is always drawn on the CPU, so that a seed means the same everywhere.
        """
        torch.manual_seed(recipe.seed)
        self.recipe, self.front_end, self.device, self.lone = recipe, front_end, device, lone
        self.kinds = torch.tensor(list(kinds), dtype=torch.int64)
        self.network = Network(shape).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.decoder = Decoder(shape).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(self._groups(), lr=recipe.rate, betas=(0.9, 0.98))
        self.rng = torch.Generator().manual_seed(recipe.seed)
        self.step, self.seconds = 0, 0.0
        self.times = torch.from_numpy((front_end.positions / front_end.sample_rate).astype(np.float32))

    def _groups(self) -> list[dict[str, Any]]:
        values = [*self.network.parameters(), *self.decoder.parameters()]
        return [
            {"params": [p for p in values if p.ndim > 1], "weight_decay": self.recipe.decay},
            {"params": [p for p in values if p.ndim <= 1], "weight_decay": 0.0},
        ]

    @property
    def progress(self) -> float:
        """0 to 1; the run ends at 1."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.seconds / (60 * self.recipe.minutes)

    def run(
        self,
        sampler: Draws,
        *,
        checkpoint: str | None,
        every_s: float = 60.0,
        tell: Callable[[str], None] = print,
    ) -> None:
        """Step until the end of the recipe; writes `checkpoint` every `every_s` seconds and at the end."""
        saved = time.monotonic()
        sums: dict[str, float] = {}
        since = self.step
        while self.progress < 1.0:
            began = time.monotonic()
            pictures, labels = sampler.draw(self.recipe.batch)
            for name, value in self._step(pictures, labels).items():
                sums[name] = sums.get(name, 0.0) + value
            now = time.monotonic()
            self.seconds += now - began
            if now - saved >= every_s or self.progress >= 1.0:
                if checkpoint:
                    self.save(checkpoint, sampler)
                count = max(1, self.step - since)
                parts = " ".join(f"{name} {value / count:.3f}" for name, value in sums.items())
                left = self.seconds * (1 / max(self.progress, 1e-9) - 1) / 60
                tell(f"step {self.step} {self.progress:.0%} {parts} {left:.1f} min left")
                saved, since, sums = now, self.step, {}

    def _step(self, pictures: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
        recipe = self.recipe
        self.network.train()
        truth = torch.from_numpy(labels)
        x = vary_pictures(
            torch.from_numpy(pictures),
            self.kinds[truth].repeat(2),
            seconds=self.times,
            floor_db=self.front_end.floor_db,
            clean=recipe.clean,
            rng=self.rng,
        ).to(self.device)
        truth = truth.to(self.device)
        features, heard = self.network.hear(x)
        embedding = self.network.embed(features)
        parts: dict[str, Tensor] = {"class": self._class_loss(features, embedding, truth)}
        parts["contrast"] = recipe.contrast * losses.class_contrast(
            embedding, truth, temperature=recipe.contrast_temperature, lone=self.lone
        )
        parts["view"] = recipe.view * losses.view_contrast(embedding, temperature=recipe.view_temperature)
        parts |= self._latent_losses(x, features, heard)
        total = torch.stack(list(parts.values())).sum()
        self._set_rate()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return {name: float(value.detach()) for name, value in parts.items()}

    def _latent_losses(self, x: Tensor, features: Tensor, heard: Tensor) -> dict[str, Tensor]:
        """What z learns from: the VAE's bound on a part of the clips (x (2B, M, T), heard (2B, H) for z)."""
        recipe = self.recipe
        if not recipe.vae:
            return {}
        count = max(1, round(recipe.vae_share * (len(x) // 2)))
        some = heard[:count]
        mean, log_variance = self.network.to_z(some), self.network.to_log_variance(some).clamp(-8, 4)
        noise = torch.randn(mean.shape, generator=self.rng).to(self.device)
        again = self.decoder(mean + noise * (0.5 * log_variance).exp())
        loss = losses.vae_loss(x[:count], again, mean, log_variance, spread=recipe.spread, beta=recipe.beta)
        return {"vae": recipe.vae * loss}

    def _class_loss(self, features: Tensor, embedding: Tensor, truth: Tensor) -> Tensor:
        network, recipe = self.network, self.recipe
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

    def _set_rate(self) -> None:
        warm = min(1.0, (self.step + 1) / 100)
        rate = self.recipe.rate * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress)))
        for group in self.optimizer.param_groups:
            group["lr"] = max(rate, 1e-6)

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mine, live in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(live, 1 - keep)
            else:
                mine.copy_(live)

    def save(self, path: str, sampler: Draws) -> None:
        """Write a checkpoint, all or nothing."""
        parts = self._modules()
        tensors = {f"{part}.{name}": v for part, module in parts.items() for name, v in module.state_dict().items()}
        tensors |= optimizer_tensors(self.optimizer) | {"rng": self.rng.get_state(), "dropout": torch.get_rng_state()}
        if self.device != "cpu":
            tensors["device"] = torch.cuda.get_rng_state()
        facts = {
            "recipe": asdict(self.recipe),
            "shape": self.network.shape.to_config(),
            "sampler": sampler.rng.bit_generator.state,
            "step": self.step,
            "seconds": self.seconds,
            **self._facts(),
        }
        write_checkpoint(path, tensors, facts)

    def _modules(self) -> dict[str, nn.Module]:
        """The networks that a checkpoint keeps."""
        return {"network": self.network, "average": self.average, "decoder": self.decoder}

    def _facts(self) -> dict[str, Any]:
        """What else a checkpoint keeps."""
        return {}

    def restore(self, path: str, sampler: Draws) -> bool:
        """Go on from a checkpoint of the same recipe and shape; False where there is none. Raises BundleError."""
        found = read_checkpoint(path)
        if found is None:
            return False
        tensors, facts = found
        if facts.get("recipe") != asdict(self.recipe) or facts.get("shape") != self.network.shape.to_config():
            return False
        for part, module in self._modules().items():
            module.load_state_dict(part_of(tensors, part))
        restore_optimizer(self.optimizer, tensors)
        self.rng.set_state(tensors["rng"])
        torch.set_rng_state(tensors["dropout"])
        if self.device != "cpu" and "device" in tensors:
            torch.cuda.set_rng_state(tensors["device"])
        sampler.rng.bit_generator.state = facts["sampler"]
        self.step, self.seconds = facts["step"], facts["seconds"]
        self._recall(facts)
        return True

    def _recall(self, facts: dict[str, Any]) -> None:
        """Take back what `_facts` gave."""

    def start_from(self, path: str) -> None:
        """Begin with the weights of another run's checkpoint, where names and sizes agree."""
        found = read_checkpoint(path)
        if found is None:
            raise BundleError("there is no such checkpoint", path=path)
        for module, name in ((self.network, "average"), (self.average, "average"), (self.decoder, "decoder")):
            take_fitting(module, part_of(found[0], name))


def take_fitting(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a module those of these tensors that have the name and size of one of its own."""
    mine = module.state_dict()
    fitting = {key: value for key, value in tensors.items() if key in mine and mine[key].shape == value.shape}
    module.load_state_dict({**mine, **fitting})


@torch.inference_mode()
def run_network(network: Network, pictures: FloatArray, *, batch: int = 128) -> dict[str, FloatArray]:
    """Embedding, z, features-free logits and places of (N, M, T) pictures, by name."""
    network.eval()
    device = network.to_z.weight.device
    out: dict[str, list[FloatArray]] = {"embedding": [], "z": [], "logits": [], "xy": []}
    for i in range(0, len(pictures), batch):
        features, heard = network.hear(torch.from_numpy(pictures[i : i + batch]).to(device))
        embedding = network.embed(features)
        out["embedding"].append(embedding.cpu().numpy())
        out["z"].append(network.to_z(heard).cpu().numpy())
        if network.to_classes is not None:
            out["logits"].append(network.to_classes(embedding).cpu().numpy())
        if network.to_map is not None:
            out["xy"].append(network.place(embedding).cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in out.items() if parts}
