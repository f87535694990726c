"""A query in another order: the text of the query with another `sort:`."""

from __future__ import annotations

from tui_browser.search.conditions import SortKey
from tui_browser.search.tokens import tokens


def reordered(text: str, key: SortKey | None) -> str:
    """The query with this order at its start, or with none; what it finds stays."""
    kept = text
    for token in reversed(tokens(text)):
        if token.kind == "term" and token.field.lower() == "sort":
            kept = f"{kept[: token.start].rstrip()} {kept[token.end :].lstrip()}"
    order = f"sort:{'-' if key.descending else ''}{key.column} " if key is not None else ""
    return f"{order}{kept.strip()}".strip()
