"""Free axes over a library: which number of a sample each axis asks for, and where that puts it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_browser.layouts.axes import ADDED, DATE, AxisScale, Values, axis_values, fit_scale, parse_axes
from tui_browser.records import FloatArray, SampleId, Snapshot
from tui_browser.store.store import Store


def place_on_axes(
    store: Store, snapshot: Snapshot, sounding: NDArray[np.bool_], *, name: str, space: str, kept: str = ""
) -> tuple[FloatArray, str]:
    """Places (n, 2) of the sounding samples on the axes that `name` says, and the axes' scales as text.

    With `kept`, the scales of an older chart, they are used again: nobody who was on it moves. Raises LayoutError.
    """
    assert snapshot.vectors is not None  # its caller loads them
    ids, vectors = snapshot.ids[sounding], snapshot.vectors[sounding]
    more: dict[str, Callable[[], Values]] = {
        ADDED: lambda: np.searchsorted(snapshot.ids, ids).astype(np.float64),
        DATE: lambda: np.array([row.mtime_ns / 1e9 for row in store.rows(_sample_ids(ids))]),
    }
    columns, scales = [], []
    older = json.loads(kept) if kept else None
    for side, axis in enumerate(parse_axes(name)):
        values = axis_values(
            axis,
            features=snapshot.features[sounding],
            latent=lambda: _latent(store, space, ids),
            vectors=vectors,
            more=more,
        )
        scale = AxisScale(older[side][0], older[side][1], axis.log) if older else fit_scale(values, log=axis.log)
        columns.append(scale.apply(values))
        scales.append([scale.low, scale.high])
    return np.column_stack(columns).astype(np.float32), json.dumps(scales)


def _latent(store: Store, space: str, ids: NDArray[np.int64]) -> FloatArray:
    """The latent means (n, Z) of these samples, NaN for one that has none."""
    found = store.encodings(space)
    at = np.searchsorted(found.ids, ids)
    inside = at < len(found.ids)
    inside[inside] = found.ids[at[inside]] == ids[inside]
    z = np.full((len(ids), found.z.shape[1]), np.nan, dtype=np.float32)
    z[inside] = found.z[at[inside]]
    return z


def _sample_ids(ids: NDArray[np.int64]) -> list[SampleId]:
    return [SampleId(int(sample)) for sample in ids]
