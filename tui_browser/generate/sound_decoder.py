"""Decoder and prior of a model: latents are drawn, varied, mixed and rendered as sound.

A sound is described by z, the encoder's latent, and a length. Rendered sounds have a peak of 1.
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
from tui_browser.model.source_detail import add_detail, detail_peak, fit_detail, mix_details
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    from tui_browser.model.decoder_network import DecoderNetwork


@dataclass(frozen=True, slots=True)
class DecodeBatch:
    """Latents and lengths of N sounds."""

    z: FloatArray
    """(N, Z)"""
    seconds: FloatArray
    """(N,) lengths; `SoundDecoder.decode` keeps them within `SHORTEST_S` to `LONGEST_S`."""
    detail: FloatArray | None = None
    """(N, N_DETAIL) what recordings have beyond z, see `source_detail`; None for nothing."""

    def __len__(self) -> int:
        return len(self.z)


class SoundDecoder:
    """The decoder and the prior of a bundle, in this process.

    The constructor imports torch (1.6 s) and raises BundleError if the decoder is missing or damaged.
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

    def reproduce(self, z: ArrayLike, sound: FloatArray, seconds: float) -> DecodeBatch:
        """One row that sounds most like `sound`: a latent near the encoder's `z` (Z,), and the detail beyond it.

        `sound` is (n,) mono at 44,100 Hz from its onset; `seconds` of it count. Takes about 100 ms on one core. The row
        is `z` alone for silence and for values that are not finite. See `latent_search` and `source_detail`.
        """
        import torch  # already imported by `_load`

        from tui_browser.model.latent_search import chart_weights

        near = np.asarray(z, dtype=np.float32)
        length = float(np.clip(seconds, SHORTEST_S, LONGEST_S))
        lengths = np.array([length], dtype=np.float32)
        if not (np.isfinite(sound).all() and np.isfinite(near).all() and np.abs(sound).max(initial=0.0) > 0):
            return DecodeBatch(z=near[None], seconds=lengths)
        charts = analyse(sound, shape=self.shape)
        near = self._refine(near, charts, length)
        detail = fit_detail(
            sound,
            charts,
            decoded=self._charts(near[None], lengths),
            weights=chart_weights(torch.from_numpy(charts), length, self.shape),
            seconds=length,
            shape=self.shape,
        )
        return DecodeBatch(z=near[None], seconds=lengths, detail=detail[None])

    def _refine(self, z: FloatArray, charts: FloatArray, seconds: float) -> FloatArray:
        import torch  # already imported by `_load`

        from tui_browser.model.latent_search import refine_latent

        refined: FloatArray = refine_latent(
            self._network, torch.from_numpy(z), torch.from_numpy(charts), seconds
        ).numpy()
        return refined

    def _charts(self, z: FloatArray, seconds: FloatArray) -> FloatArray:
        """Charts (3, M, T) of one latent (1, Z) and length (1,)."""
        import torch  # already imported by `_load`

        from tui_browser.model.decoder_network import bound_charts

        with torch.inference_mode():
            charts = bound_charts(self._network(torch.from_numpy(z), torch.from_numpy(seconds)))
        return np.asarray(charts[0].numpy())

    def decode(self, batch: DecodeBatch, *, seed: int) -> list[FloatArray]:
        """One mono float32 sound at 44,100 Hz for each row: finite, with a peak of 1 and the length of the row.

        Noise in sound i depends only on `seed` and i. Results are identical on the same machine and torch version.
        """
        seconds = np.clip(np.nan_to_num(batch.seconds, nan=SHORTEST_S), SHORTEST_S, LONGEST_S).astype(np.float32)
        z = np.clip(np.nan_to_num(batch.z, nan=0.0), -100.0, 100.0).astype(np.float32)
        detail = None if batch.detail is None else np.clip(np.nan_to_num(batch.detail), -1e3, 1e3)
        sounds = []
        for i in range(len(batch)):  # one row at a time: results must not depend on the batch size
            charts, length, peak = self._charts(z[i : i + 1], seconds[i : i + 1]), float(seconds[i]), None
            if detail is not None:
                charts = add_detail(charts, detail[i], seconds=length, shape=self.shape)
                peak = detail_peak(detail[i])
            rng = np.random.default_rng([abs(seed), i])
            sounds.append(render_charts(charts, shape=self.shape, seconds=length, rng=rng, peak=peak))
        return sounds

    def draw(self, count: int, *, seed: int, class_index: int | None = None, variance: float = 1.0) -> DecodeBatch:
        """`count` latents from the prior, of one class (index into the bundle's classes) or of all classes alike."""
        points = self.prior.draw(
            count, rng=np.random.default_rng([abs(seed), 1]), class_index=class_index, variance=variance
        )
        return DecodeBatch(z=points[:, :-1].copy(), seconds=_clip_length(np.exp(points[:, -1].clip(-10, 3))))

    def vary(self, batch: DecodeBatch, *, count: int, variance: float, seed: int) -> DecodeBatch:
        """`count` variations of the rows of `batch`, taken in turn; lengths and details stay.

        `variance` 0 repeats the rows, 1 spreads them like sounds of the same Gaussian of the prior.
        """
        rng = np.random.default_rng([abs(seed), 2])
        rows = np.arange(count) % max(1, len(batch))
        z = self.prior.around(batch.z[rows].astype(np.float32), rng=rng, variance=variance)
        detail = None if batch.detail is None else batch.detail[rows]
        return DecodeBatch(z=z, seconds=batch.seconds[rows].astype(np.float32), detail=detail)

    def mix(self, batch: DecodeBatch, weights: ArrayLike, *, raw: bool) -> DecodeBatch:
        """One row: the weighted sum of the latents; see `mix_rows`."""
        return mix_rows(batch, weights, raw=raw)


def mix_rows(batch: DecodeBatch, weights: ArrayLike, *, raw: bool) -> DecodeBatch:
    """One row: the weighted sum of the latents, and the weighted geometric mean of the lengths.

    Weights are divided by their sum unless `raw`. Raises ValueError if their number differs from the rows or a
    weight is not finite, and, unless `raw`, if one is negative or all are zero.
    """
    w = np.asarray(weights, dtype=np.float64).reshape(-1)
    if len(w) != len(batch) or not len(w):
        raise ValueError(f"{len(w)} weights for {len(batch)} sounds")
    if not np.isfinite(w).all():
        raise ValueError("a weight is not finite")
    if not raw:
        if (w < 0).any() or w.sum() <= 0:
            raise ValueError("weights must not be negative and must not sum to 0 unless they are raw")
        w = w / w.sum()
    share = np.abs(w) / max(float(np.abs(w).sum()), 1e-12)
    z = (w[:, None] * batch.z).sum(axis=0, keepdims=True)
    seconds = np.exp((share * np.log(_clip_length(batch.seconds))).sum())
    detail = None if batch.detail is None else mix_details(batch.detail, w)
    return DecodeBatch(z=z.astype(np.float32), seconds=_clip_length(np.array([seconds])), detail=detail)


def _clip_length(seconds: FloatArray) -> FloatArray:
    return np.clip(seconds, SHORTEST_S, LONGEST_S).astype(np.float32)
