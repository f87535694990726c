"""New sounds from a model: drawn from its prior, varied, mixed, rendered. For one process; torch comes late.

A sound is z (what the encoder says of a file) and a length. Level is the caller's: every sound comes at peak 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import read_decoder
from tui_browser.model.decoder_charts import analyse
from tui_browser.model.decoder_render import render_charts
from tui_browser.model.decoder_shape import LONGEST_S, SHORTEST_S
from tui_browser.model.prior import Prior
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    from tui_browser.model.decoder_network import DecoderNetwork


@dataclass(frozen=True, slots=True)
class DecodeBatch:
    """What N sounds are made from."""

    z: FloatArray
    """(N, Z)"""
    seconds: FloatArray
    """(N,) lengths; `SoundDecoder.decode` keeps them within `SHORTEST_S` to `LONGEST_S`."""

    def __len__(self) -> int:
        return len(self.z)


class SoundDecoder:
    """The decoder and the prior of a bundle.

    Raises BundleError, which names the model, where the bundle has no decoder or a damaged one. Loading takes torch
    (1.6 s) and some tens of milliseconds more.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self.bundle = bundle
        self.shape, weights = read_decoder(bundle)
        self.prior = Prior(*(weights.pop(f"prior.{name}") for name in ("weights", "means", "factors")))
        self._network = self._load(weights, threads)

    def _load(self, weights: dict[str, FloatArray], threads: int) -> DecoderNetwork:
        import torch  # 1.6 s

        from tui_browser.model.decoder_network import DecoderNetwork

        torch.set_num_threads(threads)
        network = DecoderNetwork(self.shape)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return network.eval().requires_grad_(False)

    def fit(self, z: ArrayLike, sound: FloatArray, seconds: float) -> FloatArray:
        """(Z,) near the encoder's `z` (Z,), made into a sound that comes nearer to `sound`.

        `sound` is (n,) mono at 44,100 Hz from its onset on, of which `seconds` (as for `render`) count. It takes some
        60 ms of one core. Silence, and what is not finite, leave z as it is.
        """
        import torch  # loaded by now

        from tui_browser.model.latent_search import refine_latent

        first = np.asarray(z, dtype=np.float32)
        if not (np.isfinite(sound).all() and np.isfinite(first).all()):
            return first
        truth = torch.from_numpy(analyse(sound, shape=self.shape))
        length = float(np.clip(seconds, SHORTEST_S, LONGEST_S))
        found: FloatArray = refine_latent(self._network, torch.from_numpy(first), truth, length).numpy()
        return found

    def decode(self, recipe: DecodeBatch, *, seed: int) -> list[FloatArray]:
        """One mono float32 sound at 44,100 Hz for each row: finite, peak 1, as long as it says.

        The noise in sound i is drawn from `seed` and i, so that a sound does not depend on how many come after it;
        the same on the same machine and torch, to the byte.
        """
        import torch  # loaded by now

        from tui_browser.model.decoder_network import bound_charts

        seconds = np.clip(np.nan_to_num(recipe.seconds, nan=SHORTEST_S), SHORTEST_S, LONGEST_S).astype(np.float32)
        z = np.clip(np.nan_to_num(recipe.z, nan=0.0), -100.0, 100.0).astype(np.float32)
        sounds = []
        for i in range(len(recipe)):  # one at a time: a row's bits must not depend on the batch
            with torch.inference_mode():
                drawn = bound_charts(
                    self._network(torch.from_numpy(z[i : i + 1]), torch.from_numpy(seconds[i : i + 1]))
                )
            rng = np.random.default_rng([abs(seed), i])
            sounds.append(render_charts(drawn[0].numpy(), shape=self.shape, seconds=float(seconds[i]), rng=rng))
        return sounds

    def draw(self, count: int, *, seed: int, class_index: int | None = None, variance: float = 1.0) -> DecodeBatch:
        """`count` sounds from the prior, of one class (index into CLASSES) or of all classes alike."""
        points = self.prior.draw(
            count, rng=np.random.default_rng([abs(seed), 1]), class_index=class_index, variance=variance
        )
        return DecodeBatch(z=points[:, :-1].copy(), seconds=_within(np.exp(points[:, -1].clip(-10, 3))))

    def vary(self, recipe: DecodeBatch, *, count: int, variance: float, seed: int) -> DecodeBatch:
        """`count` sounds around the one or the ones of `recipe`, taken in turn; lengths stay.

        `variance` 0 repeats them, 1 moves them as far as sounds of their kind lie apart.
        """
        rng = np.random.default_rng([abs(seed), 2])
        rows = np.arange(count) % max(1, len(recipe))
        z = self.prior.around(recipe.z[rows].astype(np.float32), rng=rng, variance=variance)
        return DecodeBatch(z=z, seconds=recipe.seconds[rows].astype(np.float32))

    def mix(self, recipes: DecodeBatch, weights: ArrayLike, *, raw: bool) -> DecodeBatch:
        """One sound: the weighted sum of all rows, lengths mixed by their logarithms.

        Weights are divided by their sum unless `raw`. Raises ValueError for another number of weights than rows, for
        weights that are not finite, and, unless `raw`, for negative ones and a sum of zero.
        """
        w = np.asarray(weights, dtype=np.float64).reshape(-1)
        if len(w) != len(recipes) or not len(w):
            raise ValueError(f"{len(w)} weights for {len(recipes)} sounds")
        if not np.isfinite(w).all():
            raise ValueError("a weight is not finite")
        if not raw:
            if (w < 0).any() or w.sum() <= 0:
                raise ValueError("weights are negative or sum to nothing; only raw weights may")
            w = w / w.sum()
        share = np.abs(w) / max(float(np.abs(w).sum()), 1e-12)
        z = (w[:, None] * recipes.z).sum(axis=0, keepdims=True)
        seconds = np.exp((share * np.log(_within(recipes.seconds))).sum())
        return DecodeBatch(z=z.astype(np.float32), seconds=_within(np.array([seconds])))


def _within(seconds: FloatArray) -> FloatArray:
    return np.clip(seconds, SHORTEST_S, LONGEST_S).astype(np.float32)
