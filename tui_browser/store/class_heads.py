"""The table `class_heads`: what was learned from a person's answers about the classes of a space.

A head corrects the model's probabilities by the embedding, so it holds for every sample of its space, also for those
that are indexed later. `encodings.probabilities` stay the model's; `samples.class` is what the head makes of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.dsp.picture_part import with_width
from tui_browser.records import UNCLASSED, FloatArray
from tui_browser.store.transactions import listed

_LEAST_P = 1e-4
"""Probabilities below it count as this much, so that an answer can win against a model that is certain."""
_LEAST_STEP = 1e-6
"""Change of a probability that is written."""
_BATCH = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ClassHead:
    """Weights of D embedding dimensions for C classes, added to the logarithm of the model's probabilities."""

    weights: FloatArray
    """(D + 1, C); the last row is the bias."""
    answers: int
    """Answers that it was learned from."""

    def probabilities(self, embedding: FloatArray, model: FloatArray) -> FloatArray:
        """(N, C) probabilities of N sounds from their embeddings (N, D) and the model's probabilities (N, C)."""
        logits = log_probabilities(model) + embedding @ self.weights[:-1] + self.weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        p = np.exp(logits)
        result: FloatArray = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
        return result

    def fits(self, dim: int, classes: int) -> bool:
        """Whether it belongs to a model with so many dimensions and classes."""
        return self.weights.shape == (dim + 1, classes)


def log_probabilities(model: FloatArray) -> FloatArray:
    """Logarithms that stay finite."""
    logs: FloatArray = np.log(np.maximum(model, np.float32(_LEAST_P)))
    return logs


def read(conn: sqlite3.Connection, space: str) -> ClassHead | None:
    """The head of a space; None where nothing was learned."""
    row = conn.execute("SELECT classes, answers, weights FROM class_heads WHERE space = ?", (space,)).fetchone()
    if row is None:
        return None
    classes, answers, cells = row
    if type(classes) is not int or type(answers) is not int or type(cells) is not bytes or not 0 < classes < UNCLASSED:
        raise ValueError("a class head of the wrong kind")
    weights = np.frombuffer(cells, dtype="<f4")
    if len(weights) % classes or not np.isfinite(weights).all():
        raise ValueError("a class head of another size")
    return ClassHead(weights.reshape(-1, classes), answers)


def put(
    conn: sqlite3.Connection, wanted: Mapping[str, ClassHead | None], *, revision: int
) -> dict[str, ClassHead | None]:
    """Store or delete (None) heads by space, and renew the classes of its samples; the earlier heads."""
    before = {space: read(conn, space) for space in wanted}
    for space, head in wanted.items():
        conn.execute("DELETE FROM class_heads WHERE space = ?", (space,))
        if head is not None:
            cells = np.asarray(head.weights, dtype="<f4").tobytes()
            row = (space, head.weights.shape[1], head.answers, cells)
            conn.execute("INSERT INTO class_heads VALUES (?, ?, ?, ?)", row)
        _renew(conn, space, head, revision=revision)
    return before


def _renew(conn: sqlite3.Connection, space: str, head: ClassHead | None, *, revision: int) -> None:
    """Write the classes of all samples of a space that differ with this head."""
    of_space = "samples.space = (SELECT id FROM spaces WHERE name = ?)"
    ids = [row[0] for row in conn.execute(f"SELECT id FROM samples WHERE {of_space}", (space,))]
    query = (
        "SELECT id, class, class_p, embedding, probabilities FROM samples JOIN encodings ON sample = id "
        "AND encodings.space = samples.space WHERE id IN (SELECT value FROM json_each(?))"
    )
    for start in range(0, len(ids), _BATCH):
        rows = conn.execute(query, (listed(ids[start : start + _BATCH]),)).fetchall()
        best = likeliest([row[3:5] for row in rows], head)
        changed = [
            (index, p, revision, sample)
            for (sample, old, old_p, *_), (index, p) in zip(rows, best, strict=True)
            if index != old or abs(p - old_p) > _LEAST_STEP
        ]
        conn.executemany("UPDATE samples SET class = ?, class_p = ?, revision = ? WHERE id = ?", changed)


def likeliest(cells: Sequence[tuple[bytes, bytes | None]], head: ClassHead | None) -> list[tuple[int, float]]:
    """The most probable class and its probability for cells of `encodings`: embedding and probabilities.

    `UNCLASSED` and 0 without probabilities.
    """
    best = [(UNCLASSED, 0.0)] * len(cells)
    width = next((len(p) for _, p in cells if p is not None), 0)
    known = [row for row, (_, p) in enumerate(cells) if p is not None and len(p) == width]
    if not width or not known:
        return best
    model = np.frombuffer(b"".join(cells[row][1] or b"" for row in known), dtype="<f4").reshape(len(known), -1)
    if head is not None and head.weights.shape[1] == width // 4:
        # a head from before vectors had a picture part, or a vector from then, goes by the network's part
        embedding = _stacked([cells[row][0] for row in known], head.weights.shape[0] - 1)
        if np.isfinite(embedding).all():
            model = head.probabilities(embedding, model)
    for row, index, p in zip(known, model.argmax(axis=1).tolist(), model.max(axis=1).tolist(), strict=True):
        best[row] = index, p
    return best


def _stacked(cells: Sequence[bytes], width: int) -> FloatArray:
    """(N, width) vectors; NaN for those that can be no vectors of that width."""
    if {len(cell) for cell in cells} == {4 * width}:
        return np.frombuffer(b"".join(cells), dtype="<f4").reshape(-1, width)
    return np.stack([with_width(np.frombuffer(cell, dtype="<f4"), width) for cell in cells])
