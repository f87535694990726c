"""Snapshots made of paths, for searching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tui_browser.records import FEATURES, UNCLASSED, Names, SampleId, Snapshot


def names(paths: Sequence[bytes]) -> Names:
    offsets = np.zeros(len(paths) + 1, dtype=np.int64)
    np.cumsum([len(path) for path in paths], out=offsets[1:])
    return Names(b"".join(paths), offsets)


def snapshot(
    paths: Sequence[bytes],
    *,
    classes: Sequence[int] | None = None,
    class_p: Sequence[float] | None = None,
    flags: Sequence[int] | None = None,
    tags: Mapping[int, tuple[str, ...]] | None = None,
    features: Mapping[str, Sequence[float]] | None = None,
) -> Snapshot:
    """A snapshot of these paths; ids are ten times the row."""
    count = len(paths)
    table = np.full((count, len(FEATURES)), np.nan, dtype=np.float32)
    for name, values in (features or {}).items():
        table[:, FEATURES.index(name)] = values
    return Snapshot(
        revision=1,
        layout="",
        space="",
        ids=np.arange(count, dtype=np.int64) * 10,
        xy=np.zeros((count, 2), dtype=np.float32),
        classes=np.array(classes if classes is not None else [UNCLASSED] * count, dtype=np.uint8),
        class_p=np.array(class_p if class_p is not None else [1.0] * count, dtype=np.float32),
        flags=np.array(flags if flags is not None else [0] * count, dtype=np.uint8),
        features=table,
        names=names(paths),
        tags={SampleId(row * 10): own for row, own in (tags or {}).items()},
    )
