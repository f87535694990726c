"""What a loaded library leaves behind, and what the collector of cycles need not look at."""

from __future__ import annotations

import gc

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


def settle() -> None:
    """Leave all that there is now out of the search for cycles.

    Else that goes through a library's names, and all of Textual, every few hundred keys: 40 ms, and 130 at a million
    samples, in which no key is answered. What is replaced later is freed by its count all the same; what young cycles
    there are is looked for before.
    """
    gc.collect(1)
    gc.freeze()
