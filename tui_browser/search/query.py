"""The query language of the search line and of `tui-browser search`.

    kick                 characters of the file name or its folders, in this order; or a class of this name
    "deep house"         adjacent characters
    -loop                excludes files with these adjacent characters, or of this class
    name:808 -name:old   the file name only, never a class
    class:hat            class:kick class:hat-open class:tom-low class:none
    tag:dark             a tag; or the start of one if no tag has this name
    is:fav               fav, heard, missing
    dur:<0.4 dur:100ms-2s bright:>2k loud:-12..-6 pitch:55 noise:>0.5 attack:<10ms bpm:118-122
    key:Am               key:C#  key:minor  key:none
    license:cc0          license:by-nc  license:commercial (allows it)  license:none; also spelled licence:
    author:anna          part of the author's name

All terms must match. An incomplete or invalid term restricts nothing and becomes a problem: the app marks it on the
search line; the command line prints it and exits with 2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_browser.errors import QueryError, printable
from tui_browser.records import CLASSES
from tui_browser.search.class_synonyms import CLASS_WORDS, TOM_SIZES, ClassWords, class_words, normalised
from tui_browser.search.conditions import (
    AuthorTerm,
    ClassTerm,
    Field,
    FlagTerm,
    KeyTerm,
    LicenceTerm,
    Query,
    QueryProblem,
    RangeTerm,
    TagTerm,
    TomTerm,
    WordTerm,
)
from tui_browser.search.fields import FIELD_HELP, FLAGS, InvalidValue, nearest_field, parse_condition

__all__ = [
    "CLASS_WORDS",
    "FLAGS",
    "AuthorTerm",
    "ClassTerm",
    "Field",
    "FlagTerm",
    "KeyTerm",
    "LicenceTerm",
    "Query",
    "QueryProblem",
    "RangeTerm",
    "TagTerm",
    "TomTerm",
    "WordTerm",
    "class_words",
    "parse",
    "parse_strict",
]  # fmt: skip

_TERM = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S*))')
_SPELLINGS = {"licence": "license"}
"""Fields that are written in two ways."""
_MAX_WORDS = 64
"""Limit of words in a query, more than a name has."""


def parse(text: str, *, classes: Sequence[str] = CLASSES) -> Query:
    """Parse a query for a model with these classes; never raises, problems are part of the result."""
    meant = class_words(classes)
    words: list[WordTerm] = []
    fields: list[Field] = []
    problems: list[QueryProblem] = []
    for match in _TERM.finditer(text):
        if not match.group():
            continue
        term = _parse_term(match, meant)
        if isinstance(term, QueryProblem):
            problems.append(term)
        elif isinstance(term, WordTerm):
            if term not in words and len(words) == _MAX_WORDS:
                problems.append(_problem(match, InvalidValue(f"a query has at most {_MAX_WORDS} words")))
            elif term not in words:
                words.append(term)
        else:
            fields.append(term)
    return Query(tuple(words), tuple(dict.fromkeys(fields)), tuple(problems))


def parse_strict(text: str, *, classes: Sequence[str] = CLASSES) -> Query:
    """Parse a query; raises QueryError with the sentences of all problems."""
    query = parse(text, classes=classes)
    if query.problems:
        sentences = "; ".join(problem.sentence for problem in query.problems)
        raise QueryError(sentences, hint="? in the app lists the query language")
    return query


def _parse_term(match: re.Match[str], meant: ClassWords) -> WordTerm | Field | QueryProblem:
    minus, name, quoted, plain = match.groups()
    value, negated, key = (plain if quoted is None else quoted), minus == "-", (name or "").lower()
    key = _SPELLINGS.get(key, key)
    if key in FIELD_HELP and key != "name":
        field = parse_condition(key, value, meant, negated=negated)
        return _problem(match, field, f"{minus}{key}:") if isinstance(field, InvalidValue) else field
    if key == "name":
        if not value:
            return _problem(match, InvalidValue(f"name: takes {FIELD_HELP['name']}"))
        return _word(value, meant, negated=negated, exact=quoted is not None, name_only=True)
    nearest = nearest_field(key) if key else ""
    if nearest:
        return _problem(match, InvalidValue("", value or " "), f"{minus}{nearest}:")
    spelled = f"{name}:{value}" if name is not None else value
    if not spelled or spelled == "-":
        reason = "the quotes are empty" if quoted is not None else "- takes a word, as in -loop"
        return _problem(match, InvalidValue(reason))
    return _word(spelled, meant, negated=negated, exact=quoted is not None, name_only=False)


def _problem(match: re.Match[str], invalid: InvalidValue, prefix: str = "") -> QueryProblem:
    piece = match.group()
    suggestion = f"{prefix}{invalid.suggestion}".rstrip() if invalid.suggestion else ""
    details = f": {invalid.reason}" if invalid.reason else ""
    details += f"; did you mean {printable(suggestion)}?" if suggestion else ""
    shown = printable(piece if len(piece) <= 40 else f"{piece[:39]}...")
    return QueryProblem(piece, match.start(), match.end(), f"{shown} is not understood{details}", suggestion)


def _word(text: str, meant: ClassWords, *, negated: bool, exact: bool, name_only: bool) -> WordTerm:
    classes, tom = frozenset[int](), None
    if not (exact or name_only):
        name = text.lower()
        classes = meant.get(name) or meant.get(normalised(name).replace("-", "_")) or frozenset()
        tom = TOM_SIZES.get(normalised(name)) if "tom" in meant and ("-" in name or "_" in name) else None
    encoded = text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
    return WordTerm(encoded, negated=negated, exact=exact or negated, name_only=name_only, classes=classes, tom=tom)


def _escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in text)
