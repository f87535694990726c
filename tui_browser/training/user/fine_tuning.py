"""A model of one's own: a run on a few hundred files, mostly from the weights of a model that hears already.

It watches files that it does not learn from: where they get no better the learning rate falls, then the run ends, and
the best weights are kept. With the base model's size of z, z stays what it was there, so that its decoder fits.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tui_browser.dsp.mel import FrontEnd
from tui_browser.model.encoder_network import EncoderNetwork
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.training.encoder import losses
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, load_matching

LOOK = 20
"""Steps between two looks at the files that are watched."""
PATIENCE, ENOUGH = 4, 9
"""Looks without a gain until the rate falls, and until the run ends."""
FALL = 0.4
HEAD_FASTER = 8.0
"""How much faster the class head learns than what stands before it."""
_SURE = 8.0
_GAIN = 0.002
_WATCHED = 512


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """How a run stands."""

    step: int
    steps: int
    """At most; it may end earlier."""
    loss: float
    """Mean over the steps since the last look."""
    watched: float | None
    """The loss of the files that are not learned from; None without any."""
    rate: float
    seconds_left: float


class BalancedSampler:
    """Draws clips of an (N, V, M, T) array of views: classes by the root of their size, then clips evenly."""

    def __init__(
        self, views: NDArray[np.uint8], labels: NDArray[np.int64], rows: NDArray[np.int64], *, seed: int
    ) -> None:
        """`labels` (N,) are of all clips, `rows` those that may be drawn."""
        self.views, self.rng = views, np.random.default_rng(seed)
        self._labels = np.unique(labels[rows])
        self._rows = [rows[labels[rows] == label] for label in self._labels]
        share = np.sqrt([len(each) for each in self._rows])
        self._share = share / share.sum()

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(2 `count`, M, T) pictures, first view of each clip before all the second ones, and (`count`,) labels."""
        which = self.rng.choice(len(self._rows), size=count, p=self._share)
        rows = [int(self.rng.choice(self._rows[at])) for at in which]
        many = self.views.shape[1]
        pairs = [self.rng.choice(many, size=2, replace=many < 2) for _ in rows]
        drawn = [self.views[row, pair[side]] for side in (0, 1) for row, pair in zip(rows, pairs, strict=True)]
        return np.stack(drawn).astype(np.float32) / np.float32(255), self._labels[which]


