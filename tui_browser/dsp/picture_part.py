"""The picture part of a vector: how the energy of a sound lies over its bands.

What a network learned of drums groups sounds by kind; people also hear how bright, full and steady a sound is. So the
mean of each band of the log-mel over time, and its standard deviation, stand beside the network's embedding: of each
the first numbers of a cosine transform over the bands, which is where the shape of a spectrum lies. Both parts have
unit length and fixed shares of the squared norm, so that a vector with its picture part has unit length, too, and
Euclidean distance combines both: d^2 = (1 - SHARE) network^2 + SHARE picture^2.

The numbers and the share were chosen on kits of the training pool that the network never saw (docs/similar.md).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

MEANS, SPREADS = 6, 2
"""Numbers that are kept of the bands' means over time, and of their standard deviations."""
SIZE = MEANS + SPREADS
SHARE = 0.7
"""Share of the squared norm; pictures differ far less than embeddings, so about a third of a usual distance."""


def picture_parts(pictures: FloatArray) -> FloatArray:
    """(B, SIZE) unit length, from log-mels (B, M, T) in which 0 is the floor."""
    means, spreads = pictures.mean(axis=2), pictures.std(axis=2)
    cosines = _cosines(pictures.shape[1])
    parts = np.concatenate([_product(means, cosines[:, :MEANS]), _product(spreads, cosines[:, :SPREADS])], axis=1)
    parts[~parts.any(axis=1), 0] = 1.0  # silence
    return unit(parts)


def joined(vectors: FloatArray, parts: FloatArray) -> FloatArray:
    """(B, D + SIZE) unit length, from embeddings (B, D) and picture parts (B, SIZE) of unit length."""
    weighted = [np.sqrt(1.0 - SHARE) * vectors, np.sqrt(SHARE) * parts]
    return unit(np.concatenate(weighted, axis=1).astype(np.float32))


def has_picture_part(vectors: FloatArray) -> bool:
    """Whether vectors (N, D) have a picture part, which their shares of the squared norm tell."""
    if vectors.shape[1] <= SIZE:
        return False
    rows = vectors[:: max(1, len(vectors) // 64)]
    rows = rows[np.isfinite(rows).all(axis=1)]
    shares = np.einsum("ij,ij->i", rows[:, -SIZE:], rows[:, -SIZE:])
    return bool(len(rows)) and bool(np.abs(shares - SHARE).max() < 1e-3)


def with_width(vectors: FloatArray, width: int) -> FloatArray:
    """Vectors (..., D) as a library of vectors of `width` compares them; NaN where these can be no vectors of it.

    A library that was encoded before there were picture parts is searched without; a vector from then among later ones
    has zeros there.
    """
    here = vectors.shape[-1]
    if here == width:
        return vectors
    if here == width + SIZE:
        return unit(vectors[..., :width])
    if here == width - SIZE:
        return np.concatenate([vectors, np.zeros((*vectors.shape[:-1], SIZE), dtype=np.float32)], axis=-1)
    return np.full((*vectors.shape[:-1], width), np.nan, dtype=np.float32)


def unit(vectors: FloatArray) -> FloatArray:
    """The vectors (..., D) at length 1; a vector of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _product(rows: FloatArray, columns: NDArray[np.float32]) -> FloatArray:
    """The matrix product (B, K); BLAS sums in another order for other B, and a sound must not depend on its batch."""
    product: FloatArray = (rows[:, :, np.newaxis] * columns).sum(axis=1)
    return product


@cache
def _cosines(bands: int) -> NDArray[np.float32]:
    """(M, most) orthonormal cosines over the bands, slowest first (DCT-II)."""
    place = np.arange(bands) + 0.5
    rows = [np.cos(np.pi * number * place / bands) for number in range(max(MEANS, SPREADS))]
    return np.stack([row / np.linalg.norm(row) for row in rows], axis=1).astype(np.float32)
