"""The embedding of a long file, pooled from its slices and, for a loop, its rhythm.

The encoder sees only the first second of a file. For a longer file, the embedding is the mean of that first window and
of the mean over all slices. For a loop, a fixed random projection of the rhythm pattern is added, so that two loops
are near if they share sounds, and nearer if they also share the rhythm. A one-shot keeps the encoder's embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Clip, ClipEncoding, Encoding, FileSlices, FloatArray

RHYTHM_SHARE = 0.1
"""Share of the squared norm of a loop's vector that encodes its rhythm: 0 is sounds only, 1 is rhythm only."""
FILE_WEIGHT = 0.5
"""Weight of the embedding of the file's first window, against the mean over its slices."""
_PATTERN_SIZE = 64
_SEED = 20_306


@dataclass(frozen=True, slots=True, eq=False)
class BatchSlices:
    """The slices in a batch of log-mels: B log-mels of files come first, then S of slices."""

    owner: NDArray[np.intp]
    """(S,) file of each slice, 0 to B - 1, ascending."""
    rhythms: tuple[FloatArray | None, ...]
    """(B,) rhythm patterns of unit length; None for a file without one."""

    @property
    def without_rhythm(self) -> BatchSlices:
        return replace(self, rhythms=(None,) * len(self.rhythms))


def encoder_batch(clips: Sequence[Clip]) -> tuple[FloatArray, BatchSlices | None]:
    """Input of the encoder for clips that have a `mel`: log-mels (B + S, M, T), and their slices if there are any."""
    mels = [clip.mel for clip in clips if clip.mel is not None]
    slices = [_pending_slices(clip) for clip in clips]
    if not any(part is not None for part in slices):
        return np.stack(mels), None
    slice_mels = [part.mels for part in slices if part is not None and part.mels is not None]
    counts = [0 if part is None else len(part) for part in slices]
    owner = np.repeat(np.arange(len(clips)), counts)
    return np.concatenate([np.stack(mels), *slice_mels]), BatchSlices(
        owner, tuple(None if part is None else part.rhythm for part in slices)
    )


def clips_per_batch(clips: Sequence[Clip], *, max_clips: int, max_mels: int) -> int:
    """How many leading clips form a batch of at most `max_clips` clips and `max_mels` log-mels; at least one."""
    total = 0
    for count, clip in enumerate(clips[:max_clips]):
        slices = _pending_slices(clip)
        total += 1 if slices is None else 1 + len(slices)
        if total > max_mels:
            return max(1, count)
    return min(max_clips, len(clips))


def with_slice_vectors(clips: Sequence[Clip], encoding: Encoding) -> list[Clip]:
    """The clips of an `encoder_batch` with the embeddings of their slices in place of the log-mels."""
    start = 0
    encoded: list[Clip] = []
    for clip in clips:
        slices = _pending_slices(clip)
        if slices is not None and encoding.slice_embeddings is not None:
            vectors = encoding.slice_embeddings[start : start + len(slices)]
            start += len(slices)
            clip = replace(clip, slices=replace(slices, mels=None, vectors=vectors))
        encoded.append(clip)
    return encoded


def encoded_clips(clips: Sequence[Clip], encoding: Encoding) -> list[Clip]:
    """The clips of an `encoder_batch` with their encodings, and those of their slices, in place of the log-mels."""
    encoded = []
    for row, clip in enumerate(with_slice_vectors(clips, encoding)):
        own = ClipEncoding(
            encoding.embedding[row],
            encoding.z[row],
            None if encoding.probabilities is None else encoding.probabilities[row],
            None if encoding.xy is None else (float(encoding.xy[row, 0]), float(encoding.xy[row, 1])),
        )
        encoded.append(replace(clip, mel=None, encoding=own))
    return encoded


def _pending_slices(clip: Clip) -> FileSlices | None:
    """The slices of a clip that are still to be encoded."""
    return None if clip.slices is None or clip.slices.mels is None else clip.slices


def pool_slices(vectors: FloatArray, slices: BatchSlices) -> FloatArray:
    """(B, D) embeddings of files, from those of files and slices (B + S, D); files without slices are unchanged."""
    count = len(slices.rhythms)
    files, slice_vectors = vectors[:count].copy(), vectors[count:]
    projection = _rhythm_projection(vectors.shape[1])
    for row in np.unique(slices.owner).tolist():
        mean = _unit(slice_vectors[slices.owner == row].mean(axis=0))
        pooled = _unit(FILE_WEIGHT * files[row] + (1.0 - FILE_WEIGHT) * mean)
        rhythm = slices.rhythms[row]
        if rhythm is not None:
            direction = _unit(rhythm @ projection[: len(rhythm)])
            pooled = _unit(np.sqrt(1.0 - RHYTHM_SHARE) * pooled + np.sqrt(RHYTHM_SHARE) * direction)
        files[row] = pooled
    return files


@cache
def _rhythm_projection(dim: int) -> FloatArray:
    """(64, D) fixed random directions, one for each value of a rhythm pattern; orthonormal where D is at least 64."""
    rng = np.random.default_rng(_SEED)
    size = max(dim, _PATTERN_SIZE)
    orthogonal, _ = np.linalg.qr(rng.standard_normal((size, size)))
    return np.ascontiguousarray(orthogonal[:_PATTERN_SIZE, :dim], dtype=np.float32)


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    unit: FloatArray = (vector / length).astype(np.float32) if length > 1e-9 else vector.astype(np.float32)
    return unit
