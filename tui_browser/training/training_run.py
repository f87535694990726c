"""The training loop: AdamW with warm-up and cosine decay, EMA of the weights, checkpoints.

Subclasses of `TrainingRun` define the losses. A run ends after a number of steps or minutes of training. A checkpoint
keeps everything that the next step depends on, including the random generators, so that a killed run can be resumed.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from tui_browser.training.checkpoint import (
    module_state,
    optimizer_tensors,
    read_checkpoint,
    restore_optimizer,
    write_checkpoint,
)

Net = TypeVar("Net", bound=nn.Module)

_MAX_GRADIENT_NORM = 5.0
_EVALUATION_INTERVAL = 4
"""Checkpoints between two evaluations on held-out data."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Hyperparameters of every run; checkpoints store them under these names."""

    minutes: float = 20.0
    """Duration of training steps, which sets the learning rate schedule; unused if `steps` is not 0."""
    steps: int = 0
    batch: int = 64
    """Clips in a step."""
    rate: float = 2e-3
    """Peak learning rate."""
    decay: float = 0.02
    """Weight decay."""
    average: float = 0.998
    """Decay of the EMA of the weights."""
    seed: int = 0


class TrainingRun(Generic[Net]):
    """State of a run, the training loop, and checkpoints."""

    recipe: Hyperparameters
    warmup_steps = 100

    def __init__(
        self,
        network: Net,
        recipe: Hyperparameters,
        *,
        shape: Mapping[str, Any],
        groups: list[dict[str, Any]],
        device: str = "cpu",
    ) -> None:
        """`groups` are parameter groups of AdamW; a group may have a "share", a factor on the learning rate.

        Random numbers are always drawn on the CPU, so that a seed gives the same numbers on every device.
        """
        self.recipe, self.device = recipe, device
        self._shape = dict(shape)
        self.network: Net = network
        self.ema: Net = copy.deepcopy(network).eval()
        """Copy of the network with the exponential moving average of its weights: the result of a run."""
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
        self.rng = torch.Generator().manual_seed(recipe.seed)
        self.step, self.seconds, self.rate_factor = 0, 0.0, 1.0

    @property
    def progress(self) -> float:
        """0 to 1; the run ends at 1."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.seconds / (60 * self.recipe.minutes)

    def train(
        self,
        train_step: Callable[[], Mapping[str, float]],
        *,
        save: Callable[[], None] | None,
        every_s: float,
        stretch_s: float = math.inf,
        log: Callable[[str], None],
        evaluate: Callable[[], str] | None = None,
    ) -> bool:
        """Call `train_step`, which returns losses by name, until the run ends (True) or for `stretch_s` (False).

        Saves a checkpoint and logs the mean losses every `every_s` seconds and at the end. The text that `evaluate`
        returns is logged at every `_EVALUATION_INTERVAL`th checkpoint.
        """
        started = logged = time.monotonic()
        sums: dict[str, float] = {}
        logged_step, saved_step, checkpoints = self.step, -1, 0
        while self.progress < 1.0 and time.monotonic() - started < stretch_s:
            for name, value in self.timed(train_step).items():
                sums[name] = sums.get(name, 0.0) + value
            if time.monotonic() - logged >= every_s or self.progress >= 1.0:
                if save:
                    save()
                saved_step, checkpoints = self.step, checkpoints + 1
                means = " ".join(f"{name} {value / (self.step - logged_step):.3f}" for name, value in sums.items())
                minutes_left = self.seconds * (1 / max(self.progress, 1e-9) - 1) / 60
                line = f"step {self.step} {self.progress:.0%} {means} {minutes_left:.1f} min left"
                if evaluate and (checkpoints % _EVALUATION_INTERVAL == 1 or self.progress >= 1.0):
                    line = f"{line} {evaluate()}"
                log(line)
                logged, logged_step, sums = time.monotonic(), self.step, {}
        if save and saved_step != self.step:
            save()
        return self.progress >= 1.0

    def timed(self, train_step: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
        """Run one step and add its duration to `seconds`; returns its losses."""
        started = time.monotonic()
        losses = train_step()
        self.seconds += time.monotonic() - started
        return losses

    def optimize(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """One optimizer step on the sum of the losses; returns their values by name."""
        total = torch.stack(list(losses.values())).sum()
        self._set_rate()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_GRADIENT_NORM)
        self.optimizer.step()
        self.step += 1
        self._update_ema()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _set_rate(self) -> None:
        warmup = min(1.0, (self.step + 1) / self.warmup_steps)
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress))
        for group in self.optimizer.param_groups:
            group["lr"] = max(self.recipe.rate * warmup * self.rate_factor * cosine, 1e-6) * group.get("share", 1.0)

    @torch.no_grad()
    def _update_ema(self) -> None:
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mean, value in zip(self.ema.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)

    def save(self, path: str, sampler_rng: np.random.Generator) -> None:
        """Write a checkpoint atomically; `sampler_rng` is the generator that draws the batches."""
        parts = self._modules()
        tensors = {f"{part}.{name}": v for part, module in parts.items() for name, v in module.state_dict().items()}
        tensors |= optimizer_tensors(self.optimizer) | {"rng": self.rng.get_state(), "dropout": torch.get_rng_state()}
        if self.device != "cpu":
            tensors["device"] = torch.cuda.get_rng_state()
        facts = {
            "recipe": asdict(self.recipe),
            "shape": self._shape,
            "draws": sampler_rng.bit_generator.state,
            "step": self.step,
            "seconds": self.seconds,
            **self._facts(),
        }
        write_checkpoint(path, tensors, facts)

    def restore(self, path: str, sampler_rng: np.random.Generator) -> bool:
        """Resume from a checkpoint; False if there is none, or one of other hyperparameters. Raises BundleError."""
        checkpoint = read_checkpoint(path)
        if checkpoint is None:
            return False
        tensors, facts = checkpoint
        if facts.get("recipe") != asdict(self.recipe) or facts.get("shape") != self._shape:
            return False
        for part, module in self._modules().items():
            module.load_state_dict(module_state(tensors, part))
        restore_optimizer(self.optimizer, tensors)
        self.rng.set_state(tensors["rng"])
        torch.set_rng_state(tensors["dropout"])
        if self.device != "cpu" and "device" in tensors:
            torch.cuda.set_rng_state(tensors["device"])
        sampler_rng.bit_generator.state = facts["draws"]
        self.step, self.seconds = facts["step"], facts["seconds"]
        self._restore_facts(facts)
        return True

    def _modules(self) -> dict[str, nn.Module]:
        """The networks in a checkpoint, by the prefix of their tensors."""
        return {"live": self.network, "average": self.ema}

    def _facts(self) -> dict[str, Any]:
        """Further JSON values in a checkpoint, for subclasses."""
        return {}

    def _restore_facts(self, facts: dict[str, Any]) -> None:
        """Restore the values of `_facts`."""
