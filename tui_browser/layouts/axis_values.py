"""Layouts with free axes over a library."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.axes import ADDED, DATE, AxisScale, Values, axis_values, fit_scale, parse_axes
from tui_browser.records import FloatArray, SampleId, Snapshot
from tui_browser.store.store import Store


def place_on_axes(
    store: Store, snapshot: Snapshot, sounding: NDArray[np.bool_], *, name: str, space: str, scales: str = ""
) -> tuple[FloatArray, str]:
    """Positions (n, 2) of the sounding samples on the axes in `name`, and the scales of the axes as JSON.

    The `scales` of an earlier call are reused, so that no sample moves. Raises LayoutError.
    """
    assert snapshot.vectors is not None  # loaded by the caller
    ids, vectors = snapshot.ids[sounding], snapshot.vectors[sounding]
    more: dict[str, Callable[[], Values]] = {
        ADDED: lambda: np.searchsorted(snapshot.ids, ids).astype(np.float64),
        DATE: lambda: np.array([row.mtime_ns / 1e9 for row in store.rows(_sample_ids(ids))]),
    }
    columns, new_scales = [], []
    old_scales = json.loads(scales) if scales else None
    for side, axis in enumerate(parse_axes(name)):
        values = axis_values(
            axis,
            features=snapshot.features[sounding],
            latent=lambda: _latent(store, space, ids),
            vectors=vectors,
            more=more,
        )
        scale = fit_scale(values, log=axis.log)
        if old_scales:
            scale = AxisScale(old_scales[side][0], old_scales[side][1], axis.log)
        columns.append(scale.apply(values))
        new_scales.append([scale.low, scale.high])
    return np.column_stack(columns).astype(np.float32), json.dumps(new_scales)


def _latent(store: Store, space: str, ids: NDArray[np.int64]) -> FloatArray:
    """(n, Z) latents of the samples, NaN for samples without one."""
    encodings = store.encodings(space)
    at = np.searchsorted(encodings.ids, ids)
    exists = at < len(encodings.ids)
    exists[exists] = encodings.ids[at[exists]] == ids[exists]
    z = np.full((len(ids), encodings.z.shape[1]), np.nan, dtype=np.float32)
    z[exists] = encodings.z[at[exists]]
    return z


def _sample_ids(ids: NDArray[np.int64]) -> list[SampleId]:
    return [SampleId(int(sample)) for sample in ids]
