"""Training of the decoder and of the encoder's z: its recipe, its losses, and what it begins with.

The encoder's trunk does not move. What it hears of every example is worked out once; the head that says z of it and
the decoder that draws charts from z learn together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tui_browser.model.decoder_shape import LONGEST_S, SHORTEST_S, DecoderShape
from tui_browser.records import CLASSES, FloatArray
from tui_browser.training.decoder.augmentation import DecoderAugmentation, mix_pairs
from tui_browser.training.decoder.latent_head import LatentHeadAndDecoder
from tui_browser.training.decoder.training_data import DecoderExamples
from tui_browser.training.learner import Hyperparameters, TrainingRun

OTHER = CLASSES.index("other")


@dataclass(frozen=True, slots=True)
class DecoderHyperparameters(Hyperparameters):
    """The numbers of a run."""

    minutes: float = 60.0
    batch: int = 32
    decay: float = 0.01
    divergence: float = 0.002
    """Decibels that a nat of the distance between z and a normal distribution weighs."""
    tone: float = 4.0
    place: float = 4.0
    """Decibels that a mean square error of 1 weighs."""
    head_share: float = 0.02
    """The head's learning rate against the decoder's: it begins as principal components, and is to stay near them."""
    line_share: float = 0.1
    """The same of the decoder's straight line."""
    other_share: float = 0.2


