"""Training of the decoder together with the latent head: hyperparameters, initialisation, losses.

The encoder's trunk is frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import read_decoder
from tui_browser.model.decoder_shape import LONGEST_S, SHORTEST_S, DecoderShape
from tui_browser.records import DRUMS
from tui_browser.training.decoder.augmentation import DecoderAugmentation, mix_pairs
from tui_browser.training.decoder.latent_head import LatentHeadAndDecoder
from tui_browser.training.decoder.training_data import DecoderExamples
from tui_browser.training.training_run import Hyperparameters, TrainingRun


@dataclass(frozen=True, slots=True)
class DecoderHyperparameters(Hyperparameters):
    """Hyperparameters of a run; checkpoints store them under these names."""

    minutes: float = 60.0
    batch: int = 32
    decay: float = 0.01
    divergence: float = 0.002
    """Weight of the KL divergence, in dB per nat."""
    tone: float = 4.0
    place: float = 4.0
    """Weights of the mean squared errors of tone and place, in dB."""
    head_share: float = 0.02
    """Factor on the learning rate of the latent head, which starts as PCA and should stay close to it."""
    line_share: float = 0.1
    """Factor on the learning rate of the decoder's linear path."""
    other_share: float = 0.4
    """Share of sounds that are no drums."""
    synth_share: float = 0.8
    """Synthesised sounds of a class for each recorded one."""


