"""Parts of a file for the ear and the eye: a window of its frames, its outline."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.source import Source, open_file, open_source
from tui_browser.records import FloatArray

_BLOCK = 1 << 19
_ALL = 1 << 40


def read_window(path: bytes, *, start_s: float, seconds: float) -> tuple[FloatArray, int]:
    """(n, channels) frames from `start_s` on and the rate; fewer or none behind the end. Raises AudioError."""
    with open_file(path) as fd, open_source(fd, path) as source:
        first, count = round(max(0.0, start_s) * source.rate), round(max(0.0, seconds) * source.rate)
        known = first if source.frames is None else min(first, source.frames)
        if known:
            source.seek(known)
        for _ in _blocks(source, first - known):  # it may be longer than its header has it
            pass
        parts = list(_blocks(source, count))
        empty = np.zeros((0, source.channels), dtype=np.float32)
        return (parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else empty), source.rate


def waveform(path: bytes, *, columns: int) -> FloatArray:
    """(columns, 2) lowest and highest sample of each stretch of the file, over all channels. Raises AudioError.

    Samples that are not finite count as zero. A sound shorter than `columns` frames repeats each frame.
    """
    if columns < 1:
        return np.zeros((0, 2), dtype=np.float32)
    with open_file(path) as fd:
        with open_source(fd, path) as source:
            frames = source.frames
            if frames is None:
                frames = sum(map(len, _blocks(source, _ALL)))
        for _ in range(2):  # once more where it came out shorter or longer than its header has it
            with open_source(fd, path) as source:
                if frames < columns:
                    parts = list(_blocks(source, _ALL))
                    whole = np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
                    return _outline(_extremes(whole), columns)
                peaks, done = _peaks(source, frames, columns)
            if done == frames:
                break
            frames = done
        return peaks


def _peaks(source: Source, frames: int, columns: int) -> tuple[FloatArray, int]:
    """The outline if the sound has so many frames, and how many it has."""
    edges = np.arange(columns + 1) * frames // columns
    peaks = np.zeros((columns, 2), dtype=np.float32)
    done = 0
    for block in _blocks(source, _ALL):
        if done < frames:
            _gather(peaks, _extremes(block[: frames - done]), edges, done)
        done += len(block)
    return peaks, done


def _blocks(source: Source, count: int) -> Iterator[FloatArray]:
    size = max(1024, _BLOCK // source.channels)
    while count > 0 and len(block := source.read(min(size, count))):
        yield block
        count -= len(block)


def _extremes(block: FloatArray) -> FloatArray:
    """(n, 2) lowest and highest over the channels."""
    low = high = np.nan_to_num(block[:, 0], nan=0.0, posinf=0.0, neginf=0.0)
    for channel in range(1, block.shape[1]):
        one = np.nan_to_num(block[:, channel], nan=0.0, posinf=0.0, neginf=0.0)
        low, high = np.minimum(low, one), np.maximum(high, one)
    return np.stack((low, high), axis=1)


def _gather(peaks: FloatArray, extremes: FloatArray, edges: NDArray[np.int64], done: int) -> None:
    """Widen the columns that these frames, `done` frames into the file, fall into."""
    first = int(np.searchsorted(edges, done, side="right")) - 1
    last = int(np.searchsorted(edges, done + len(extremes), side="left"))
    starts = np.maximum(edges[first:last] - done, 0)
    low = np.minimum.reduceat(extremes[:, 0], starts)
    high = np.maximum.reduceat(extremes[:, 1], starts)
    fresh = edges[first:last] >= done  # a column's first frames set it, later ones widen it
    part = peaks[first:last]
    part[:, 0] = np.where(fresh, low, np.minimum(part[:, 0], low))
    part[:, 1] = np.where(fresh, high, np.maximum(part[:, 1], high))


def _outline(extremes: FloatArray, columns: int) -> FloatArray:
    if len(extremes) == 0:
        return np.zeros((columns, 2), dtype=np.float32)
    if len(extremes) <= columns:
        return extremes[np.arange(columns) * len(extremes) // columns]
    peaks = np.zeros((columns, 2), dtype=np.float32)
    _gather(peaks, extremes, np.arange(columns + 1) * len(extremes) // columns, 0)
    return peaks
