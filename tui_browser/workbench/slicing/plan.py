"""Where to cut a recording: at hits, into equal lengths, at beats, at silence.

The slices of a plan never overlap and stand in order. By default those that begin at hits end where their sound has
decayed, and of these the strongest are kept, until they fill half of the recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.rhythm import estimate_rhythm
from tui_browser.errors import AudioError
from tui_browser.workbench.slicing.envelope import STEP_S, Envelope, Report, read_envelope

Method = Literal["hits", "length", "beat", "silence"]
METHODS: tuple[Method, ...] = get_args(Method)
KEPT_PERCENT = 50.0
"""Share of a recording that slices at hits fill by default."""
_DECAY_DB = 50.0
"""A slice ends where its sound is this much quieter than its loudest moment ..."""
_ABOVE_NOISE_DB = 6.0
"""... or this much above the noise of the recording, ..."""
_LEAST_DECAY_DB = 12.0
"""... but not before it is at least so much quieter."""
_NOISE_PERCENTILE = 5.0
_AFTER_S = 0.02
"""A slice goes on for so long after its sound has decayed, and begins so long before sound after silence."""
_AT_START_S = 0.03
"""A beat this near to the start of the file begins there."""


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """How to cut."""

    by: Method = "hits"
    length_s: float = 1.0
    """Of each slice; for `length`."""
    beats: float = 1.0
    """Of each slice; for `beat`."""
    bpm: float | None = None
    """None to estimate it."""
    threshold_db: float = -40.0
    """Sound begins this far below the loudest moment; for `silence`."""
    gap_s: float = 0.1
    """Shorter silence does not cut."""
    before_s: float = 0.001
    """A slice begins so long before its hit; for `hits`."""
    to_next: bool = False
    """Whether a slice at a hit goes on to the next one, and does not end where it has decayed."""
    keep_percent: float | None = None
    """Share of the recording that the slices may fill; None for 50 with `hits`, else 100."""
    most: int | None = None
    """Most slices; the strongest are kept."""
    shortest_s: float = 0.02
    longest_s: float | None = None
    """Longer slices end there."""

    @property
    def keeps_percent(self) -> float:
        """`keep_percent`, or its default for the method."""
        return self.keep_percent if self.keep_percent is not None else KEPT_PERCENT if self.by == "hits" else 100.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The frames `start` to `end` (exclusive) of a recording as one slice."""

    start: int
    end: int
    strength: float = 0.0
    """Rise in dB at a hit, else the loudest level in dBFS; only compared within one plan."""


@dataclass(frozen=True, slots=True)
class SlicePlan:
    """The slices of one recording."""

    path: bytes
    rate: int
    frames: int
    cuts: tuple[Cut, ...]
    """In order; none overlap."""
    dropped: int = 0
    """Weaker slices that were left out."""
    bpm: float | None = None
    """The tempo that was cut by."""

    @property
    def share(self) -> float:
        """Share of the recording that the slices fill."""
        return sum(cut.end - cut.start for cut in self.cuts) / max(1, self.frames)


def plan_slices(path: bytes, options: SliceOptions, *, report: Report | None = None) -> SlicePlan:
    """The slices of a file; raises AudioError if it cannot be read, or has no beat to cut by."""
    needs_onsets = options.by == "hits" or options.by == "beat"
    return plan_from_envelope(path, read_envelope(path, with_onsets=needs_onsets, report=report), options)


def plan_from_envelope(path: bytes, envelope: Envelope, options: SliceOptions) -> SlicePlan:
    """As `plan_slices`, from an envelope of the file."""
    bpm = None
    if options.by == "hits":
        cuts = _at_hits(envelope, options)
    elif options.by == "length":
        cuts = _equal(envelope, 0.0, options.length_s)
    elif options.by == "silence":
        cuts = _between_silence(envelope, options)
    else:
        first_s, bpm = _beat(path, envelope, options)
        cuts = _equal(envelope, first_s, options.beats * 60.0 / bpm)
    shortest = max(1, round(options.shortest_s * envelope.rate))
    if options.longest_s is not None:
        longest = max(1, round(options.longest_s * envelope.rate))
        cuts = [Cut(cut.start, min(cut.end, cut.start + longest), cut.strength) for cut in cuts]
    cuts = [cut for cut in cuts if cut.end - cut.start >= shortest]
    kept = _strongest(cuts, int(envelope.frames * options.keeps_percent / 100.0), options.most)
    return SlicePlan(path, envelope.rate, envelope.frames, tuple(kept), len(cuts) - len(kept), bpm)


