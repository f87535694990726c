"""Memory after a library was loaded: what is returned to the system, and what the garbage collector skips."""

from __future__ import annotations

import contextlib
import gc

MANY = 200_000
"""Samples from which on their objects are frozen at each load; with fewer, what each change leaves would add up."""
_ARENA_MAX = -8
"""The option M_ARENA_MAX of glibc's mallopt."""
_ARENAS = 2


def limit_arenas() -> None:
    """Let threads share their heaps: glibc gives most threads one of their own, which keeps what they have freed.

    With 100,000 samples loaded the app holds 147 MB in place of 284.
    """
    _glibc("mallopt", _ARENA_MAX, _ARENAS)


def release_memory(samples: int) -> None:
    """After work in a thread on so many samples: return freed memory to the system, and `freeze` if they are many."""
    _glibc("malloc_trim", 0)
    if samples >= MANY:
        freeze()


def _glibc(function: str, *values: int) -> None:
    """Call a function of glibc; other C libraries have none of these, and need none."""
    import ctypes  # numpy has loaded it

    with contextlib.suppress(OSError, AttributeError, TypeError):
        getattr(ctypes.CDLL(None), function)(*values)


def freeze() -> None:
    """Freeze live objects so that the garbage collector skips them.

    Else it would visit all names of a library and all of Textual every few hundred keys: 40 ms, and 130 at a million
    samples, in which no key is answered. What is replaced later is freed by its reference count all the same (no map
    model is part of a cycle). Young cycles are collected before.
    """
    gc.collect(1)
    gc.freeze()