class ValidationViews:
    """Views of files that are not learned from."""

    def __init__(self, views: NDArray[np.uint8], labels: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        many = max(1, min(views.shape[1], _WATCHED // max(1, len(rows))))
        rows = rows[:_WATCHED]
        some = views[rows, :many] if len(rows) else views[:0, :1]
        self.pictures = some.reshape(-1, *views.shape[2:]).astype(np.float32) / np.float32(255)
        """(H, M, T); a file's views stand together."""
        self.labels = torch.from_numpy(np.repeat(labels[rows], many))
        self.files, self.many = len(rows), many


class FineTuner(EncoderTrainer):
    """A run that watches itself."""

    warm = 40

    def __init__(
        self,
        shape: EncoderShape,
        recipe: EncoderHyperparameters,
        *,
        front_end: FrontEnd,
        kinds: Sequence[int],
        lone: int | None,
        device: str = "cpu",
        base: EncoderNetwork | None = None,
    ) -> None:
        """`base` is the network to begin with, but for its class head; without one the run begins from nothing."""
        super().__init__(shape, recipe, front_end=front_end, kinds=kinds, lone=lone, device=device)
        self.base = base
        if base is not None:
            base = base.to(device).eval()
            for module in (self.live, self.average):
                load_matching(module, base.state_dict())
        self.keeps_z = base is not None and base.shape.z_dim == shape.z_dim
        self._keeps_place = base is not None and base.shape.dim == shape.dim and not shape.classes
        if self.live.to_classes is not None:  # unit vectors need large weights to be sure of anything
            head = [p for module in (self.live.to_classes,) for p in module.parameters()]
            for group in self.optimizer.param_groups:
                group["params"] = [p for p in group["params"] if not any(p is one for one in head)]
            self.optimizer.add_param_group({"params": head, "weight_decay": 0.0, "share": HEAD_FASTER})
        self.history: list[TrainingStatus] = []
        self.best, self.since, self.ended = math.inf, 0, False
        self.kept = copy.deepcopy(self.average)

    def begin_with(self, heard: FloatArray, labels: NDArray[np.int64]) -> None:
        """Let the class head begin with the middle of each class, by embeddings (N, D) and their labels (N,)."""
        if self.live.to_classes is None:
            return
        embedding = torch.from_numpy(heard)
        middles = torch.zeros(self.live.shape.classes, embedding.shape[1])
        middles.index_add_(0, torch.from_numpy(labels), embedding)
        middles = _SURE * functional.normalize(middles, dim=1)
        for network in (self.live, self.average, self.kept):
            assert network.to_classes is not None
            with torch.no_grad():
                network.to_classes.weight.copy_(middles)
                network.to_classes.bias.zero_()

    def tune(
        self,
        sampler: BalancedSampler,
        watched: ValidationViews,
        *,
        checkpoint: str | None,
        minutes: float = 0.0,
        tell: Callable[[TrainingStatus], None],
    ) -> None:
        """Run until the end; `checkpoint` is written at every look. `average` then holds the best weights."""
        total, since = 0.0, self.step
        while self.step < self.recipe.steps and not self.ended:
            total += sum(self.clocked(lambda: self._step(*sampler.draw(self.recipe.batch))).values())
            if self.step % LOOK == 0 or self.step == self.recipe.steps:
                self._look(total / (self.step - since), watched, minutes=minutes)
                total, since = 0.0, self.step
                if checkpoint:
                    self.save(checkpoint, sampler.rng)
                tell(self.history[-1])
        self.average = self.kept

    def _look(self, loss: float, watched: ValidationViews, *, minutes: float) -> None:
        score = self._score(watched)
        judged = loss if score is None else score
        if judged < self.best - _GAIN * abs(self.best if math.isfinite(self.best) else 0.0):
            self.best, self.since = judged, 0
            self.kept.load_state_dict(self.average.state_dict())
        else:
            self.since += 1
            if self.since % PATIENCE == 0:
                self.fall *= FALL
        late = 0 < 60 * minutes <= self.seconds
        self.ended = self.since >= ENOUGH or late
        left = self.seconds / self.step * (self.recipe.steps - self.step)
        if minutes:
            left = min(left, max(0.0, 60 * minutes - self.seconds))
        rate = float(self.optimizer.param_groups[0]["lr"])
        self.history.append(
            TrainingStatus(self.step, self.recipe.steps, loss, score, rate, 0.0 if self.ended else left)
        )

    @torch.inference_mode()
    def _score(self, watched: ValidationViews) -> float | None:
        """The loss of the watched files: of their classes, or of finding a file's other view; None without files."""
        if watched.files < 2:
            return None
        self.average.eval()
        parts = []
        for start in range(0, len(watched.pictures), 128):
            x = torch.from_numpy(watched.pictures[start : start + 128]).to(self.device)
            parts.append(self.average.embed(self.average.trunk(x)))
        embedding = torch.cat(parts)
        if self.average.to_classes is not None:
            logits = self.average.to_classes(embedding)
            return float(functional.cross_entropy(logits, watched.labels.to(self.device)))
        if watched.many < 2:
            return None
        pairs = embedding.view(watched.files, watched.many, -1)
        return float(losses.view_contrastive_loss(torch.cat([pairs[:, 0], pairs[:, 1]]), temperature=0.1))

    def _latent_losses(self, x: Tensor, features: Tensor, heard: Tensor) -> dict[str, Tensor]:
        if self.base is None or not (self.keeps_z or self._keeps_place):
            return super()._latent_losses(x, features, heard)
        count = max(1, round(self.recipe.vae_share * (len(x) // 2)))
        with torch.no_grad():
            before, basis = self.base.encode(x[:count])
            z, place = self.base.to_z(basis), self.base.embed(before)
        parts: dict[str, Tensor] = {}
        if self.keeps_z:
            parts["z"] = functional.mse_loss(self.live.to_z(heard[:count]), z)
        else:
            parts |= super()._latent_losses(x, features, heard)
        if self._keeps_place:  # without classes, nothing else would keep what the base knows of them
            parts["place"] = 2.0 * (1.0 - (self.live.embed(features[:count]) * place).sum(dim=1)).mean()
        return parts

    def _modules(self) -> dict[str, nn.Module]:
        return {**super()._modules(), "kept": self.kept}

    def _facts(self) -> dict[str, Any]:
        return {
            "history": [[getattr(look, name) for name in TrainingStatus.__slots__] for look in self.history],
            "best": self.best if math.isfinite(self.best) else None,
            "since": self.since,
            "fall": self.fall,
            "ended": self.ended,
        }

    def _recall(self, facts: dict[str, Any]) -> None:
        self.history = [TrainingStatus(*values) for values in facts["history"]]
        self.best = math.inf if facts["best"] is None else facts["best"]
        self.since, self.fall, self.ended = facts["since"], facts["fall"], facts["ended"]
