"""Fine-tuning of a user model: a run on a few hundred files that usually starts from the weights of a base model.

The learning rate falls when the validation loss no longer improves, then the run ends (early stopping), and the best
weights are kept. If z has the size of the base model's, it is trained to stay the same, so that the base model's
decoder still fits.
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

from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.model.encoder_network import EncoderNetwork
from tui_browser.model.encoder_shape import EncoderShape
from tui_browser.records import FloatArray
from tui_browser.training.encoder import losses
from tui_browser.training.encoder.trainer import EncoderHyperparameters, EncoderTrainer, load_matching

_VALIDATION_INTERVAL = 20
"""Steps between two validations."""
_PATIENCE, _STOP_PATIENCE = 4, 9
"""Validations without improvement until the learning rate falls, and until the run ends."""
_RATE_DECAY = 0.4
_CLASS_HEAD_SHARE = 8.0
"""Factor on the learning rate of the class head."""
_CLASS_SCALE = 8.0
"""Norm of the initial weights of the class head."""
_MIN_IMPROVEMENT = 0.002
"""Relative."""
_MAX_VALIDATION_MELS = 512


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """Progress of a run at a validation."""

    step: int
    steps: int
    """At most; the run may end earlier."""
    loss: float
    """Mean training loss since the last validation."""
    validation_loss: float | None
    """None without validation files."""
    rate: float
    seconds_left: float


class BalancedSampler:
    """Draws clips of an array of views (N, V, M, T); classes are weighted by the square root of their size."""

    def __init__(
        self, views: NDArray[np.uint8], labels: NDArray[np.int64], rows: NDArray[np.int64], *, seed: int
    ) -> None:
        """`labels` (N,) are of all clips; only clips in `rows` are drawn."""
        self.views, self.rng = views, np.random.default_rng(seed)
        self._labels = np.unique(labels[rows])
        self._rows = [rows[labels[rows] == label] for label in self._labels]
        share = np.sqrt([len(class_rows) for class_rows in self._rows])
        self._share = share / share.sum()

    def draw(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Log-mels (2 `count`, M, T), the first view of each clip before all second views, and labels (`count`,)."""
        class_indices = self.rng.choice(len(self._rows), size=count, p=self._share)
        rows = [int(self.rng.choice(self._rows[index])) for index in class_indices]
        n_views = self.views.shape[1]
        pairs = [self.rng.choice(n_views, size=2, replace=n_views < 2) for _ in rows]
        mels = [self.views[row, pair[which]] for which in (0, 1) for row, pair in zip(rows, pairs, strict=True)]
        return np.stack(mels).astype(np.float32) / np.float32(255), self._labels[class_indices]


