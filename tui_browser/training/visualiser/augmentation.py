"""Variations of spectra: another tuning, another tone, another sound beside it, another level.

Without them the network learns the notes of its songs by heart and is worse than PCA on new ones.
"""

from __future__ import annotations

import numpy as np
import torch

_TUNING = 0.35
"""Most that frequencies are raised or lowered, as a logarithm."""
_KNOTS, _TONE = 9, 0.5
"""Points of a random curve of tone, and its spread as a logarithm."""
_MIXED = 0.5
_LEVEL = 0.5


def varied(spectra: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """(B, BINS) compressed magnitudes, varied at random; a batch shares its tuning."""
    spectra = _retuned(spectra, float(np.exp(rng.uniform(-_TUNING, _TUNING))))
    magnitudes = torch.expm1(spectra)
    knots = torch.from_numpy(rng.normal(0, _TONE, (len(spectra), 1, _KNOTS)).astype(np.float32))
    curve = torch.nn.functional.interpolate(knots, size=spectra.shape[1], mode="linear", align_corners=True)[:, 0]
    level = torch.from_numpy(rng.normal(0, _LEVEL, (len(spectra), 1)).astype(np.float32))
    magnitudes = magnitudes * torch.exp(curve + level)
    beside = torch.from_numpy((rng.random((len(spectra), 1)) < _MIXED).astype(np.float32))
    magnitudes = torch.sqrt(magnitudes.square() + beside * magnitudes.roll(1, 0).square())
    return torch.log1p(magnitudes)


def _retuned(spectra: torch.Tensor, ratio: float) -> torch.Tensor:
    """All frequencies times `ratio`."""
    places = torch.arange(spectra.shape[1], dtype=torch.float32) / ratio
    low = places.floor().long().clamp(max=spectra.shape[1] - 2)
    part = (places - low).clamp(0, 1)
    between = spectra[:, low] * (1 - part) + spectra[:, low + 1] * part
    return between * (places < spectra.shape[1] - 1)
