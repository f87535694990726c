"""Libraries of made-up samples: paths, vectors and tags as a test wants them, without a sound."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.store.bulk_writer import SampleBatch, write_library


def made_up_library(
    path: Path,
    root: Path,
    names: Sequence[str],
    *,
    vectors: FloatArray | None = None,
    tags: Mapping[int, Sequence[str]] | None = None,
) -> str:
    """A library of these files below `root`, with ids from 1 on; `tags` by place in `names`. Returns its path."""
    count, random = len(names), np.random.default_rng(1)
    batch = SampleBatch(
        paths=[os.path.join(os.fsencode(root), os.fsencode(name)) for name in names],
        files=random.integers(0, 1 << 40, (count, 4)),
        hashes=[f"{at:032x}" for at in range(count)],
        sounds=np.full((count, 3), (44_100, 1, 1_000)),
        features=random.integers(0, 24, (count, 8)).astype(np.float32),
        embedding=random.random((count, 8), dtype=np.float32) if vectors is None else vectors,
        z=np.zeros((count, 4), dtype=np.float32),
        probabilities=random.random((count, 11), dtype=np.float32),
        xy=random.random((count, 2), dtype=np.float32),
        flags=np.zeros(count, dtype=np.uint8),
        tags=tags or {},
    )
    write_library(str(path), [batch], root=os.fsencode(root), space="made-up", layout="pca", notes={})
    return str(path)