class DecoderTrainer(TrainingRun[LatentHeadAndDecoder]):
    """A run of the decoder and the head."""

    recipe: DecoderHyperparameters

    def __init__(self, shape: DecoderShape, recipe: DecoderHyperparameters, *, heard: int) -> None:
        """`heard` is how many numbers the trunk says of a picture."""
        torch.manual_seed(recipe.seed)
        live = LatentHeadAndDecoder(shape, heard=heard)
        values = [p for name, p in live.decoder.named_parameters() if not name.startswith("line.")]
        groups = [
            {"params": [p for p in values if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": list(live.decoder.line.parameters()), "weight_decay": 0.0, "share": recipe.line_share},
            {"params": [p for p in values if p.ndim <= 1], "weight_decay": 0.0},
            {"params": list(live.head.parameters()), "weight_decay": 0.0, "share": recipe.head_share},
        ]
        super().__init__(live, recipe, shape=shape.to_config(), groups=groups)
        self.shape, self.order = shape, np.random.default_rng(recipe.seed)
        spacing = np.gradient(shape.seconds)
        self._times = torch.from_numpy(shape.seconds.astype(np.float32))
        self._frame_weight = torch.from_numpy(np.sqrt(spacing).astype(np.float32))
        mel = 2595 * np.log10(1 + shape.edges_hz / 700)
        width = (mel[2:] - mel[:-2]) ** 0.7
        self._band_weight = torch.from_numpy((width / width.mean()).astype(np.float32))[:, None]

    def begin(self, examples: DecoderExamples, heard: NDArray[np.float16], rows: NDArray[np.intp]) -> None:
        """Let the decoder begin with the mean charts of some examples, and z with their principal components."""
        pictures = examples.pictures[0].size
        self.live.head.start_from(torch.from_numpy(heard[np.sort(rows)].astype(np.float32)), pictures=pictures)
        self._draw_straight(examples, heard, rows)
        self.average.load_state_dict(self.live.state_dict())

    @torch.no_grad()
    def _draw_straight(self, examples: DecoderExamples, heard: NDArray[np.float16], rows: NDArray[np.intp]) -> None:
        """Let the decoder begin with the best straight line from z to charts (ridge regression)."""
        decoder = self.live.decoder
        z = self.live.head(torch.from_numpy(heard[rows].astype(np.float32)))[0]
        told = decoder.inputs(z, torch.from_numpy(examples.seconds[rows]))
        told = torch.cat([told, torch.ones(len(told), 1)], dim=1)
        size = decoder.line.out_features
        both = torch.zeros(told.shape[1], size)
        for start in range(0, len(rows), 256):
            drawn = torch.from_numpy(examples.charts[rows[start : start + 256]].astype(np.float32) / np.float32(255.0))
            raw = torch.stack(
                [drawn[:, 0], drawn[:, 1].clamp(0.05, 0.95).logit(), (drawn[:, 2] * 2 - 1).clamp(-0.95, 0.95).atanh()],
                1,
            )
            both += told[start : start + 256].T @ raw.flatten(1)
        ridge = 0.01 * len(rows) * torch.eye(told.shape[1])
        ridge[-1, -1] = 0.0
        line = torch.linalg.solve(told.T @ told + ridge, both)
        decoder.line.weight.copy_(line[:-1].T)
        decoder.line.bias.copy_(line[-1])
        for value in decoder.stages[-1].parameters():  # the line alone is a good beginning
            value.mul_(0.1)

    def run(
        self,
        examples: DecoderExamples,
        hear: Callable[[Tensor], Tensor],
        rows: NDArray[np.intp],
        *,
        vary: DecoderAugmentation,
        checkpoint: str,
        stretch_s: float,
        every_s: float = 60.0,
        tell: Callable[[str], None],
        judge: Callable[[], str] | None = None,
    ) -> bool:
        """Step until the recipe ends (True) or `stretch_s` are over (False); writes `checkpoint` every `every_s`."""
        chance = _chances(examples, rows, self.recipe.other_share)

        def once() -> dict[str, float]:
            some = np.asarray(self.order.choice(rows, size=self.recipe.batch, p=chance))
            return self._step(examples, hear, vary, some)

        return self.go(
            once,
            save=lambda: self.save(checkpoint, self.order),
            every_s=every_s,
            stretch_s=stretch_s,
            tell=tell,
            judge=judge,
        )

    def _step(
        self,
        examples: DecoderExamples,
        hear: Callable[[Tensor], Tensor],
        vary: DecoderAugmentation,
        rows: NDArray[np.intp],
    ) -> dict[str, float]:
        self.live.train()
        truth = torch.from_numpy(examples.charts[rows].astype(np.float32) / np.float32(255.0))
        pictures = torch.from_numpy(examples.pictures[rows].astype(np.float32) / np.float32(255.0))
        pictures, truth, longer = vary(pictures, truth, rng=self.rng)
        lengths = torch.from_numpy(np.stack([examples.seconds[rows], examples.full[rows]])) * longer
        pictures, truth, lengths = mix_pairs(pictures, truth, lengths, decibels=vary.decibels, rng=self.rng)
        died, ended = lengths[0].clamp(SHORTEST_S, LONGEST_S), lengths[1]
        # The length asked for lies anywhere from where the sound died to the end of its file or of the charts.
        kind = torch.rand(len(rows), generator=self.rng)
        longer = died + (LONGEST_S - died) * torch.rand(len(rows), generator=self.rng)
        wanted = torch.where(kind < 0.5, died, torch.where(kind < 0.8, ended.clamp(max=LONGEST_S), longer))
        head, decoder = self.live.head, self.live.decoder
        mean, log_variance = head(hear(pictures))
        z = mean + torch.randn(mean.shape, generator=self.rng) * (0.5 * log_variance).exp()
        parts = self._losses(decoder(z, wanted), truth, wanted)
        parts["divergence"] = (
            self.recipe.divergence * 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        )
        return self.learn(parts)

    def _losses(self, drawn: Tensor, truth: Tensor, wanted: Tensor) -> dict[str, Tensor]:
        """Decibels of level, tone and place between charts; frames behind the length asked for do not count."""
        level, tone, place = drawn.unbind(dim=1)
        frame_top = truth[:, 0].amax(dim=1)
        weight = self._frame_weight * (self._times <= wanted[:, None] + 0.01)
        audible = (frame_top > frame_top.amax(dim=1, keepdim=True) - 60.0 / -self.shape.floor_db).float()
        weight = weight * (0.15 + 0.85 * audible)
        weight = weight / weight.sum(dim=1, keepdim=True)
        leaky = torch.where(level < 0, 0.1 * level, level)
        error = (leaky - truth[:, 0]) * -self.shape.floor_db
        per_frame = ((error.square() * self._band_weight).mean(dim=1) + 1.0).sqrt()
        loud = truth[:, 0].square() * weight[:, None] * self._band_weight
        loud = loud / loud.sum(dim=(1, 2), keepdim=True).clamp(min=1e-9)
        tonal = loud * truth[:, 1].square()
        missed = (torch.sigmoid(tone) - truth[:, 1]).square()
        away = (torch.tanh(place) - (truth[:, 2] * 2 - 1)).square()
        return {
            "level": (per_frame * weight).sum(dim=1).mean(),
            "tone": self.recipe.tone * (missed * loud).sum(dim=(1, 2)).mean(),
            "place": self.recipe.place * (away * tonal).sum(dim=(1, 2)).mean(),
        }

    @torch.inference_mode()
    def draw(self, heard: NDArray[np.float16], seconds: FloatArray) -> FloatArray:
        """(B, 3, M, T) unbounded charts of what the trunk heard, with the averaged weights."""
        z = self.average.head(torch.from_numpy(heard.astype(np.float32)))[0]
        return np.asarray(self.average.decoder(z, torch.from_numpy(seconds)).numpy())

    @torch.inference_mode()
    def held_out(
        self, examples: DecoderExamples, heard: NDArray[np.float16], rows: NDArray[np.intp]
    ) -> dict[str, float]:
        """Mean losses on some examples, with the averaged weights."""
        sums: dict[str, float] = {}
        for some in np.array_split(rows, len(rows) // 64 + 1):
            truth = torch.from_numpy(examples.charts[some].astype(np.float32) / np.float32(255.0))
            wanted = torch.from_numpy(examples.seconds[some])
            drawn = torch.from_numpy(self.draw(heard[some], examples.seconds[some]))
            for name, value in self._losses(drawn, truth, wanted).items():
                sums[name] = sums.get(name, 0.0) + float(value) * len(some) / len(rows)
        return sums


def _chances(examples: DecoderExamples, rows: NDArray[np.intp], other_share: float) -> NDArray[np.float64]:
    """How likely each row is drawn: classes evenly, kits by the root of their size, synthesised sounds as one kit."""
    chance = np.zeros(len(rows))
    labels, kits = examples.labels[rows], examples.kits[rows]
    present = [int(label) for label in np.unique(labels)]
    drums = max(1, len([label for label in present if label != OTHER]))
    for label in present:
        mine = labels == label
        whole = other_share if label == OTHER else (1 - other_share) / drums
        names, where = np.unique(kits[mine], return_inverse=True)
        share = np.sqrt(np.bincount(where))
        if "synth" in names:
            synth = names == "synth"
            share[synth] = 0.8 * share[~synth].sum() if (~synth).any() else 1.0
        chance[mine] = whole * (share / share.sum() / np.bincount(where))[where]
    return np.asarray(chance / chance.sum())
