"""t-SNE of fingerprints, class probabilities and embeddings, in two and three dimensions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tui_browser.errors import BrowserError, counted
from tui_browser.layouts.exact_knn import knn
from tui_browser.layouts.fit import check_installed
from tui_browser.records import FloatArray
from tui_browser.workbench.components import principal_components, unit_range

MODES = ("fingerprints", "predicted_labels", "predicted_encoding", "combined")
PERPLEXITIES = (1.0, 200.0)
LEAST_DIMS = 2
_SAMPLES_PER_PERPLEXITY = 3
_STEPS, _EVERY = 750, 25
_ONE_THREAD_BELOW = 1000
"""Samples below which threads that wait for each other cost more than they save."""


@dataclass(frozen=True, slots=True)
class TsneRun:
    """One t-SNE of several: its data and its parameters."""

    mode: str
    """One of `MODES`."""
    dims: int
    """Principal components of the data that t-SNE gets."""
    perplexity: float

    @property
    def name(self) -> str:
        """The stem of its files, as in `fingerprints.30.30`."""
        return f"{self.mode}.{self.dims}.{self.perplexity:g}"


def all_runs(modes: Sequence[str], dims: Sequence[int], perplexities: Sequence[float]) -> list[TsneRun]:
    """All combinations, without repetition."""
    runs = [TsneRun(mode, dim, perplexity) for mode in modes for dim in dims for perplexity in perplexities]
    return list(dict.fromkeys(runs))


def check_enough(count: int, runs: Sequence[TsneRun]) -> None:
    """Raise BrowserError if t-SNE cannot be done with this number of samples, or is not installed."""
    largest = max((run.perplexity for run in runs), default=0.0)
    needed = _SAMPLES_PER_PERPLEXITY * largest
    if not runs:
        return
    if count < needed:
        most = count // _SAMPLES_PER_PERPLEXITY
        ways = "--no-tsne leaves t-SNE out"
        hint = f"--perplexity {most} at most, or {ways}" if most >= PERPLEXITIES[0] else ways
        raise BrowserError(
            f"t-SNE with perplexity {largest:g} needs {needed:g} samples, and there are {counted(count, 'sample')}",
            hint=hint,
        )
    check_installed("tsne")


def tsne_input(mode: str, arrays: Mapping[str, FloatArray]) -> FloatArray:
    """(N, D) data of a mode: fingerprints as they are, labels from 0 to 1, encodings with unit deviation, or all.

    `arrays` holds (N, ...) arrays by mode.
    """
    if mode == "combined":
        return np.concatenate([tsne_input(name, arrays) for name in MODES if name in arrays], axis=1)
    rows = arrays[mode].reshape(len(arrays[mode]), -1).astype(np.float32)
    if mode == "predicted_labels":
        return unit_range(rows, axis=None)
    if mode == "predicted_encoding":
        deviation = rows.std(axis=0)
        return np.asarray(rows[:, deviation > 0] / deviation[deviation > 0], dtype=np.float32)
    return rows


def fit_tsne(
    rows: FloatArray, affinities: Any, *, components: int, seed: int, on_step: Callable[[int, int], None]
) -> FloatArray:
    """(N, components) places, each column from 0 to 1, of rows (N, d) with their affinities.

    `on_step` receives the number of finished steps and of all.
    """
    import openTSNE  # 1 s; only the worker imports it

    start = principal_components(rows, components)
    start = np.pad(start, ((0, 0), (0, components - start.shape[1])))
    jitter = np.random.default_rng(seed).standard_normal(start.shape) * 1e-6  # equal sounds do not start as one
    begin = start / max(float(start[:, 0].std()), 1e-12) * 1e-4 + jitter
    done = 0

    def count_steps(*_: object) -> None:
        nonlocal done
        done = min(done + _EVERY, _STEPS)
        on_step(done, _STEPS)

    few = len(rows) < _ONE_THREAD_BELOW
    model: Any = openTSNE.TSNE(
        n_components=components,
        negative_gradient_method="bh" if components > 2 or few else "auto",  # FFT interpolation knows two dimensions
        callbacks=count_steps,
        callbacks_every_iters=_EVERY,
        random_state=seed,
        n_jobs=_threads(len(rows)),
    )
    return unit_range(np.asarray(model.fit(affinities=affinities, initialization=begin), dtype=np.float32))


def tsne_affinities(rows: FloatArray, perplexity: float) -> Any:
    """openTSNE's affinities of rows (N, d), from exact neighbours.

    Its own search for neighbours would import pynndescent, which compiles for half a minute.
    """
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    count = len(rows)
    neighbours, distances = knn(rows, rows, k=int(3 * perplexity), skip=np.arange(count))
    perplexity = min(perplexity, (count - 1) / 3)
    return PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(neighbours, distances.astype(np.float64)),
        perplexity=perplexity,
        n_jobs=_threads(count),
    )


def _threads(count: int) -> int:
    return 1 if count < _ONE_THREAD_BELOW else os.cpu_count() or 1


def run_all(
    runs: Sequence[TsneRun],
    arrays: Mapping[str, FloatArray],
    *,
    seed: int,
    on_step: Callable[[int, int], None],
) -> Iterator[tuple[TsneRun, FloatArray, FloatArray]]:
    """Each run with its places in two dimensions (N, 2) and three (N, 3); `on_step` counts the steps of all."""
    total = 2 * len(runs) * _STEPS
    before = 0

    def report(done: int, _: int) -> None:
        on_step(before + done, total)

    for run in runs:
        rows = principal_components(tsne_input(run.mode, arrays), run.dims)
        affinities = tsne_affinities(rows, run.perplexity)
        places = []
        for components in (2, 3):
            places.append(fit_tsne(rows, affinities, components=components, seed=seed, on_step=report))
            before += _STEPS
        yield run, places[0], places[1]
