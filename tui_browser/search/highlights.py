"""Where the words of a query stand in a shown text."""

from __future__ import annotations

from collections.abc import Iterable

from tui_browser.search.conditions import Expression, SoundTerm, WordTerm, ranking_terms


def highlight_words(expression: Expression | None) -> tuple[WordTerm, ...]:
    """The words that a query looks for; those that it excludes are not among them."""
    words: list[WordTerm] = []
    for term in ranking_terms(expression):
        if isinstance(term, WordTerm):
            words.append(term)
        elif isinstance(term, SoundTerm) and term.text:
            words.append(WordTerm(term.text, exact=True))
    return tuple(words)


def highlights(text: str, words: Iterable[WordTerm]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of the matched parts of a text, from left to right."""
    marked: set[int] = set()
    for word in words:
        sought, searched = word.text.decode(errors="replace"), text
        if not word.case and len(text.lower()) == len(text):
            sought, searched = sought.lower(), text.lower()
        if sought:
            marked |= _adjacent(searched, sought, word) or (set() if word.exact else _scattered(searched, sought))
    parts: list[tuple[int, int]] = []
    for at in sorted(marked):
        if parts and parts[-1][1] == at:
            parts[-1] = parts[-1][0], at + 1
        else:
            parts.append((at, at + 1))
    return parts


def _adjacent(text: str, sought: str, word: WordTerm) -> set[int]:
    if word.starts:
        at = 0 if text.startswith(sought) else -1
    elif word.ends:
        stem = text.rpartition(".")[0] or text
        at = len(stem) - len(sought) if stem.endswith(sought) else -1
    else:
        at = text.find(sought)
    return set(range(at, at + len(sought))) if at >= 0 else set()


def _scattered(text: str, sought: str) -> set[int]:
    """Characters in order: the shortest stretch that ends where the first one does; empty unless all are there."""
    end = -1
    for char in sought:
        end = text.find(char, end + 1)
        if end < 0:
            return set()
    found, before = [], end + 1
    for char in reversed(sought):
        before = text.rfind(char, 0, before)
        found.append(before)
    return set(found)