def _strongest(cuts: Sequence[Cut], most_frames: int, most: int | None) -> list[Cut]:
    """The strongest slices that together have at most so many frames, in order."""
    kept: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: -cut.strength):
        length = cut.end - cut.start
        if length <= most_frames and (most is None or len(kept) < most):
            kept.append(cut)
            most_frames -= length
    return sorted(kept, key=lambda cut: cut.start)


def _at_hits(envelope: Envelope, options: SliceOptions) -> list[Cut]:
    onsets, lead = envelope.onsets, round(options.before_s * envelope.rate)
    assert onsets is not None  # the envelope was read with them
    starts = [max(0, start - lead) for start in envelope.starts]
    rises = onsets.rises.mean(axis=1).tolist()
    noise_db = float(np.percentile(envelope.levels_db, _NOISE_PERCENTILE))
    cuts, ends = [], [*starts[1:], envelope.frames][: len(starts)]
    for start, rise, following in zip(starts, rises, ends, strict=True):
        end = following if options.to_next else min(following, _decayed(envelope, start, following, noise_db))
        cuts.append(Cut(start, max(start, end), rise))
    return cuts


def _decayed(envelope: Envelope, start: int, end: int, noise_db: float) -> int:
    """The frame after which the sound from `start` on stays quiet until `end`."""
    first, last = envelope.step(start), envelope.step(end - 1) + 1
    levels = envelope.levels_db[first:last]
    peak = float(levels.max(initial=-120.0))
    quiet = max(peak - _DECAY_DB, min(noise_db + _ABOVE_NOISE_DB, peak - _LEAST_DECAY_DB))
    loud = np.flatnonzero(levels > quiet)
    after = first + (int(loud[-1]) + 1 if len(loud) else 1)
    return round((after * STEP_S + _AFTER_S) * envelope.rate)


def _equal(envelope: Envelope, first_s: float, length_s: float) -> list[Cut]:
    """Slices of equal length from `first_s` on; the last one is shorter."""
    edges = np.arange(first_s, envelope.duration_s, max(length_s, 1e-3))
    frames = [*np.rint(edges * envelope.rate).astype(np.int64).tolist(), envelope.frames]
    return [Cut(start, end, envelope.peak_db(start, end)) for start, end in pairwise(frames) if end > start]


def _beat(path: bytes, envelope: Envelope, options: SliceOptions) -> tuple[float, float]:
    """The time of the first beat and the tempo."""
    onsets = envelope.onsets
    assert onsets is not None  # the envelope was read with them
    bpm = options.bpm
    if bpm is None:
        rhythm = estimate_rhythm(onsets.times_s, onsets.rises, length_s=envelope.duration_s)
        if rhythm is None:
            raise AudioError("no steady beat was found", path=path, hint="--bpm says the tempo")
        bpm = rhythm.bpm
    return _first_beat(np.array(envelope.starts) / envelope.rate, onsets.rises.mean(axis=1), 60.0 / bpm), bpm


def _first_beat(times_s: NDArray[np.float64], rises: NDArray[np.float32], period_s: float) -> float:
    """The first beat from the start of the file on, by where the onsets stand within a beat."""
    if not len(times_s):
        return 0.0
    angle = np.angle((rises * np.exp(2j * np.pi * times_s / period_s)).sum())
    first = float(angle / (2 * np.pi) % 1.0 * period_s)
    return 0.0 if min(first, period_s - first) < _AT_START_S else first


def _between_silence(envelope: Envelope, options: SliceOptions) -> list[Cut]:
    levels = envelope.levels_db
    loud = levels > float(levels.max()) + min(options.threshold_db, 0.0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    parts: list[tuple[int, int]] = []
    for first, last in edges.reshape(-1, 2).tolist():
        if parts and (first - parts[-1][1]) * STEP_S < options.gap_s:
            parts[-1] = parts[-1][0], last
        else:
            parts.append((first, last))
    around = min(_AFTER_S, options.gap_s / 2)
    cuts, before = [], 0
    for first, last in parts:
        start = max(before, round((first * STEP_S - around) * envelope.rate))
        end = min(envelope.frames, round((last * STEP_S + around) * envelope.rate))
        cuts.append(Cut(start, end, envelope.peak_db(start, end)))
        before = end
    return cuts
