"""What a query means, for tests that take it apart."""

from __future__ import annotations

from tui_browser.search.conditions import Expression, WordTerm
from tui_browser.search.query import parse


def meaning(text: str) -> Expression:
    """What a query without problems means."""
    query = parse(text)
    assert not query.problems and query.expression is not None
    return query.expression


def word(text: str) -> WordTerm:
    term = meaning(text)
    assert isinstance(term, WordTerm)
    return term
