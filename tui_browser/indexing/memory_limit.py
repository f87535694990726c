"""Limit on the memory of a decoder process: a file that asks for more costs a reject, not the machine."""

from __future__ import annotations

import contextlib

MOST_BYTES = 2 << 30
"""What one decoder may hold. The largest file in blocks, with its slices, takes a tenth of that."""


def limit_memory(most_bytes: int = MOST_BYTES) -> None:
    """Let this process allocate at most this much; where the system has no such limit, nothing happens."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            most_bytes = min(most_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, hard))
