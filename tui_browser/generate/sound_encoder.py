"""The encoder in the generator process: latents of parents, and generated sounds heard again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui_browser.indexing.file_encoder import FileEncoder, features_of
from tui_browser.model import pooling
from tui_browser.model.bundle import Bundle
from tui_browser.records import Encoding, FloatArray

if TYPE_CHECKING:
    from tui_browser.model.inference import InferenceEncoder


@dataclass(frozen=True, slots=True, eq=False)
class HeardSound:
    """A sound file as the encoder hears it."""

    encoding: Encoding
    """Of one sound (B = 1)."""
    duration_s: float
    loudness_db: float
    features: FloatArray
    """(F,) columns of `FEATURES`, NaN where unknown."""


class SoundEncoder:
    """The encoder of a bundle, in this process; its weights are loaded at the first call."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._files = FileEncoder(bundle)  # only decodes: its own encoder process is never started
        self._network: InferenceEncoder | None = None

    def latent(self, mel: FloatArray) -> FloatArray:
        """(Z,) latent of a log-mel (M, T); raises BundleError if the encoder is damaged."""
        from tui_browser.model.encoder_process import encode_mels

        z: FloatArray = encode_mels(self._loaded(), mel[np.newaxis], picture=False).z[0]
        return z

    def hear(self, path: bytes) -> HeardSound:
        """A file as it is heard when it is indexed; raises AudioError when it has no sound, else as `latent`."""
        from tui_browser.model.encoder_process import encode_mels

        clip = self._files.decode(path)
        encoding = encode_mels(self._loaded(), *pooling.encoder_batch([clip]), picture=self._bundle.has_picture_part)
        return HeardSound(encoding, clip.descriptors.duration_s, clip.descriptors.loudness_db, features_of(clip))

    def _loaded(self) -> InferenceEncoder:
        from tui_browser.model.inference import open_encoder

        if self._network is None:
            self._network = open_encoder(self._bundle)
        return self._network
