"""What every training run is: steps along a clock, a falling rate, averaged weights, checkpoints to go on from.

A run is a `Learner` that knows its losses. It ends after so many steps or so many minutes of steps alone, however often
it was killed in between: what a checkpoint keeps is all that the next step depends on, chance included.
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

_STEEPEST = 5.0
"""Gradients are cut to this length."""
_JUDGED_EVERY = 4
"""Checkpoints between two looks at what is held out."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The numbers that every run has; they are kept in the bundle."""

    minutes: float = 20.0
    """Time for training steps alone; the learning rate falls along it. Unused where `steps` is set."""
    steps: int = 0
    batch: int = 64
    """Clips a step."""
    rate: float = 2e-3
    decay: float = 0.02
    average: float = 0.998
    seed: int = 0


class TrainingRun(Generic[Net]):
    """Holds everything of a run that a checkpoint has to keep."""

    recipe: Hyperparameters
    warm = 100
    """Steps until the rate is reached."""

    def __init__(
        self,
        live: Net,
        recipe: Hyperparameters,
        *,
        shape: Mapping[str, Any],
        groups: list[dict[str, Any]],
        device: str = "cpu",
    ) -> None:
        """`live` is averaged; `groups` of its parameters and others may have a "share" of the rate.

        Chance is always drawn on the CPU, so that a seed means the same everywhere.
        """
        self.recipe, self.device = recipe, device
        self._shape = dict(shape)
        self.live: Net = live
        """What learns ..."""
        self.average: Net = copy.deepcopy(live).eval()
        """... and the moving average of it, which is what a run is for."""
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
        self.rng = torch.Generator().manual_seed(recipe.seed)
        self.step, self.seconds, self.fall = 0, 0.0, 1.0

    @property
    def progress(self) -> float:
        """0 to 1; the run ends at 1."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.seconds / (60 * self.recipe.minutes)

    def go(
        self,
        once: Callable[[], Mapping[str, float]],
        *,
        save: Callable[[], None] | None,
        every_s: float,
        stretch_s: float = math.inf,
        tell: Callable[[str], None],
        judge: Callable[[], str] | None = None,
    ) -> bool:
        """Call `once`, a step that returns its losses by name, until the recipe ends (True) or `stretch_s` (False).

        Saves and tells every `every_s` seconds and at the end; what `judge` says of the run is told now and then.
        """
        began = told = time.monotonic()
        sums: dict[str, float] = {}
        since, saved, count = self.step, -1, 0
        while self.progress < 1.0 and time.monotonic() - began < stretch_s:
            for name, value in self.clocked(once).items():
                sums[name] = sums.get(name, 0.0) + value
            if time.monotonic() - told >= every_s or self.progress >= 1.0:
                if save:
                    save()
                saved, count = self.step, count + 1
                means = " ".join(f"{name} {value / (self.step - since):.3f}" for name, value in sums.items())
                left = self.seconds * (1 / max(self.progress, 1e-9) - 1) / 60
                line = f"step {self.step} {self.progress:.0%} {means} {left:.1f} min left"
                judged = judge and (count % _JUDGED_EVERY == 1 or self.progress >= 1.0)
                tell(f"{line} {judge()}" if judge and judged else line)
                told, since, sums = time.monotonic(), self.step, {}
        if save and saved != self.step:
            save()
        return self.progress >= 1.0

    def clocked(self, once: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
        """What a step returns; its time is the run's."""
        began = time.monotonic()
        losses = once()
        self.seconds += time.monotonic() - began
        return losses

    def learn(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """One step down the sum of these losses; their values by name."""
        total = torch.stack(list(losses.values())).sum()
        self._set_rate()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.live.parameters(), _STEEPEST)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _set_rate(self) -> None:
        warm = min(1.0, (self.step + 1) / self.warm)
        along = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self.progress))
        for group in self.optimizer.param_groups:
            group["lr"] = max(self.recipe.rate * warm * self.fall * along, 1e-6) * group.get("share", 1.0)

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mine, live in zip(self.average.state_dict().values(), self.live.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(live, 1 - keep)
            else:
                mine.copy_(live)

    def save(self, path: str, draws: np.random.Generator) -> None:
        """Write a checkpoint, all or nothing; `draws` is the chance that batches are drawn by."""
        parts = self._modules()
        tensors = {f"{part}.{name}": v for part, module in parts.items() for name, v in module.state_dict().items()}
        tensors |= optimizer_tensors(self.optimizer) | {"rng": self.rng.get_state(), "dropout": torch.get_rng_state()}
        if self.device != "cpu":
            tensors["device"] = torch.cuda.get_rng_state()
        facts = {
            "recipe": asdict(self.recipe),
            "shape": self._shape,
            "draws": draws.bit_generator.state,
            "step": self.step,
            "seconds": self.seconds,
            **self._facts(),
        }
        write_checkpoint(path, tensors, facts)

    def restore(self, path: str, draws: np.random.Generator) -> bool:
        """Go on from a checkpoint of the same recipe and shape; False where there is none. Raises BundleError."""
        found = read_checkpoint(path)
        if found is None:
            return False
        tensors, facts = found
        if facts.get("recipe") != asdict(self.recipe) or facts.get("shape") != self._shape:
            return False
        for part, module in self._modules().items():
            module.load_state_dict(module_state(tensors, part))
        restore_optimizer(self.optimizer, tensors)
        self.rng.set_state(tensors["rng"])
        torch.set_rng_state(tensors["dropout"])
        if self.device != "cpu" and "device" in tensors:
            torch.cuda.set_rng_state(tensors["device"])
        draws.bit_generator.state = facts["draws"]
        self.step, self.seconds = facts["step"], facts["seconds"]
        self._recall(facts)
        return True

    def _modules(self) -> dict[str, nn.Module]:
        """The networks that a checkpoint keeps."""
        return {"live": self.live, "average": self.average}

    def _facts(self) -> dict[str, Any]:
        """What else a checkpoint keeps."""
        return {}

    def _recall(self, facts: dict[str, Any]) -> None:
        """Take back what `_facts` gave."""
