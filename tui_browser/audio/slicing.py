"""Cuts a long file into slices, from each onset to the next.

The file is read a second time, in order, and parts between slices are skipped if the format allows it. So two hours
need no more memory than two seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.source import AudioSource
from tui_browser.dsp.descriptors import loudness_db
from tui_browser.dsp.onsets import Onsets, refine_onset
from tui_browser.dsp.rhythm import Rhythm, estimate_rhythm
from tui_browser.dsp.trim import leading_silence
from tui_browser.records import FileSlices, FloatArray

ReadSpan = Callable[[int, int], FloatArray]
"""Reads mono frames from the first to the second number, fewer at the end; spans have to rise."""

MOST_SLICES = 128
"""Most slices of one file; the strongest are kept."""

_REFINE_S = 0.05
"""An onset is refined this far on both sides of its estimate."""
_LEAD_S = 0.25
_LEAD_DB = 30.0
"""Sound before the first onset is a slice if it is this long, and at most this far below the loudest part."""
_FADE_S = 0.005
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class DecodedSlice:
    """One slice."""

    onset: int
    """First frame of the slice in the file."""
    length: int
    """Frames to the next slice, or to the end."""
    sound: FloatArray
    """(n,) mono, at most one window; faded out if the next slice cuts it off."""


def slices_and_rhythm(
    onsets: Onsets,
    read: ReadSpan,
    *,
    model_input: Callable[[FloatArray], FloatArray],
    start: int,
    frames: int,
    rate: int,
    window: int,
    loudest_db: float,
    marked: list[int] | None = None,
) -> tuple[FileSlices, Rhythm | None] | None:
    """The slices of a file of `frames` frames with the model's input, and its rhythm (see `cut_slices`).

    `model_input` makes (rows, columns) from a mono sound. At most `MOST_SLICES` slices are kept, the strongest; the
    rhythm uses all onsets. None if fewer than two slices have sound. Where a file marks places, slices start exactly
    at these frames (`marked`).
    """
    chosen = onsets.strongest(MOST_SLICES)
    guesses = marked[:MOST_SLICES] if marked else np.rint(chosen.times_s * rate).astype(np.int64).tolist()
    cuts, mels = [], []
    parts = cut_slices(
        read, guesses, start=start, frames=frames, rate=rate, window=window, loudest_db=loudest_db, exact=bool(marked)
    )
    for part in parts:
        silent = leading_silence(part.sound, rate)
        if silent < len(part.sound):
            cuts.append((part.onset / rate, part.length / rate))
            mels.append(model_input(part.sound[silent:]))
    if len(cuts) < 2:
        return None
    onsets_s, lengths_s = np.array(cuts, dtype=np.float64).T.copy()
    complete = not marked and len(onsets) <= len(cuts) <= len(onsets) + 1
    times_s = onsets_s[len(cuts) - len(onsets) :] if complete else onsets.times_s
    beat = estimate_rhythm(times_s, onsets.rises, length_s=frames / rate)
    return FileSlices(onsets_s, lengths_s, np.stack(mels), rhythm=None if beat is None else beat.pattern), beat


def cut_slices(
    read: ReadSpan,
    guesses: list[int],
    *,
    start: int,
    frames: int,
    rate: int,
    window: int,
    loudest_db: float,
    exact: bool = False,
) -> Iterator[DecodedSlice]:
    """The slices that start near the frames `guesses` (rising), at most `window` frames of each.

    `start` is the first frame with sound. The first slice starts there if its onset is near; otherwise the sound
    before it is a slice too, unless it is short, or quiet compared with `loudest_db`, the loudness of the file. With
    `exact` the guesses are none: slices start at these frames.
    """
    margin = int(_REFINE_S * rate)
    pending: tuple[int, FloatArray] | None = None
    if guesses[0] - start > _LEAD_S * rate:
        lead = read(start, min(start + window, guesses[0] + margin))
        if loudness_db(lead[: guesses[0] - start], rate) > loudest_db - _LEAD_DB:
            pending = (start, lead)
    for guess in guesses:
        first = max(0, guess - margin)
        part = read(first, min(frames, guess + margin + window))
        onset = guess if exact else first + refine_onset(part, rate, guess=guess - first)
        if pending is None and not exact and abs(onset - start) < margin:
            onset = max(start, first)
        if pending is not None:
            yield _finished(pending, onset, rate, window)
        pending = (onset, part[onset - first :])
    if pending is not None:
        yield _finished(pending, frames, rate, window)


def _finished(pending: tuple[int, FloatArray], end: int, rate: int, window: int) -> DecodedSlice:
    onset, part = pending
    length = max(1, end - onset)
    sound = part[: min(length, window)].copy()
    if length < window and end - onset < len(part):  # the next slice cuts it off
        fade = min(len(sound), int(_FADE_S * rate))
        sound[len(sound) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return DecodedSlice(onset, length, sound)


def source_reader(source: AudioSource, mono: Callable[[FloatArray], FloatArray]) -> ReadSpan:
    """Reads spans of a source from its beginning; `mono` makes (n,) from a block (n, channels)."""
    buffer: FloatArray = np.zeros(0, dtype=np.float32)
    start = 0
    """Frame at the start of `buffer`."""

    def read(first: int, last: int) -> FloatArray:
        nonlocal buffer, start
        if first < start:
            raise ValueError("spans have to be read in rising order")
        buffer, start = buffer[first - start :], min(first, start + len(buffer))
        if start < first:
            if source.seeks_fast and first - start > _BLOCK:
                source.seek(first)
                start = first
            while start < first:
                block = source.read(min(_BLOCK, first - start))
                if not len(block):
                    return buffer
                start += len(block)
        parts, count = [buffer], len(buffer)
        while count < last - first:
            block = source.read(min(_BLOCK, last - first - count))
            if not len(block):
                break
            parts.append(mono(block))
            count += len(block)
        buffer = np.concatenate(parts)
        return buffer[: last - first]

    return read


def array_reader(sound: FloatArray) -> ReadSpan:
    """Reads spans of a file in memory, (n,) mono."""
    return lambda first, last: sound[first:last]
