"""What was promised, by the size of the library: up to 100,000 samples, and beyond."""

from __future__ import annotations

SMALL = 100_000


def by_size(samples: int, small: float, large: float) -> float:
    return small if samples <= SMALL else large


def pan_ms(samples: int) -> float:
    """Pan or zoom key to painted frame, p95, map of 200x50 cells."""
    return by_size(samples, 16, 25)


MOVE_MS = 10
"""Cursor key to painted frame, p95, map of 200x50 cells."""
MOVE_BYTES = 400
PAN_BYTES = 45_000


def near_ms(samples: int) -> float:
    """Exact 10 neighbours."""
    return by_size(samples, 2, 20)


def search_ms(samples: int) -> float:
    """Search keystroke to the redrawn map and list."""
    return by_size(samples, 30, 150)


def start_ms(samples: int) -> float:
    """First painted map, beyond a bare Textual app."""
    return by_size(samples, 400, 1_200)


def memory_mb(samples: int) -> float:
    return by_size(samples, 250, 900)


INDEX_SHARE = 0.6
"""Of the rate of bare decode and resample, for the first pass."""
BOTH_PASSES = 2.2
"""Processor time of both passes, in that of bare decode and resample."""
MFCC_TIMES = 10
"""As fast as a librosa MFCC loop."""
FIRST_ROWS_S = 1.0
"""From the start of the command to the first samples on disk, in a library that is new."""
RESCAN_S = 3.0
"""100,000 unchanged files."""
CHANGE_S = 1.0
"""One changed file, from close to the map."""
AUDITION_MS = 30
"""Key to the first audio frame handed to the device."""
