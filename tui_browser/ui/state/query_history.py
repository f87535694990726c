"""Queries that were kept, to be brought back with the arrow keys on an empty search line."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 100
"""Queries that are remembered."""


class QueryHistory:
    """Kept queries from the oldest to the newest, and which one is shown."""

    def __init__(self, queries: Sequence[str] = ()) -> None:
        self.queries: tuple[str, ...] = tuple(queries)[-MOST:]
        self._at = len(self.queries)
        """The one that is shown; their number while none is."""

    def keep(self, text: str) -> None:
        """Add a query as the newest; an older one that is alike goes."""
        text = text.strip()
        if text:
            others = [query for query in self.queries if query != text]
            self.queries = (*others, text)[-MOST:]
        self._at = len(self.queries)

    def shows(self, text: str) -> bool:
        """Whether the arrow keys go through the history from here: on an empty line, or on a query of the history."""
        if not text:
            self._at = len(self.queries)
            return bool(self.queries)
        return self._at < len(self.queries) and self.queries[self._at] == text

    def step(self, by: int) -> str:
        """The query `by` steps newer than the one that is shown; empty beyond the newest."""
        self._at = min(max(0, self._at + by), len(self.queries))
        return self.queries[self._at] if self._at < len(self.queries) else ""
