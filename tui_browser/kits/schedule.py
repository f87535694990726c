"""When each sound of a beat begins and when it is cut off, in frames: sample-exact, without any audio."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.kits.live import beat_part
from tui_browser.kits.pattern import STEPS_A_BAR, Pattern
from tui_browser.kits.tracks import Part
from tui_browser.playback.beat.hits import Hit, all_hits, round_frames, round_hits, step_frame


def beat_frames(pattern: Pattern, *, bars: int | None, rate: int) -> int:
    """Length of a beat without its tail; `bars` of 16 steps, None for one round of the pattern."""
    return round_frames(_steps(pattern, bars), pattern.step_s, rate)


def schedule(parts: Sequence[Part], pattern: Pattern, *, bars: int | None, rate: int) -> list[Hit]:
    """All sounds of a beat in the order of time; step k begins at k steps, to the nearest frame."""
    step_s, swing = pattern.step_s, pattern.swing
    frames = (step_frame(step, step_s=step_s, swing=swing, rate=rate) for step in range(_steps(pattern, bars)))
    return all_hits([beat_part(part) for part in parts], frames)


def loop_schedule(parts: Sequence[Part], pattern: Pattern, *, bars: int | None, rate: int, longest: int) -> list[Hit]:
    """The sounds heard in one of many equal rounds of a beat, also those that began before it, frame 0.

    `longest` is the length of the longest sound, in frames.
    """
    steps = _steps(pattern, bars)
    return round_hits(
        [beat_part(part) for part in parts],
        steps=steps,
        step_s=pattern.step_s,
        swing=pattern.swing,
        rate=rate,
        longest=longest,
    )


def _steps(pattern: Pattern, bars: int | None) -> int:
    return pattern.steps if bars is None else bars * STEPS_A_BAR
