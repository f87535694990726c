"""Keeps the columns of files that queries asked for, until the library changes."""

from __future__ import annotations

import threading
import time

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
        self._revision = -1
        self._read_at = 0.0

    def of(self, snapshot: Snapshot) -> FileColumns:
        """The columns for the rows of a snapshot. Raises LibraryError."""
        with self._guard:
            if self._columns is None or not self._serves(snapshot):
                revision = self._store.revision()
                if self._columns is None or revision != self._revision:
                    self._columns = self._store.file_columns()
                self._revision, self._read_at = revision, time.monotonic()
            self._columns = columns = self._columns
        return columns.aligned(snapshot.ids)

    def _serves(self, snapshot: Snapshot) -> bool:
        """Whether the columns need not be read again."""
        if snapshot.revision == self._revision:
            return True
        assert self._columns is not None
        if len(snapshot) < _MANY or time.monotonic() - self._read_at > _FRESH_S:
            return False
        return bool((self._columns.aligned(snapshot.ids).root >= 0).all())
