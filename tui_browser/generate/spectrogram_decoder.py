"""Decoder of an imported model: layers turn z into a spectrogram, from which a sound is reconstructed.

The same methods as `SoundDecoder`. The prior is the unit Gaussian that variational autoencoders are trained with, and
all sounds have at most the length that the spectrogram covers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tui_browser.audio.resampling import resample
from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.generate.phase import reconstruct
from tui_browser.generate.sound_decoder import DecodeBatch, mix_rows
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import read_layer_network
from tui_browser.model.decoder_shape import RATE, SHORTEST_S
from tui_browser.records import FloatArray

_FADE_S = 0.005
_Z_LIMIT = 1e4
"""Largest value of z that is decoded."""


class SpectrogramDecoder:
    """The decoder of a bundle of layers, in this process.

    The constructor imports torch (1.6 s) and raises BundleError if the decoder is missing or damaged.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        import torch  # 1.6 s

        from tui_browser.model.layer_network import LayerNetwork

        torch.set_num_threads(threads)
        self.bundle = bundle
        chain, self._front_end, tensors = read_layer_network(bundle)
        weights = {name: torch.from_numpy(value) for name, value in tensors.items()}
        self._network = LayerNetwork(chain, weights).eval()

    def reproduce(self, z: ArrayLike, sound: FloatArray, seconds: float) -> DecodeBatch:  # as `SoundDecoder`
        """One row with the encoder's `z` itself: such a model decodes exactly what it has heard."""
        return DecodeBatch(z=np.asarray(z, dtype=np.float32)[None], seconds=np.array([seconds], dtype=np.float32))

    def decode(self, batch: DecodeBatch, *, seed: int) -> list[FloatArray]:
        """A mono float32 sound at 44,100 Hz for each row, with a peak of 1; `seed` gives the first phases."""
        import torch  # already imported by the constructor

        z = np.clip(np.nan_to_num(batch.z, nan=0.0), -_Z_LIMIT, _Z_LIMIT).astype(np.float32)
        sounds = []
        for i in range(len(batch)):  # one row at a time: results must not depend on the batch size
            with torch.inference_mode():
                picture: FloatArray = self._network(torch.from_numpy(z[i : i + 1]))[0, :, :, 0].numpy()
            rng = np.random.default_rng([abs(seed), i])
            sounds.append(_finish(_render(picture, self._front_end, rng), float(batch.seconds[i]), self._front_end))
        return sounds

    def draw(self, count: int, *, seed: int, class_index: int | None = None, variance: float = 1.0) -> DecodeBatch:
        """`count` latents from a Gaussian of this variance; these models have no classes."""
        assert class_index is None  # a request with a class is refused for a model without classes
        rng = np.random.default_rng([abs(seed), 1])
        z = rng.standard_normal((count, self.bundle.z_dim)) * np.sqrt(variance)
        return DecodeBatch(z=z.astype(np.float32), seconds=np.full(count, self._front_end.window_s, np.float32))

    def vary(self, batch: DecodeBatch, *, count: int, variance: float, seed: int) -> DecodeBatch:
        """`count` variations of the rows of `batch`, taken in turn, by Gaussian noise of this variance on z."""
        rng = np.random.default_rng([abs(seed), 2])
        rows = np.arange(count) % max(1, len(batch))
        noise = rng.standard_normal((count, self.bundle.z_dim)) * np.sqrt(variance)
        z = (batch.z[rows] + noise).astype(np.float32)
        return DecodeBatch(z=z, seconds=batch.seconds[rows].astype(np.float32))

    def mix(self, batch: DecodeBatch, weights: ArrayLike, *, raw: bool) -> DecodeBatch:
        """One row: the weighted sum of the latents; see `mix_rows`."""
        return mix_rows(batch, weights, raw=raw)


def _render(picture: FloatArray, front_end: StftFrontEnd, rng: np.random.Generator) -> FloatArray:
    """(n,) sound of a picture at the rate of the front end; zeros for a picture that is not finite."""
    if not np.isfinite(picture).all():
        return np.full(front_end.length, np.nan, dtype=np.float32)  # the generator refuses it with the model's name
    phases = front_end.phases(picture)
    if phases is None:
        phases = rng.uniform(-np.pi, np.pi, (front_end.bins, front_end.frames)).astype(np.float32)
    sound = reconstruct(front_end.magnitudes(picture), phases, n_fft=front_end.n_fft, hop=front_end.hop)
    return sound[: front_end.length]


def _finish(sound: FloatArray, seconds: float, front_end: StftFrontEnd) -> FloatArray:
    """The sound at 44,100 Hz, cut to `seconds` with a short fade, its peak at 1."""
    seconds = float(np.clip(np.nan_to_num(seconds, nan=SHORTEST_S), SHORTEST_S, len(sound) / front_end.sample_rate))
    full = resample(sound, front_end.sample_rate, RATE)[: round(seconds * RATE)].copy()
    fade = min(len(full), int(_FADE_S * RATE))
    full[len(full) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    peak = float(np.abs(full).max(initial=0.0))
    return full / np.float32(peak) if peak > 0 else full
