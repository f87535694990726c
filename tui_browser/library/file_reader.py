"""Keeps the columns of files that queries asked for, until the library changes."""

from __future__ import annotations

import threading
import time

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import Snapshot
from tui_browser.search.file_columns import FileColumns
from tui_browser.store.store import Store

_MANY, _FRESH_S = 200_000, 10.0
"""Of so many samples the columns are used again for so long, if they have all: each sound that is heard is a change."""


class FileReader:
    """Reads the columns in the thread that asks; for any number of threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._columns: FileColumns | None = None
        self._version: tuple[object, ...] = ()
        self._read_at = 0.0
        self._stacks: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._stacks_version: tuple[object, ...] = ()
        self._stacks_at = self._stacks_took_s = 0.0

    def of(self, snapshot: Snapshot) -> FileColumns:
        """The columns for the rows of a snapshot. Raises LibraryError."""
        with self._guard:
            columns, version = self._columns, self._store.version()
            if columns is None or (version != self._version and not self._serve(columns, snapshot)):
                columns = self._columns = self._store.file_columns()
                self._version, self._read_at = version, time.monotonic()
        return columns.aligned(snapshot.ids)

    def stacks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `Store.copy_stacks`; those of a large library are read again after some seconds at the earliest."""
        with self._guard:
            kept, version = self._stacks, self._store.version()
            rested = time.monotonic() - self._stacks_at > min(_FRESH_S, 10 * self._stacks_took_s)
            if kept is None or (version != self._stacks_version and rested):
                begun = time.monotonic()
                kept = self._stacks = self._store.copies.stacks()
                self._stacks_version, self._stacks_at = version, time.monotonic()
                self._stacks_took_s = self._stacks_at - begun
        return kept

    def _serve(self, columns: FileColumns, snapshot: Snapshot) -> bool:
        """Whether the columns of an older version still do."""
        if len(snapshot) < _MANY or time.monotonic() - self._read_at > _FRESH_S:
            return False
        return bool((columns.aligned(snapshot.ids).root >= 0).all())
