"""Colours of samples for other programs: from three dimensions, or from groups of fingerprints."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray
from tui_browser.workbench.tsne import principal_components, unit_range

GROUPS = 128


def component_colours(rows: FloatArray) -> FloatArray:
    """(N, 3) in [0, 1]: the first three principal components of rows (N, D) as red, green and blue."""
    flat = principal_components(rows, 3)
    return unit_range(np.pad(flat, ((0, 0), (0, 3 - flat.shape[1]))))


def group_colours(rows: FloatArray, *, seed: int, groups: int = GROUPS) -> FloatArray:
    """(N, 3) in [0, 1]: a hue for each k-means group of rows (N, D); groups that are alike have near hues."""
    group, centres = _groups(rows, min(groups, len(rows)), seed=seed)
    along = principal_components(centres, 1)[:, 0]
    hue = np.empty(len(centres), dtype=np.int64)
    hue[np.argsort(along, kind="stable")] = np.arange(len(centres))
    rainbow = np.array([colorsys.hsv_to_rgb(n / len(centres), 1.0, 1.0) for n in range(len(centres))])
    return rainbow[hue[group]].astype(np.float32)


def _groups(rows: FloatArray, count: int, *, seed: int) -> tuple[NDArray[np.int64], FloatArray]:
    """(N,) group of each row, and the centres (count, D)."""
    from sklearn.cluster import MiniBatchKMeans  # 1 s; only the worker imports it

    model = MiniBatchKMeans(n_clusters=count, random_state=seed, n_init=3, batch_size=1024)
    group = np.asarray(model.fit_predict(rows), dtype=np.int64)
    return group, np.asarray(model.cluster_centers_, dtype=np.float32)
