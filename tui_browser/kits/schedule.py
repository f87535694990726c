"""When each sound of a beat begins and when it is cut off, in frames: sample-exact, without any audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.kits.pattern import STEPS_A_BAR, Pattern
from tui_browser.kits.tracks import Part


@dataclass(frozen=True, slots=True)
class Hit:
    """One sound of a beat."""

    part: int
    """Row of the part that sounds."""
    frame: int
    """First frame."""
    velocity: float
    """0 to 1, a linear factor."""
    cut: int | None = None
    """Frame at which another sound of its choke group stops it; None where it rings out."""


def beat_frames(pattern: Pattern, *, bars: int | None, rate: int) -> int:
    """Length of a beat without its tail; `bars` of 16 steps, None for one round of the pattern."""
    steps = pattern.steps if bars is None else bars * STEPS_A_BAR
    return round(steps * pattern.step_s * rate)


def schedule(parts: Sequence[Part], pattern: Pattern, *, bars: int | None, rate: int) -> list[Hit]:
    """All sounds of a beat in the order of time; step k begins at k steps, to the nearest frame."""
    steps = pattern.steps if bars is None else bars * STEPS_A_BAR
    hits: list[Hit] = []
    for step in range(steps):
        frame = round(pattern.position(step) * pattern.step_s * rate)
        for row, part in enumerate(parts):
            velocity = part.track.velocities[step % pattern.steps]
            if velocity > 0:
                hits.append(Hit(row, frame, velocity))
    return _choked(hits, parts)


def _choked(hits: Sequence[Hit], parts: Sequence[Part]) -> list[Hit]:
    """The hits with their cuts; two of a group on one step both sound, as hands do, and the next step stops both."""
    following: dict[int, tuple[int, int | None]] = {}
    """Group -> frame of its next hit seen from the end, and that of the one after."""
    cut_hits: list[Hit] = []
    for hit in reversed(hits):
        group = parts[hit.part].slot.choke
        if group:
            at, later = following.get(group, (None, None))
            cut = later if at == hit.frame else at
            hit = Hit(hit.part, hit.frame, hit.velocity, cut)
            following[group] = (hit.frame, cut)
        cut_hits.append(hit)
    return cut_hits[::-1]
