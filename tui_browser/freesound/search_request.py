"""What is searched for, and how Freesound wants to be asked for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui_browser.errors import FreesoundError, printable
from tui_browser.freesound.found_sound import FIELDS
from tui_browser.records import FEATURES
from tui_browser.search.conditions import (
    AuthorTerm,
    Expression,
    LicenceTerm,
    Not,
    Or,
    RangeTerm,
    SortKey,
    TagTerm,
    WordTerm,
    terms_of,
)
from tui_browser.search.licences import COMMERCIAL, NONCOMMERCIAL
from tui_browser.search.query import parse

DEFAULT_QUERY, DEFAULT_COUNT = "footstep", 3
DEFAULT_MIN_S, DEFAULT_MAX_S = 1.0, 2.0
MOST_A_PAGE = 150
LICENCE_NAMES = {
    "cc0": "Creative Commons 0", "by": "Attribution", "by-nc": "Attribution NonCommercial", "sampling+": "Sampling+",
}  # fmt: skip
"""The licences of sounds on Freesound, in the words of its filter."""
SORTS = {"dur": "duration", "added": "created"}
"""Columns of the search line, as Freesound calls what it can order by."""
_MOST_QUERY = 500
_DURATION = FEATURES.index("duration_s")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search; what is not given restricts nothing."""

    query: str = ""
    min_s: float | None = None
    max_s: float | None = None
    licences: frozenset[str] = frozenset()
    """Codes of `search.licences`; empty for any."""
    tags: tuple[str, ...] = ()
    author: str = ""
    extra_filter: str = ""
    """In Freesound's own words, added as it is."""
    sort: str = ""
    """One of `SORTS`; empty for the best match first."""
    page_size: int = 30

    def params(self) -> dict[str, str]:
        """The parameters of the first page; raises FreesoundError for a range without sounds."""
        check_range(self.min_s, self.max_s)
        params = {"query": self.query[:_MOST_QUERY]}
        if conditions := self.filter():
            params["filter"] = conditions
        if self.sort:
            params["sort"] = self.sort
        params["page_size"] = str(max(1, min(self.page_size, MOST_A_PAGE)))
        params["fields"] = FIELDS
        return params

    def filter(self) -> str:
        """The value of `filter`, in the syntax of Solr."""
        parts = []
        if self.min_s is not None or self.max_s is not None:
            parts.append(f"duration:[{_bound(self.min_s)} TO {_bound(self.max_s)}]")
        if self.licences:
            names = [_quoted(name) for code, name in LICENCE_NAMES.items() if code in self.licences]
            if not names:
                raise FreesoundError(
                    "no sound on Freesound has this licence", hint=f"one of {', '.join(LICENCE_NAMES)}"
                )
            parts.append(f"license:{names[0]}" if len(names) == 1 else f"license:({' OR '.join(names)})")
        parts += [f"tag:{_quoted(tag)}" for tag in self.tags]
        if self.author:
            parts.append(f"username:{_quoted(self.author)}")
        if self.extra_filter.strip():
            parts.append(self.extra_filter.strip())
        return " ".join(parts)


def check_range(min_s: float | None, max_s: float | None) -> None:
    """Raise FreesoundError where no sound can be in this range of lengths."""
    for value in (min_s, max_s):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise FreesoundError("a length is a number of seconds, 0 or more")
    if min_s is not None and max_s is not None and min_s >= max_s:
        raise FreesoundError(
            f"invalid range for the sounds: {min_s:g} to {max_s:g} s", hint="the shortest has to be below the longest"
        )


def parse_search(text: str, *, page_size: int = 30) -> SearchRequest:
    """The search that a person types in the app: words, and `dur:` `license:` `tag:` `author:` `sort:` as for the map.

    Raises FreesoundError for a piece that is not understood.
    """
    if len(text) > _MOST_QUERY:
        raise FreesoundError(f"a search has at most {_MOST_QUERY} characters")
    query = parse(text)
    if query.problems:
        raise FreesoundError(query.problems[0].sentence)
    words: list[str] = []
    low = high = None
    licences: frozenset[str] = frozenset()
    tags: list[str] = []
    author = ""
    for term in terms_of(query.expression):
        match term:
            case WordTerm(part="text") as word:
                words.append(_word(word))
            case Not(WordTerm(part="text") as word):
                words.append("-" + _word(word))
            case RangeTerm(feature, start, end) if feature == _DURATION:
                low = None if not math.isfinite(start) or start <= 0 else round(start, 6)
                high = None if not math.isfinite(end) else round(end, 6)
            case LicenceTerm(codes) if codes:
                licences = codes
            case Not(LicenceTerm(codes)) if codes:
                licences = (COMMERCIAL | NONCOMMERCIAL) - codes
            case Or(several) if joined := _licences(several):
                licences = joined
            case TagTerm(tag):
                tags.append(tag)
            case AuthorTerm(name):
                author = name
            case _:
                raise FreesoundError(
                    "Freesound is searched by words, -words, dur:, license:, tag: and author:",
                    hint="the other fields are for what is in the library",
                )
    sort = _sort(query.sort)
    return SearchRequest(" ".join(words), low, high, licences, tuple(tags), author, sort=sort, page_size=page_size)


def _sort(keys: Sequence[SortKey]) -> str:
    """The order that `sort:` asks for, in Freesound's words; empty without one."""
    if not keys:
        return ""
    if keys[0].column not in SORTS:
        raise FreesoundError(f"Freesound does not sort by {keys[0].column}", hint="by dur or added")
    return f"{SORTS[keys[0].column]}_{'desc' if keys[0].descending else 'asc'}"


def _licences(terms: Sequence[Expression]) -> frozenset[str]:
    """The licences of `license:cc0,by`; empty for other alternatives."""
    codes: frozenset[str] = frozenset()
    for term in terms:
        if not isinstance(term, LicenceTerm):
            return frozenset()
        codes |= term.codes
    return codes


def _word(word: WordTerm) -> str:
    text = word.text.decode("utf-8", "replace")
    return f'"{text}"' if " " in text else text


def _bound(value: float | None) -> str:
    return "*" if value is None else f"{value:g}"


def _quoted(text: str) -> str:
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
