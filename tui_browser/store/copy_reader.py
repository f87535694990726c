"""Read access to what a library knows of copies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import SampleId
from tui_browser.store import copies
from tui_browser.store.copies import Comparison, CopyFile, CopyMember
from tui_browser.store.transactions import read_state


class CopyReader:
    """Each call sees one consistent state of the library that `read` opens."""

    def __init__(self, read: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._read = read

    def fingerprints(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Ids (N,) and fingerprints (N, SIZE) in the library's space, one sample for each sound."""
        with self._read() as conn:
            return copies.fingerprints(conn, read_state(conn).space)

    def without_fingerprint(self) -> list[SampleId]:
        """The encoded samples that have no fingerprint yet."""
        with self._read() as conn:
            return copies.without_fingerprint(conn, read_state(conn).space)

    def same_hashes(self) -> list[tuple[SampleId, str]]:
        """The samples that share their content hash with others, by hash and id."""
        with self._read() as conn:
            return copies.same_hashes(conn)

    def files(self, ids: Collection[int]) -> list[CopyFile]:
        """What is known of the files of these samples, by id."""
        with self._read() as conn:
            return copies.files(conn, ids)

    def comparisons(self) -> dict[tuple[str, str], Comparison]:
        """All comparisons of two sounds."""
        with self._read() as conn:
            return copies.comparisons(conn)

    def groups(self) -> list[CopyMember]:
        """The members of all groups of copies of the last search, the keeper of each first."""
        with self._read() as conn:
            return copies.groups(conn)

    def stacks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids (C,) of samples with copies, ascending, and the number (C,) of the stack that each belongs to."""
        with self._read() as conn:
            return copies.stacks(conn)
