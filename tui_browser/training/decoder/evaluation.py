"""Classification of generated sounds by the model's own encoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_shape import RATE
from tui_browser.records import FloatArray
from tui_browser.training.decoder.training_data import encoder_mel, trim_to_onset


def classify_latents(bundle: Bundle, z: FloatArray, seconds: FloatArray, *, seed: int) -> NDArray[np.int64]:
    """(N,) classes of the sounds decoded from z (N, Z) and lengths (N,)."""
    sounds = SoundDecoder(bundle).decode(DecodeBatch(z=z, seconds=seconds), seed=seed)
    return np.asarray(class_probabilities(bundle, sounds).argmax(axis=1))


def class_probabilities(bundle: Bundle, sounds: list[FloatArray]) -> FloatArray:
    """(N, C) class probabilities of sounds at `RATE`; the model must have classes."""
    from tui_browser.model.encoder_network import load_encoder
    from tui_browser.model.encoder_process import encode_mels

    mels = np.stack([encoder_mel(trim_to_onset(sound, RATE), front_end=bundle.front_end) for sound in sounds])
    probabilities = encode_mels(load_encoder(bundle), mels, picture=False).probabilities
    assert probabilities is not None
    return probabilities
