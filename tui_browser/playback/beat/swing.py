"""Where steps lie in time; apart from the mixing, as patterns are read without numpy."""

from __future__ import annotations


def step_position(step: int, swing: float) -> float:
    """Where a step begins, in straight steps from the start; swing, in percent, delays every second one."""
    return step + (step % 2) * (swing / 50.0 - 1.0)
