"""`@name` in a query: the query that was saved under this name, and may name others in turn."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from tui_browser.errors import printable
from tui_browser.search.conditions import InvalidValue
from tui_browser.search.tokens import Token

_MOST = 64
"""Saved queries that one query opens, each time counted."""


class SavedQueries:
    """Opens saved queries while a query is parsed; none within itself."""

    def __init__(self, saved: Mapping[str, str]) -> None:
        self._saved = saved
        self._open: list[str] = []
        self._count = 0

    def opened(self, name: str) -> str | InvalidValue:
        """The query with this name, until `close`; or why there is none."""
        if not name:
            return InvalidValue("@ takes the name of a saved search", unfinished=True)
        if name not in self._saved:
            begun = next((own for own in self._saved if own.startswith(name)), "")
            near = begun or next(iter(difflib.get_close_matches(name, self._saved, n=1)), "")
            reason = f"no saved search is called {printable(name)}"
            letters = "" if near else f"; '@{printable(name)} finds the letters"
            return InvalidValue(reason + letters, f"@{near}" if near else "", unfinished=bool(begun))
        if name in self._open:
            return InvalidValue(f"the saved search {' -> '.join([*self._open, name])} means itself")
        if self._count == _MOST:
            return InvalidValue(f"a query opens at most {_MOST} saved searches")
        self._count += 1
        self._open.append(name)
        return self._saved[name]

    def close(self) -> None:
        """The query that was opened last is parsed."""
        self._open.pop()


def saved_name(token: Token) -> str | None:
    """The name after `@`; None for every other piece."""
    if token.kind != "term" or token.field or token.values[0].quoted or not token.values[0].text.startswith("@"):
        return None
    return token.values[0].text[1:]
