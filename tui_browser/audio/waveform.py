"""Reads a window of a file's frames, and the outline of its waveform."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.records import FloatArray

_BLOCK = 1 << 19
_ALL = 1 << 40


def read_window(path: bytes, *, start_s: float, seconds: float) -> tuple[FloatArray, int]:
    """Frames from `start_s` on, (n, channels), and the rate; fewer or none at the end. Raises AudioError."""
    with open_file(path) as fd, open_source(fd, path) as source:
        first, count = round(max(0.0, start_s) * source.rate), round(max(0.0, seconds) * source.rate)
        known = first if source.frames is None else min(first, source.frames)
        if known:
            source.seek(known)
        for _ in _blocks(source, first - known):  # it may be longer than its header says
            pass
        parts = list(_blocks(source, count))
        empty = np.zeros((0, source.channels), dtype=np.float32)
        return (parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else empty), source.rate


def sound_size(path: bytes) -> tuple[int, int]:
    """Rate and number of frames; all is read where the header does not say how many. Raises AudioError."""
    with open_file(path) as fd, open_source(fd, path) as source:
        frames = source.frames
        return source.rate, sum(map(len, _blocks(source, _ALL))) if frames is None else frames


def waveform(path: bytes, *, columns: int) -> FloatArray:
    """(columns, 2) lowest and highest sample of equal parts of the file, over all channels. Raises AudioError.

    Samples that are not finite count as zero. If the sound has fewer than `columns` frames, they are repeated.
    """
    if columns < 1:
        return np.zeros((0, 2), dtype=np.float32)
    with open_file(path) as fd:
        with open_source(fd, path) as source:
            frames = source.frames
            if frames is None:
                frames = sum(map(len, _blocks(source, _ALL)))
        for _ in range(2):  # again if it is shorter or longer than its header says
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


def window_outline(path: bytes, *, start_s: float, seconds: float, columns: int) -> FloatArray:
    """As `waveform`, of the part from `start_s` on; of what is missing at the end there are no columns."""
    samples, rate = read_window(path, start_s=start_s, seconds=seconds)
    share = min(1.0, len(samples) / max(1, round(seconds * rate)))
    return _outline(_extremes(samples), max(1, round(columns * share)))


def _peaks(source: AudioSource, frames: int, columns: int) -> tuple[FloatArray, int]:
    """The outline, computed for `frames` frames, and the number of frames read."""
    edges = np.arange(columns + 1) * frames // columns
    peaks = np.zeros((columns, 2), dtype=np.float32)
    done = 0
    for block in _blocks(source, _ALL):
        if done < frames:
            _update_peaks(peaks, _extremes(block[: frames - done]), edges, done)
        done += len(block)
    return peaks, done


def _blocks(source: AudioSource, count: int) -> Iterator[FloatArray]:
    size = max(1024, _BLOCK // source.channels)
    while count > 0 and len(block := source.read(min(size, count))):
        yield block
        count -= len(block)


def _extremes(block: FloatArray) -> FloatArray:
    """(n, 2) lowest and highest sample of each frame."""
    low = high = np.nan_to_num(block[:, 0], nan=0.0, posinf=0.0, neginf=0.0)
    for channel in range(1, block.shape[1]):
        samples = np.nan_to_num(block[:, channel], nan=0.0, posinf=0.0, neginf=0.0)
        low, high = np.minimum(low, samples), np.maximum(high, samples)
    return np.stack((low, high), axis=1)


def _update_peaks(peaks: FloatArray, extremes: FloatArray, edges: NDArray[np.int64], done: int) -> None:
    """Update the columns of these frames, which start `done` frames into the file."""
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
    _update_peaks(peaks, extremes, np.arange(columns + 1) * len(extremes) // columns, 0)
    return peaks