class ValidationViews:
    """Views of validation files."""

    def __init__(self, views: NDArray[np.uint8], labels: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        n_views = max(1, min(views.shape[1], _MAX_VALIDATION_MELS // max(1, len(rows))))
        rows = rows[:_MAX_VALIDATION_MELS]
        chosen = views[rows, :n_views] if len(rows) else views[:0, :1]
        self.mels = chosen.reshape(-1, *views.shape[2:]).astype(np.float32) / np.float32(255)
        """(H, M, T); views of a file are adjacent."""
        self.labels = torch.from_numpy(np.repeat(labels[rows], n_views))
        self.n_files, self.n_views = len(rows), n_views


class FineTuner(EncoderTrainer):
    """A run with validation, early stopping and, optionally, a base model."""

    warmup_steps = 40

    def __init__(
        self,
        shape: EncoderShape,
        recipe: EncoderHyperparameters,
        *,
        front_end: MelFrontEnd,
        kinds: Sequence[int],
        lone: int | None,
        device: str = "cpu",
        base: EncoderNetwork | None = None,
    ) -> None:
        """`base` initialises all weights except those of the class head."""
        super().__init__(shape, recipe, front_end=front_end, kinds=kinds, lone=lone, device=device)
        self.base = base
        if base is not None:
            base = base.to(device).eval()
            for module in (self.network, self.ema):
                load_matching(module, base.state_dict())
        self.keeps_z = base is not None and base.shape.z_dim == shape.z_dim
        self._keeps_embedding = base is not None and base.shape.dim == shape.dim and not shape.classes
        if self.network.to_classes is not None:  # large weights are needed for confident logits of unit vectors
            head = list(self.network.to_classes.parameters())
            for group in self.optimizer.param_groups:
                group["params"] = [p for p in group["params"] if not any(p is head_p for head_p in head)]
            self.optimizer.add_param_group({"params": head, "weight_decay": 0.0, "share": _CLASS_HEAD_SHARE})
        self.history: list[TrainingStatus] = []
        self.best_loss, self.validations_since_best, self.ended = math.inf, 0, False
        self.best = copy.deepcopy(self.ema)

    def initialise_class_head(self, embeddings: FloatArray, labels: NDArray[np.int64]) -> None:
        """Set the weights of the class head to the class means of embeddings (N, D) with labels (N,)."""
        if self.network.to_classes is None:
            return
        embedding = torch.from_numpy(embeddings)
        means = torch.zeros(self.network.shape.classes, embedding.shape[1])
        means.index_add_(0, torch.from_numpy(labels), embedding)
        means = _CLASS_SCALE * functional.normalize(means, dim=1)
        for network in (self.network, self.ema, self.best):
            assert network.to_classes is not None
            with torch.no_grad():
                network.to_classes.weight.copy_(means)
                network.to_classes.bias.zero_()

    def tune(
        self,
        sampler: BalancedSampler,
        validation: ValidationViews,
        *,
        checkpoint: str | None,
        minutes: float = 0.0,
        report: Callable[[TrainingStatus], None],
    ) -> None:
        """Train until the run ends, then load the best weights into `ema`; saves `checkpoint` at every validation.

        `minutes` limits the duration; 0 does not.
        """
        total, last_step = 0.0, self.step
        while self.step < self.recipe.steps and not self.ended:
            total += sum(self.timed(lambda: self._train_step(*sampler.draw(self.recipe.batch))).values())
            if self.step % _VALIDATION_INTERVAL == 0 or self.step == self.recipe.steps:
                self._validate(total / (self.step - last_step), validation, minutes=minutes)
                total, last_step = 0.0, self.step
                if checkpoint:
                    self.save(checkpoint, sampler.rng)
                report(self.history[-1])
        self.ema = self.best

    def _validate(self, training_loss: float, validation: ValidationViews, *, minutes: float) -> None:
        validation_loss = self._validation_loss(validation)
        loss = training_loss if validation_loss is None else validation_loss
        threshold = _MIN_IMPROVEMENT * abs(self.best_loss if math.isfinite(self.best_loss) else 0.0)
        if loss < self.best_loss - threshold:
            self.best_loss, self.validations_since_best = loss, 0
            self.best.load_state_dict(self.ema.state_dict())
        else:
            self.validations_since_best += 1
            if self.validations_since_best % _PATIENCE == 0:
                self.rate_factor *= _RATE_DECAY
        out_of_time = 0 < 60 * minutes <= self.seconds
        self.ended = self.validations_since_best >= _STOP_PATIENCE or out_of_time
        seconds_left = self.seconds / self.step * (self.recipe.steps - self.step)
        if minutes:
            seconds_left = min(seconds_left, max(0.0, 60 * minutes - self.seconds))
        self.history.append(
            TrainingStatus(
                step=self.step,
                steps=self.recipe.steps,
                loss=training_loss,
                validation_loss=validation_loss,
                rate=float(self.optimizer.param_groups[0]["lr"]),
                seconds_left=0.0 if self.ended else seconds_left,
            )
        )

    @torch.inference_mode()
    def _validation_loss(self, validation: ValidationViews) -> float | None:
        """Cross-entropy of the validation files, or view contrastive loss without classes; None without files."""
        if validation.n_files < 2:
            return None
        self.ema.eval()
        parts = []
        for start in range(0, len(validation.mels), 128):
            x = torch.from_numpy(validation.mels[start : start + 128]).to(self.device)
            parts.append(self.ema.embed(self.ema.trunk(x)))
        embedding = torch.cat(parts)
        if self.ema.to_classes is not None:
            logits = self.ema.to_classes(embedding)
            return float(functional.cross_entropy(logits, validation.labels.to(self.device)))
        if validation.n_views < 2:
            return None
        pairs = embedding.view(validation.n_files, validation.n_views, -1)
        return float(losses.view_contrastive_loss(torch.cat([pairs[:, 0], pairs[:, 1]]), temperature=0.1))

    def _latent_losses(self, x: Tensor, features: Tensor, latent_inputs: Tensor) -> dict[str, Tensor]:
        """The VAE loss, or the distance of z and, without classes, of the embedding from the base model's."""
        if self.base is None or not (self.keeps_z or self._keeps_embedding):
            return super()._latent_losses(x, features, latent_inputs)
        count = max(1, round(self.recipe.vae_share * (len(x) // 2)))
        with torch.no_grad():
            base_features, base_inputs = self.base.encode(x[:count])
            base_z, base_embedding = self.base.to_z(base_inputs), self.base.embed(base_features)
        parts: dict[str, Tensor] = {}
        if self.keeps_z:
            parts["z"] = functional.mse_loss(self.network.to_z(latent_inputs[:count]), base_z)
        else:
            parts |= super()._latent_losses(x, features, latent_inputs)
        if self._keeps_embedding:  # without classes, only this loss preserves what the base model has learned of them
            similarity = (self.network.embed(features[:count]) * base_embedding).sum(dim=1)
            parts["place"] = 2.0 * (1.0 - similarity).mean()
        return parts

    def _modules(self) -> dict[str, nn.Module]:
        return {**super()._modules(), "kept": self.best}

    def _facts(self) -> dict[str, Any]:
        return {
            "history": [[getattr(status, name) for name in TrainingStatus.__slots__] for status in self.history],
            "best": self.best_loss if math.isfinite(self.best_loss) else None,
            "since": self.validations_since_best,
            "fall": self.rate_factor,
            "ended": self.ended,
        }

    def _restore_facts(self, facts: dict[str, Any]) -> None:
        self.history = [TrainingStatus(*values) for values in facts["history"]]
        self.best_loss = math.inf if facts["best"] is None else facts["best"]
        self.validations_since_best, self.rate_factor = facts["since"], facts["fall"]
        self.ended = facts["ended"]
