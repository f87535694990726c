"""What a loaded library leaves behind, and what the collector of cycles need not look at."""

from __future__ import annotations

import gc

MUCH = 200_000
"""Samples from which on it is worth the time: a million leave some 190 MB behind, given back in a tenth of a second."""


def loaded(samples: int) -> None:
    """After so many samples were loaded: give back what that has freed, and `settle`; for a thread.

    With few samples there is little of either, and what `settle` leaves out for good is not to grow with each change.
    """
    if samples >= MUCH:
        _give_back()
        settle()


def _give_back() -> None:
    """glibc keeps what a thread has freed for the next time that this thread wants some; others do not."""
    import ctypes  # numpy has loaded it

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return
    trim(0)


def settle() -> None:
    """Leave all that there is now out of the search for cycles.

    Else that goes through a library's names, and all of Textual, every few hundred keys: 40 ms, and 130 at a million
    samples, in which no key is answered. What is replaced later is freed by its count all the same (no world is part
    of a cycle); what young cycles there are is looked for before.
    """
    gc.collect(1)
    gc.freeze()
