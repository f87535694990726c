"""How much a sound is like a kick, a snare, a closed and an open hi-hat: four distances, 0 for what is most like it.

Where the model knows these classes, a distance is one minus the probability. Else it is, as in the original tools, that
of spectral centroid and bandwidth to reference sounds, which the synthesiser makes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.synth.render import render
from tui_browser.workbench.encodings import SampleEncodings
from tui_browser.workbench.fingerprints import N_FFT, stft_magnitude

DRUMS = ("kick", "snare", "hat_closed", "hat_open")
"""The classes in the order of the four distances."""
_REFERENCES = 16
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 20_000.0
_BATCH = 64
_MOST_ALIKE, _LEAST_ALIKE = 200, 4
_LIKE = 0.5
"""Largest distance of a sound that is called alike, where there are enough."""


def model_distances(encodings: SampleEncodings) -> FloatArray | None:
    """(N, 4) one minus the probability of each drum; None if the model lacks one of them or has not heard all."""
    if not encodings.classified or not set(DRUMS) <= set(encodings.class_names):
        return None
    columns = [encodings.class_names.index(name) for name in DRUMS]
    return np.asarray(np.clip(1.0 - encodings.probabilities[:, columns], 0.0, 1.0), dtype=np.float32)


def spectral_distances(clips: FloatArray, rate: int, *, on_clip: Callable[[int], None] = lambda _: None) -> FloatArray:
    """(N, 4) distances of clips (N, n) to the references, by centroid and bandwidth; 1 is 20 kHz."""
    references = np.array([_reference(name, clips.shape[1], rate) for name in DRUMS], dtype=np.float32)
    shapes = np.empty((len(clips), 2), dtype=np.float32)
    for start in range(0, len(clips), _BATCH):
        shapes[start : start + _BATCH] = spectral_shape(clips[start : start + _BATCH], rate)
        on_clip(min(start + _BATCH, len(clips)))
    return np.asarray(np.linalg.norm(shapes[:, np.newaxis] - references, axis=2), dtype=np.float32)


def spectral_shape(clips: FloatArray, rate: int) -> FloatArray:
    """(N, 2) spectral centroid and bandwidth of clips (N, n), 20 Hz at 0 and 20 kHz at 1; loud moments count more."""
    power = (stft_magnitude(np.asarray(clips)).astype(np.float64) ** 2).sum(axis=2)
    hz = np.fft.rfftfreq(N_FFT, 1 / rate)
    weight = power / np.maximum(power.sum(axis=1, keepdims=True), 1e-12)
    centroid = (weight * hz).sum(axis=1)
    bandwidth = np.sqrt((weight * (hz - centroid[:, np.newaxis]) ** 2).sum(axis=1))
    means = np.stack([centroid, bandwidth], axis=1)
    return ((means - _LOWEST_HZ) / (_HIGHEST_HZ - _LOWEST_HZ)).astype(np.float32)


def _reference(name: str, length: int, rate: int) -> FloatArray:
    """(2,) the median shape of synthesised drums of a class."""
    sounds = (render(name, np.random.default_rng(seed), rate=rate)[:length] for seed in range(_REFERENCES))
    clips = np.stack([np.pad(sound, (0, length - len(sound))) for sound in sounds])
    return np.asarray(np.median(spectral_shape(clips, rate), axis=0), dtype=np.float32)


def representatives(distances: FloatArray) -> list[int]:
    """The row that is most like each drum, a different one for each as far as there are enough rows."""
    chosen: list[int] = []
    for column in range(distances.shape[1]):
        order = np.argsort(distances[:, column], kind="stable").tolist()
        chosen.append(next((row for row in order if row not in chosen), order[0]))
    return chosen


def alike(distances: FloatArray, column: int) -> NDArray[np.int64]:
    """Ascending rows that are like this drum: nearer to it than to the others and not far, at most 200.

    At least the four nearest ones, however far.
    """
    order = np.argsort(distances[:, column], kind="stable")
    near = (distances[order].argmin(axis=1) == column) & (distances[order, column] < _LIKE)
    near[:_LEAST_ALIKE] = True
    return np.sort(order[near][:_MOST_ALIKE])


def sort_first(count: int, first: Sequence[int], *, seed: int) -> NDArray[np.int64]:
    """All rows in a random order, with `first` at the front."""
    order = np.random.default_rng(seed).permutation(count)
    front = list(dict.fromkeys(first))
    return np.concatenate([np.array(front, dtype=np.int64), order[~np.isin(order, front)]])
