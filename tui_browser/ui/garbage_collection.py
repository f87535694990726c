"""Memory after a library was loaded: what is returned to the system, and what the garbage collector skips."""

from __future__ import annotations

import gc

MANY = 200_000
"""Samples from which on it is worth the time: a million leave some 190 MB behind, returned in a tenth of a second."""


def release_memory(samples: int) -> None:
    """After so many samples were loaded: return freed memory to the system, and `freeze`; for a thread.

    With few samples there is little to return, and objects that are frozen at each change would add up.
    """
    if samples >= MANY:
        _trim_heap()
        freeze()


def _trim_heap() -> None:
    """glibc keeps what a thread has freed for the next allocations of that thread; other C libraries do not."""
    import ctypes  # numpy has loaded it

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return
    trim(0)


def freeze() -> None:
    """Freeze live objects so that the garbage collector skips them.

    Else it would visit all names of a library and all of Textual every few hundred keys: 40 ms, and 130 at a million
    samples, in which no key is answered. What is replaced later is freed by its reference count all the same (no map
    model is part of a cycle). Young cycles are collected before.
    """
    gc.collect(1)
    gc.freeze()
