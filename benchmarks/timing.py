"""Clocks: medians and percentiles of repeated calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def times_ms(work: Callable[[], Any], *, repeat: int, warm: int = 1) -> list[float]:
    """Milliseconds of each of `repeat` calls, after `warm` ones that do not count."""
    for _ in range(warm):
        work()
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1e3)
    return found


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))
