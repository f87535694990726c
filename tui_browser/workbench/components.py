"""Principal components of samples, and colours that follow from them or from groups of samples."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray

GROUPS = 128


def unit_range(values: FloatArray, *, axis: int | None = 0) -> FloatArray:
    """The values with minimum 0 and maximum 1 along an axis, or over all; 0.5 where they are all the same."""
    low, high = values.min(axis=axis, keepdims=True), values.max(axis=axis, keepdims=True)
    span = high - low
    return np.where(span > 0, (values - low) / np.where(span > 0, span, 1), 0.5).astype(np.float32)


def principal_components(rows: FloatArray, dims: int) -> FloatArray:
    """(N, d) coordinates on the first principal axes, d at most `dims`, D and N."""
    centred = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    dims = min(dims, *rows.shape)
    if len(rows) < rows.shape[1]:  # fewer samples than numbers
        left, values, _ = np.linalg.svd(centred, full_matrices=False)
        return np.ascontiguousarray(_signed(left[:, :dims] * values[:dims]), dtype=np.float32)
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    return np.ascontiguousarray(_signed(centred @ axes[:, ::-1][:, :dims].astype(np.float32)), dtype=np.float32)


def _signed(columns: FloatArray) -> FloatArray:
    """The columns with their largest entry positive, so that a result does not depend on the solver."""
    if not columns.size:
        return columns
    largest = columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])]
    return columns * np.where(largest < 0, -1, 1).astype(columns.dtype)


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
