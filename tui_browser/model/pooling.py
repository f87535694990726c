"""The vector of a long file: what its hits sound like in the mean, and the pattern in which they fall.

A file that is longer than the model's window has more than one hit to be known by. Its vector points to the mean of
its own first moments and of its hits; a loop's also, by a fixed turn, to its pattern, so that two loops are near when
they share sounds, and nearer when they share the rhythm too. One sound alone stays what the model said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Clip, Encoding, FileSlices, FloatArray

RHYTHM = 0.1
"""Share of the vector's length, squared, that a loop's pattern makes up: 0 is sounds only, 1 is rhythm only."""
WHOLE = 0.5
"""Weight of the file's first moments, in one picture, against the mean of its hits."""
_SEED = 20_306


@dataclass(frozen=True, slots=True, eq=False)
class BatchSlices:
    """Which pictures of a batch are hits of which files: B pictures of files first, then S of hits."""

    owner: NDArray[np.intp]
    """(S,) the file of each hit, 0 to B - 1, rising."""
    rhythms: tuple[FloatArray | None, ...]
    """(B,) patterns of unit length; None where a file has none."""


def pictures(clips: Sequence[Clip]) -> tuple[FloatArray, BatchSlices | None]:
    """(B + S, M, T) what the model has to hear of these clips (each with a `mel`), and which of it is whose."""
    mels = [clip.mel for clip in clips if clip.mel is not None]
    slices = [_heard(clip.slices) for clip in clips]
    if not any(part is not None for part in slices):
        return np.stack(mels), None
    hits = [part.mels for part in slices if part is not None and part.mels is not None]
    counts = [0 if part is None else len(part) for part in slices]
    owner = np.repeat(np.arange(len(clips)), counts)
    return np.concatenate([np.stack(mels), *hits]), BatchSlices(
        owner, tuple(None if part is None else part.rhythm for part in slices)
    )


def fitting(clips: Sequence[Clip], *, most: int, pictures: int) -> int:
    """How many of the clips, from the first on, make a batch: `most` at most, with `pictures` to hear, or one."""
    total = 0
    for count, clip in enumerate(clips[:most]):
        part = _heard(clip.slices)
        total += 1 if part is None else 1 + len(part)
        if total > pictures:
            return max(1, count)
    return min(most, len(clips))


def told(clips: Sequence[Clip], encoding: Encoding) -> list[Clip]:
    """The clips with the vectors of their hits in the place of pictures, of what the model said of `pictures`."""
    done = 0
    out: list[Clip] = []
    for clip in clips:
        part = _heard(clip.slices)
        if part is not None and encoding.slice_embeddings is not None:
            vectors = encoding.slice_embeddings[done : done + len(part)]
            done += len(part)
            out.append(replace(clip, slices=replace(part, mels=None, vectors=vectors)))
        else:
            out.append(clip)
    return out


def _heard(slices: FileSlices | None) -> FileSlices | None:
    return None if slices is None or slices.mels is None else slices


def mixed(vectors: FloatArray, parts: BatchSlices) -> FloatArray:
    """(B, D) the vectors of the files, of (B + S, D) what the model said; files without hits keep theirs as it is."""
    count = len(parts.rhythms)
    files, hits = vectors[:count].copy(), vectors[count:]
    turn = _turn(vectors.shape[1])
    for row in np.unique(parts.owner).tolist():
        sound = WHOLE * files[row] + (1.0 - WHOLE) * _unit(hits[parts.owner == row].mean(axis=0))
        sound = _unit(sound)
        rhythm = parts.rhythms[row]
        if rhythm is not None:
            sound = _unit(np.sqrt(1.0 - RHYTHM) * sound + np.sqrt(RHYTHM) * _unit(rhythm @ turn[: len(rhythm)]))
        files[row] = sound
    return files


@cache
def _turn(dim: int) -> FloatArray:
    """(64, D) directions for the numbers of a pattern, the same for every model of this width; at right angles to
    one another where D is large enough."""
    rng = np.random.default_rng(_SEED)
    square, _ = np.linalg.qr(rng.standard_normal((max(dim, 64), max(dim, 64))))
    return np.ascontiguousarray(square[:64, :dim], dtype=np.float32)


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    unit: FloatArray = (vector / length).astype(np.float32) if length > 1e-9 else vector.astype(np.float32)
    return unit
