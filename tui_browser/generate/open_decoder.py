"""The decoder of a bundle, whatever its network is made of."""

from __future__ import annotations

from typing import Protocol

from numpy.typing import ArrayLike

from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.generate.spectrogram_decoder import SpectrogramDecoder
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import decoder_network
from tui_browser.model.layer_chain import LayerChain
from tui_browser.records import FloatArray


class LatentDecoder(Protocol):
    """Draws, varies and mixes latents, and renders them as sounds; see `SoundDecoder`."""

    def reproduce(self, z: ArrayLike, sound: FloatArray, seconds: float) -> DecodeBatch: ...
    def decode(self, batch: DecodeBatch, *, seed: int) -> list[FloatArray]: ...
    def draw(self, count: int, *, seed: int, class_index: int | None = None, variance: float = 1.0) -> DecodeBatch: ...
    def vary(self, batch: DecodeBatch, *, count: int, variance: float, seed: int) -> DecodeBatch: ...
    def mix(self, batch: DecodeBatch, weights: ArrayLike, *, raw: bool) -> DecodeBatch: ...


def open_decoder(bundle: Bundle, *, threads: int = 1) -> LatentDecoder:
    """Load the decoder, and torch with it (1.6 s); raises BundleError if it is missing or damaged."""
    is_layers = isinstance(decoder_network(bundle), LayerChain)
    return SpectrogramDecoder(bundle, threads=threads) if is_layers else SoundDecoder(bundle, threads=threads)
