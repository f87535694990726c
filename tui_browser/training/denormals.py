"""Numbers too small to be normal, taken for zero while a training lasts and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Sums of numbers that a processor is slow at cost a training nothing; afterwards they count as they did before.

    torch sets this for the thread that asks, and cannot tell how it stands: it is tried with such a number.
    """
    before = _are_zero()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _are_zero() -> bool:
    return float(torch.tensor([1e-310], dtype=torch.float64).mul(2.0)[0]) == 0.0
