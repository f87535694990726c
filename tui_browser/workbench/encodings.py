"""Class probabilities and embeddings of samples, as the library holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray, SampleRow
from tui_browser.store.store import Store


@dataclass(frozen=True, slots=True)
class SampleEncodings:
    """The model's output for N samples; NaN rows for those that wait for it."""

    class_names: tuple[str, ...]
    """C names; empty for a model without classes."""
    probabilities: FloatArray
    """(N, C)."""
    embeddings: FloatArray
    """(N, D) unit length; (N, 0) before anything is encoded."""

    @property
    def known(self) -> bool:
        """Whether every sample has an embedding."""
        return self.embeddings.shape[1] > 0 and bool(np.isfinite(self.embeddings).all())

    @property
    def classified(self) -> bool:
        """Whether every sample has probabilities."""
        return self.probabilities.shape[1] > 0 and bool(np.isfinite(self.probabilities).all())


def read_encodings(library_path: str, rows: Sequence[SampleRow]) -> SampleEncodings:
    """The encodings of these samples in the library's space."""
    with Store.open(library_path, mode="read") as store:
        table = store.encodings(store.meta("space"))
        names = store.class_names()
    ids = np.array([row.id for row in rows], dtype=np.int64)
    if table.probabilities is None or table.probabilities.shape[1] != len(names):
        names = ()
    probabilities = table.probabilities if names else None
    at = np.searchsorted(table.ids, ids)
    known = at < len(table.ids)
    known[known] = table.ids[at[known]] == ids[known]
    return SampleEncodings(
        class_names=names,
        probabilities=_picked(probabilities, at, known, len(names)),
        embeddings=_picked(table.embedding, at, known, table.embedding.shape[1]),
    )


def _picked(table: FloatArray | None, at: NDArray[np.intp], known: NDArray[np.bool_], width: int) -> FloatArray:
    out = np.full((len(at), width), np.nan, dtype=np.float32)
    if table is not None and width:
        out[known] = table[at[known]]
    return out
