"""How probable it is that the drums of a kit are its low, mid or high toms, from their pitches.

A kit has a centre of pitch, around the centre of real kits, and a distance between its sizes; both are unknown, and
every way of splitting the drums, in the order of pitch, into low, mid and high ones is weighed by how well it fits some
centre and distance. A lone drum is so judged against real kits alone, three drums a little apart are low, mid and high
wherever they lie, and the drums in the middle of a large kit stay doubtful. The figures are from recorded kits with
named toms; `python -m benchmarks toms` finds them again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DISTANCES = np.exp(np.linspace(np.log(0.08), np.log(0.9), 7))
"""Octaves between two sizes of a kit, as tried."""
_MEASURED = 0.02
"""Octaves by which a pitch may be measured wrong."""
_ONE_SET = 3
"""Kits with more drums than this may hold several sets of toms, each with a centre of its own."""
_BLOCK = 4_000_000
"""Most numbers held at once."""


@dataclass(frozen=True, slots=True)
class TomKits:
    """What is known of the toms of real kits; pitches and distances in octaves."""

    centre: float = 6.923
    """Mean pitch of the middle tom, as log2 of Hz: 121 Hz."""
    centre_spread: float = 0.428
    distance: float = 0.382
    """Median distance between two sizes."""
    distance_spread: float = 0.448
    """In natural logarithms."""
    size_spread: float = 0.451
    """Spread of the drums of one size, as a share of the distance."""
    set_spread: float = 1.098
    """Spread of sets within a large kit."""
    evenness: float = 0.593
    """How much a kit tends to have equally many drums of each size."""


REAL_KITS = TomKits()


def size_probabilities(octaves: NDArray[np.float64], kits: TomKits = REAL_KITS) -> NDArray[np.float64]:
    """(K, n, 3) probabilities of low, mid and high for the drums of K kits, n drums each.

    `octaves` is (K, n), log2 of the pitches in Hz, rising along each row.
    """
    count, drums = octaves.shape
    if drums == 0:
        return np.zeros((count, 0, 3))
    splits = (drums + 1) * (drums + 2) // 2
    step = max(1, _BLOCK // (splits * len(_DISTANCES)))
    return np.concatenate([_probabilities(octaves[at : at + step], kits) for at in range(0, max(1, count), step)])


def _probabilities(octaves: NDArray[np.float64], kits: TomKits) -> NDArray[np.float64]:
    drums = octaves.shape[1]
    low, high = np.triu_indices(drums + 1)  # the first `low` drums are low, those from `high` on are high
    weights = _split_weights(octaves - kits.centre, low, high, kits)
    place = np.arange(drums)
    lows = weights @ (place < low[:, None])
    highs = weights @ (place >= high[:, None])
    return np.stack([lows, np.maximum(0.0, 1.0 - lows - highs), highs], axis=-1)


def _split_weights(
    x: NDArray[np.float64], low: NDArray[np.intp], high: NDArray[np.intp], kits: TomKits
) -> NDArray[np.float64]:
    """(K, S) probabilities of the splits; the kit's centre is integrated out, the distance summed over."""
    drums = x.shape[1]
    sums = np.zeros((len(x), drums + 1))
    np.cumsum(x, axis=1, out=sums[:, 1:])
    whole, squares = sums[:, -1:, None], np.square(x).sum(axis=1)[:, None, None]
    along = (sums[:, -1:] - sums[:, low] - sums[:, high])[:, :, None]  # sum of x with -1 for low, 1 for high
    step = _DISTANCES[None, None, :]
    lows, highs = low[None, :, None], drums - high[None, :, None]
    variance = (kits.size_spread * step) ** 2 + _MEASURED**2 + kits.set_spread**2 * max(0.0, 1 - _ONE_SET / drums)
    shared = variance + drums * kits.centre_spread**2
    rest = whole - step * (highs - lows)
    rest_squares = squares - 2 * step * along + step**2 * (highs + lows)
    fit = -0.5 * (rest_squares - kits.centre_spread**2 * rest**2 / shared) / variance
    fit -= 0.5 * ((drums - 1) * np.log(variance) + np.log(shared))
    fit -= 0.5 * ((np.log(step) - np.log(kits.distance)) / kits.distance_spread) ** 2
    counts = np.stack([low, high - low, drums - high])
    fit -= (kits.evenness * np.square(counts - drums / 3).sum(axis=0) / drums)[None, :, None]
    weights: NDArray[np.float64] = np.exp(fit - fit.max(axis=(1, 2), keepdims=True)).sum(axis=2)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
