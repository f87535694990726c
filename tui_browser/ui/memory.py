"""Memory that was freed, given back to the system."""

from __future__ import annotations

MUCH = 200_000
"""Samples from which on it is worth the time: a million leave some 190 MB behind, given back in a tenth of a second."""


def give_back(samples: int) -> None:
    """After work on so many samples, give the system what was freed; for a thread, and nothing where that is unknown.

    glibc keeps what a thread has freed for the next time that this thread wants some, and a library is loaded once.
    """
    if samples < MUCH:
        return
    import ctypes  # numpy has loaded it

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return
    trim(0)
