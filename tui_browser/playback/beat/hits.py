"""When each sound of a beat begins and is cut off, in frames, and how it is mixed: the same live and offline.

Sounds are always added in the order in which they begin, so that live and offline sums are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from tui_browser.playback.beat.swing import step_position
from tui_browser.records import FloatArray

CUT_S = 0.003
"""Length of the fade with which a sound that is cut off ends."""


class StepTrack(Protocol):
    """What of a track decides which sounds begin."""

    @property
    def velocities(self) -> Sequence[float]:
        """One for each step, 0 to 1; 0 is a rest."""

    @property
    def choke(self) -> int:
        """Tracks of one group from 1 on stop each other; 0 is no group."""


@dataclass(slots=True)
class Hit:
    """One sound of a beat."""

    part: int
    """Row of the part that sounds."""
    frame: int
    """First frame."""
    velocity: float
    """0 to 1, a linear factor."""
    choke: int = 0
    cut: int | None = None
    """Frame at which another sound stops it; None where it rings out."""


def step_frame(step: int, *, step_s: float, swing: float, rate: int, base: float = 0.0) -> int:
    """The frame at which a step begins where step 0 begins at `base`."""
    return round(base + step_position(step, swing) * step_s * rate)


def round_frames(steps: int, step_s: float, rate: int) -> int:
    """Length of so many steps."""
    return round(steps * step_s * rate)


def begin_step(tracks: Sequence[StepTrack], step: int, *, frame: int, sounding: Iterable[Hit]) -> list[Hit]:
    """The sounds that begin at a step, and at this frame; what sounds of their choke groups is cut off there.

    Two of a group on one step both sound, as hands do, and the next step stops both.
    """
    hits = []
    for row, track in enumerate(tracks):
        velocity = track.velocities[step % len(track.velocities)]
        if velocity > 0:
            hits.append(Hit(row, frame, velocity, track.choke))
    groups = {hit.choke for hit in hits} - {0}
    for hit in sounding if groups else ():
        if hit.choke in groups and hit.cut is None:
            hit.cut = frame
    return hits


def all_hits(tracks: Sequence[StepTrack], frames: Iterable[int]) -> list[Hit]:
    """All sounds of the steps that begin at these frames, in the order of time."""
    hits: list[Hit] = []
    uncut: list[Hit] = []
    for step, frame in enumerate(frames):
        begun = begin_step(tracks, step, frame=frame, sounding=uncut)
        hits += begun
        uncut = [hit for hit in (*uncut, *begun) if hit.choke and hit.cut is None]
    return hits


def round_hits(
    tracks: Sequence[StepTrack], *, steps: int, step_s: float, swing: float, rate: int, longest: int
) -> list[Hit]:
    """The sounds heard in one of many equal rounds, in the order of time.

    Frame 0 is where that round begins; sounds of earlier rounds, which begin before it, are there as far as they may
    reach into it with at most `longest` frames.
    """
    frames = round_frames(steps, step_s, rate)
    in_round = [step_frame(step, step_s=step_s, swing=swing, rate=rate) for step in range(steps)]
    before = -(-longest // frames)
    rows = [
        _Track(tuple(track.velocities[step % len(track.velocities)] for step in range(steps)), track.choke)
        for track in tracks
    ]
    # and one round more, whose first sounds cut off those of this one
    hits = all_hits(rows, [number * frames + at for number in range(before + 2) for at in in_round])
    shifted = (
        replace(hit, frame=hit.frame - before * frames, cut=None if hit.cut is None else hit.cut - before * frames)
        for hit in hits
    )
    return [hit for hit in shifted if hit.frame < frames]


def add_hit(out: FloatArray, hit: Hit, sound: FloatArray, *, at: int, fade: int) -> None:
    """Add what of a sound, (n, 2), lies within `out`, (m, 2), which begins at frame `at`.

    A sound that is cut off fades out over `fade` frames.
    """
    begin, end = max(at, hit.frame), min(at + len(out), last_frame(hit, sound, fade=fade))
    if begin >= end:
        return
    piece = sound[begin - hit.frame : end - hit.frame]
    if hit.cut is not None and end > hit.cut:
        piece = piece.copy()
        first = max(begin, hit.cut)
        ramp = np.linspace(1.0, 0.0, fade, endpoint=False, dtype=np.float32)
        piece[first - begin :] *= ramp[first - hit.cut : end - hit.cut, np.newaxis]
    out[begin - at : end - at] += piece if hit.velocity == 1.0 else piece * np.float32(hit.velocity)


def last_frame(hit: Hit, sound: FloatArray, *, fade: int) -> int:
    """The frame after the last one of a sound."""
    end = hit.frame + len(sound)
    return end if hit.cut is None else min(end, hit.cut + fade)


def fade_frames(rate: int) -> int:
    """Length of the fade with which a sound is cut off."""
    return round(CUT_S * rate)


@dataclass(frozen=True, slots=True)
class _Track:
    velocities: tuple[float, ...]
    choke: int