class DecoderTrainer(TrainingRun[LatentHeadAndDecoder]):
    """A run of the decoder and the latent head."""

    recipe: DecoderHyperparameters

    def __init__(self, shape: DecoderShape, recipe: DecoderHyperparameters, *, latent_inputs: int) -> None:
        """`latent_inputs` is the size of the latent head's input."""
        torch.manual_seed(recipe.seed)
        network = LatentHeadAndDecoder(shape, latent_inputs=latent_inputs)
        nonlinear = [p for name, p in network.decoder.named_parameters() if not name.startswith("line.")]
        groups = [
            {"params": [p for p in nonlinear if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": list(network.decoder.line.parameters()), "weight_decay": 0.0, "share": recipe.line_share},
            {"params": [p for p in nonlinear if p.ndim <= 1], "weight_decay": 0.0},
            {"params": list(network.head.parameters()), "weight_decay": 0.0, "share": recipe.head_share},
        ]
        super().__init__(network, recipe, shape=shape.to_config(), groups=groups)
        self.shape, self.sampler_rng = shape, np.random.default_rng(recipe.seed)
        spacing = np.gradient(shape.seconds)
        self._times = torch.from_numpy(shape.seconds.astype(np.float32))
        self._frame_weight = torch.from_numpy(np.sqrt(spacing).astype(np.float32))
        mel = 2595 * np.log10(1 + shape.edges_hz / 700)
        width = (mel[2:] - mel[:-2]) ** 0.7
        self._band_weight = torch.from_numpy((width / width.mean()).astype(np.float32))[:, None]

    def initialise(self, examples: DecoderExamples, latent_inputs: NDArray[np.float16], rows: NDArray[np.intp]) -> None:
        """Initialise the latent head by PCA and the decoder's linear path by ridge regression, on some examples."""
        inputs = torch.from_numpy(latent_inputs[np.sort(rows)].astype(np.float32))
        self.network.head.initialise_by_pca(inputs, mel_size=examples.mels[0].size)
        self._fit_linear_path(examples, latent_inputs, rows)
        self.ema.load_state_dict(self.network.state_dict())

    @torch.no_grad()
    def _fit_linear_path(
        self, examples: DecoderExamples, latent_inputs: NDArray[np.float16], rows: NDArray[np.intp]
    ) -> None:
        decoder = self.network.decoder
        z = self.network.head(torch.from_numpy(latent_inputs[rows].astype(np.float32)))[0]
        inputs = decoder.inputs(z, torch.from_numpy(examples.seconds[rows]))
        inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1)
        products = torch.zeros(inputs.shape[1], decoder.line.out_features)
        for start in range(0, len(rows), 256):
            level, tone, place = _from_bytes(examples.charts[rows[start : start + 256]]).unbind(dim=1)
            logits = [level, tone.clamp(0.05, 0.95).logit(), (place * 2 - 1).clamp(-0.95, 0.95).atanh()]
            products += inputs[start : start + 256].T @ torch.stack(logits, 1).flatten(1)
        ridge = 0.01 * len(rows) * torch.eye(inputs.shape[1])
        ridge[-1, -1] = 0.0
        solution = torch.linalg.solve(inputs.T @ inputs + ridge, products)
        decoder.line.weight.copy_(solution[:-1].T)
        decoder.line.bias.copy_(solution[-1])
        for value in decoder.stages[-1].parameters():  # the linear path alone is a good start
            value.mul_(0.1)

    @torch.no_grad()
    def start_from(self, bundle: Bundle, *, decoder_of: Bundle) -> None:
        """Start from the latent head of one bundle, and the decoder of it or of another one with the same z."""
        from safetensors.torch import load_file

        _, weights = read_decoder(decoder_of)
        layers = {name: torch.from_numpy(value) for name, value in weights.items() if not name.startswith("prior.")}
        self.network.decoder.load_state_dict(layers)
        stored = load_file(bundle.weights_path)
        self.network.head.load_folded({name: value.float() for name, value in stored.items()})
        self.ema.load_state_dict(self.network.state_dict())

    def run(
        self,
        examples: DecoderExamples,
        encode: Callable[[Tensor], Tensor],
        rows: NDArray[np.intp],
        *,
        augment: DecoderAugmentation,
        checkpoint: str,
        stretch_s: float,
        every_s: float = 60.0,
        log: Callable[[str], None],
        evaluate: Callable[[], str] | None = None,
    ) -> bool:
        """Train on `rows` until the run ends (True) or for `stretch_s` (False); writes `checkpoint` every `every_s`.

        `encode` turns log-mels (B, M, T) into latent inputs (B, H).
        """
        probabilities = _sampling_probabilities(examples, rows, self.recipe.other_share, self.recipe.synth_share)

        def train_step() -> dict[str, float]:
            batch = np.asarray(self.sampler_rng.choice(rows, size=self.recipe.batch, p=probabilities))
            return self._train_step(examples, encode, augment, batch)

        return self.train(
            train_step,
            save=lambda: self.save(checkpoint, self.sampler_rng),
            every_s=every_s,
            stretch_s=stretch_s,
            log=log,
            evaluate=evaluate,
        )

    def _train_step(
        self,
        examples: DecoderExamples,
        encode: Callable[[Tensor], Tensor],
        augment: DecoderAugmentation,
        rows: NDArray[np.intp],
    ) -> dict[str, float]:
        self.network.train()
        target, mels = _from_bytes(examples.charts[rows]), _from_bytes(examples.mels[rows])
        mels, target, stretch = augment(mels, target, rng=self.rng)
        lengths = torch.from_numpy(np.stack([examples.seconds[rows], examples.full[rows]])) * stretch
        mels, target, lengths = mix_pairs(mels, target, lengths, ranges_db=augment.ranges_db, rng=self.rng)
        audible_s, file_s = lengths[0].clamp(SHORTEST_S, LONGEST_S), lengths[1]
        # The length given to the decoder: where the sound falls silent (50 %), where its file ends (30 %), or anywhere
        # between silence and the end of the charts.
        choice = torch.rand(len(rows), generator=self.rng)
        random_s = audible_s + (LONGEST_S - audible_s) * torch.rand(len(rows), generator=self.rng)
        longer_s = torch.where(choice < 0.8, file_s.clamp(max=LONGEST_S), random_s)
        seconds = torch.where(choice < 0.5, audible_s, longer_s)
        head, decoder = self.network.head, self.network.decoder
        mean, log_variance = head(encode(mels))
        z = mean + torch.randn(mean.shape, generator=self.rng) * (0.5 * log_variance).exp()
        losses = self._losses(decoder(z, seconds), target, seconds)
        losses["divergence"] = (
            self.recipe.divergence * 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
        )
        return self.optimize(losses)

    def _losses(self, predicted: Tensor, target: Tensor, seconds: Tensor) -> dict[str, Tensor]:
        """Distances in dB of level, tone and place charts (B, 3, M, T); frames after `seconds` (B,) do not count."""
        level, tone, place = predicted.unbind(dim=1)
        frame_top = target[:, 0].amax(dim=1)
        weight = self._frame_weight * (self._times <= seconds[:, None] + 0.01)
        audible = (frame_top > frame_top.amax(dim=1, keepdim=True) - 60.0 / -self.shape.floor_db).float()
        weight = weight * (0.15 + 0.85 * audible)
        weight = weight / weight.sum(dim=1, keepdim=True)
        leaky = torch.where(level < 0, 0.1 * level, level)
        error = (leaky - target[:, 0]) * -self.shape.floor_db
        per_frame = ((error.square() * self._band_weight).mean(dim=1) + 1.0).sqrt()
        loudness = target[:, 0].square() * weight[:, None] * self._band_weight
        loudness = loudness / loudness.sum(dim=(1, 2), keepdim=True).clamp(min=1e-9)
        tonal = loudness * target[:, 1].square()
        tone_error = (torch.sigmoid(tone) - target[:, 1]).square()
        place_error = (torch.tanh(place) - (target[:, 2] * 2 - 1)).square()
        return {
            "level": (per_frame * weight).sum(dim=1).mean(),
            "tone": self.recipe.tone * (tone_error * loudness).sum(dim=(1, 2)).mean(),
            "place": self.recipe.place * (place_error * tonal).sum(dim=(1, 2)).mean(),
        }

    @torch.inference_mode()
    def held_out_losses(
        self, examples: DecoderExamples, latent_inputs: NDArray[np.float16], rows: NDArray[np.intp]
    ) -> dict[str, float]:
        """Mean losses of the EMA weights on some examples."""
        sums: dict[str, float] = {}
        for block in np.array_split(rows, len(rows) // 64 + 1):
            seconds = torch.from_numpy(examples.seconds[block])
            z = self.ema.head(torch.from_numpy(latent_inputs[block].astype(np.float32)))[0]
            losses = self._losses(self.ema.decoder(z, seconds), _from_bytes(examples.charts[block]), seconds)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value) * len(block) / len(rows)
        return sums


def _from_bytes(values: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32) / np.float32(255.0))


def _sampling_probabilities(
    examples: DecoderExamples, rows: NDArray[np.intp], other_share: float, synth_share: float
) -> NDArray[np.float64]:
    """(R,) probability of each row.

    Drums are equally likely, and so are the other labels; kits are weighted by the square root of their size, and
    synthesised sounds count as one kit.
    """
    probabilities = np.zeros(len(rows))
    labels, kits = examples.labels[rows], examples.kits[rows]
    present = [int(label) for label in np.unique(labels)]
    drums = sum(label < len(DRUMS) for label in present)
    for label in present:
        members = labels == label
        is_drum = label < len(DRUMS)
        class_share = (1 - other_share) / drums if is_drum else other_share / (len(present) - drums)
        names, kit_index = np.unique(kits[members], return_inverse=True)
        kit_share = np.sqrt(np.bincount(kit_index))
        if "synth" in names:
            is_synth = names == "synth"
            kit_share[is_synth] = synth_share * kit_share[~is_synth].sum() if (~is_synth).any() else 1.0
        probabilities[members] = class_share * (kit_share / kit_share.sum() / np.bincount(kit_index))[kit_index]
    return np.asarray(probabilities / probabilities.sum())
