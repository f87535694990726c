"""The hits of a long file cut out of it, each from its own beginning to that of the next.

The file is gone through once more, in order: what lies between hits is skipped where the format can, so that two
hours cost no more memory than two seconds.
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

Read = Callable[[int, int], FloatArray]
"""Mono frames from the first up to the second, fewer at the end of the file; asked for in rising order."""

MOST = 128
"""Hits that are kept of one file: the strongest."""

_AROUND_S = 0.05
"""A hit is sought this far on both sides of where it was found."""
_LEAD_S = 0.25
_LEAD_DB = 30.0
"""What sounds before the first hit is a slice of its own where it is this long, and no further below the loudest."""
_FADE_S = 0.005
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class DecodedSlice:
    """One hit."""

    onset: int
    """Frame of the file at which it begins."""
    length: int
    """Frames until the next one, or the end."""
    sound: FloatArray
    """(n,) mono, as much as was asked for at most; faded out where the next hit cut it off."""


def slices_of(
    found: Onsets,
    read: Read,
    *,
    picture: Callable[[FloatArray], FloatArray],
    begin: int,
    frames: int,
    rate: int,
    window: int,
    loudest_db: float,
) -> tuple[FileSlices, Rhythm | None] | None:
    """The hits of a file of `frames` frames as the model sees them, and what repeats in them (see `cut`).

    `picture` makes (M, T) of a mono sound. Of more than `MOST` hits the strongest are kept; tempo and pattern come
    from all. None where less than two hold any sound.
    """
    chosen = found.strongest(MOST)
    guesses = np.rint(chosen.times_s * rate).astype(np.int64).tolist()
    cuts, mels = [], []
    for one in cut(read, guesses, begin=begin, frames=frames, rate=rate, window=window, loudest_db=loudest_db):
        silent = leading_silence(one.sound, rate)
        if silent < len(one.sound):
            cuts.append((one.onset / rate, one.length / rate))
            mels.append(picture(one.sound[silent:]))
    if len(cuts) < 2:
        return None
    onsets, lengths = np.array(cuts, dtype=np.float64).T.copy()
    exact = len(found) <= len(cuts) <= len(found) + 1
    times = onsets[len(cuts) - len(found) :] if exact else found.times_s
    beat = estimate_rhythm(times, found.rises, length_s=frames / rate)
    return FileSlices(onsets, lengths, np.stack(mels), rhythm=None if beat is None else beat.pattern), beat


def cut(
    read: Read, guesses: list[int], *, begin: int, frames: int, rate: int, window: int, loudest_db: float
) -> Iterator[DecodedSlice]:
    """The hits near the frames `guesses` (rising), `window` frames of each at most.

    `begin` is where the file's sound begins: the first hit begins there when it is found nearby, and what sounds
    before it is a hit too unless it is short or quiet against `loudest_db`, the loudness of the file.
    """
    around = int(_AROUND_S * rate)
    held: tuple[int, FloatArray] | None = None
    if guesses[0] - begin > _LEAD_S * rate:
        lead = read(begin, min(begin + window, guesses[0] + around))
        if loudness_db(lead[: guesses[0] - begin], rate) > loudest_db - _LEAD_DB:
            held = (begin, lead)
    for guess in guesses:
        first = max(0, guess - around)
        part = read(first, min(frames, guess + around + window))
        onset = first + refine_onset(part, rate, guess=guess - first)
        if held is None and abs(onset - begin) < around:
            onset = max(begin, first)
        if held is not None:
            yield _ended(held, onset, rate, window)
        held = (onset, part[onset - first :])
    if held is not None:
        yield _ended(held, frames, rate, window)


def _ended(held: tuple[int, FloatArray], end: int, rate: int, window: int) -> DecodedSlice:
    onset, part = held
    length = max(1, end - onset)
    sound = part[: min(length, window)].copy()
    if length < window and end - onset < len(part):  # the next hit cuts it off
        fade = min(len(sound), int(_FADE_S * rate))
        sound[len(sound) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return DecodedSlice(onset, length, sound)


def reader(source: AudioSource, mono: Callable[[FloatArray], FloatArray]) -> Read:
    """Reads spans of a source that stands at its beginning; `mono` makes (n,) of a block (n, channels)."""
    held: FloatArray = np.zeros(0, dtype=np.float32)
    start = 0
    """Where `held` begins."""

    def read(first: int, last: int) -> FloatArray:
        nonlocal held, start
        if first < start:
            raise ValueError("spans are read in rising order")
        held, start = held[first - start :], min(first, start + len(held))
        if start < first:
            if source.seeks_fast and first - start > _BLOCK:
                source.seek(first)
                start = first
            while start < first:
                block = source.read(min(_BLOCK, first - start))
                if not len(block):
                    return held
                start += len(block)
        parts, count = [held], len(held)
        while count < last - first:
            block = source.read(min(_BLOCK, last - first - count))
            if not len(block):
                break
            parts.append(mono(block))
            count += len(block)
        held = np.concatenate(parts)
        return held[: last - first]

    return read


def reader_of(sound: FloatArray) -> Read:
    """Reads spans of a file that is held as a whole, (n,) mono."""
    return lambda first, last: sound[first:last]
