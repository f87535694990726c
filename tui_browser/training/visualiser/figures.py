"""What the features are worth on held-out songs: beside PCA of ten, among each other, and within their ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.visualiser.features import to_unit_range
from tui_browser.visualiser.motion_model import FEATURES, MotionModel

_PARTS = 10
"""A range is cut into so many equal parts, to count how many of them are used."""
_USED = 0.02
"""A part is used if this share of all frames lies in it."""

Reconstruct = Callable[[FloatArray], FloatArray]


def measure(model: MotionModel, training: NDArray[np.float16], songs: Sequence[NDArray[np.float16]]) -> dict[str, Any]:
    """The figures of config.json; all but the first part are means over the held-out songs."""
    kept = explained(songs, lambda spectra: model.decode(model.encode(spectra)), model.mean)
    pca = explained(songs, _pca(training, model.mean), model.mean)
    tracks = [model.encode(song.astype(np.float32)) for song in songs]
    together = np.asarray(np.corrcoef(np.concatenate(tracks).T))
    others = np.abs(together[~np.eye(FEATURES, dtype=bool)])
    used, spread = zip(*(_use(to_unit_range(track)) for track in tracks), strict=True)
    return {
        "explained": round(kept, 4),
        "explained_pca10": round(pca, 4),
        "correlation_mean": round(float(others.mean()), 4),
        "correlation_max": round(float(others.max()), 4),
        "range_used": [round(float(value), 2) for value in np.mean(used, axis=0)],
        "range_spread": [round(float(value), 3) for value in np.mean(spread, axis=0)],
        "songs": len(songs),
    }


def explained(songs: Sequence[NDArray[np.float16]], reconstruct: Reconstruct, mean: FloatArray) -> float:
    """The share of the variance of all spectra around `mean` that a reconstruction holds."""
    error = total = 0.0
    for song in songs:
        spectra = song.astype(np.float32)
        error += float(np.square(spectra - reconstruct(spectra)).sum(dtype=np.float64))
        total += float(np.square(spectra - mean).sum(dtype=np.float64))
    return 1 - error / total


def _pca(training: NDArray[np.float16], mean: FloatArray) -> Reconstruct:
    """The best linear reconstruction from ten numbers, fitted to the training data."""
    import torch

    centred = torch.from_numpy(training.astype(np.float32) - mean)
    torch.manual_seed(0)
    axes = torch.pca_lowrank(centred, q=FEATURES + 10, center=False, niter=4)[2][:, :FEATURES].numpy()
    return lambda spectra: (spectra - mean) @ axes @ axes.T + mean


def _use(track: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of each feature within [0, 1]: the share of tenths of the range that are used, and its standard deviation."""
    counts = [np.histogram(column, bins=_PARTS, range=(0, 1))[0] / len(column) for column in track.T]
    used = np.array([(count >= _USED).mean() for count in counts], dtype=np.float32)
    return used, track.std(axis=0)
