"""The query language: what a person types into the search line, or after `tui-browser search`.

    kick                 letters of the file name or its folders, in this order; or the class that is called so
    "deep house"         these letters side by side
    -loop                without files that have these letters side by side, or are of this class
    name:808 -name:old   in the file name only, never by class
    class:hat            class:kick class:hat-open class:tom-low class:none
    tag:dark             the whole tag; its beginning while no tag is called so
    is:fav               fav, heard, missing
    dur:<0.4 dur:100ms-2s bright:>2k loud:-12..-6 pitch:55 noise:>0.5 attack:<10ms bpm:118-122
    key:Am               key:C#  key:minor  key:none

Several pieces must all hold. A piece that is not finished yet, or that makes no sense, restricts nothing and is
named as a problem: the app marks it on the line, and a shell gets its sentence and exit code 2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_browser.errors import QueryError, printable
from tui_browser.records import CLASSES
from tui_browser.search.class_synonyms import CLASS_WORDS, TOM_SIZES, ClassWords, class_words, normalised
from tui_browser.search.conditions import (
    ClassTerm,
    Field,
    FlagTerm,
    KeyTerm,
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
    "ClassTerm",
    "Field",
    "FlagTerm",
    "KeyTerm",
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

_PIECE = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S*))')
_MOST_WORDS = 64
"""More words than a name has."""


def parse(text: str, *, classes: Sequence[str] = CLASSES) -> Query:
    """The query that a text means, for samples of these classes; never raises: each letter can be typed in peace."""
    meant = class_words(classes)
    words: list[WordTerm] = []
    fields: list[Field] = []
    problems: list[QueryProblem] = []
    for match in _PIECE.finditer(text):
        if not match.group():
            continue
        understood = _piece(match, meant)
        if isinstance(understood, QueryProblem):
            problems.append(understood)
        elif isinstance(understood, WordTerm):
            if understood not in words and len(words) == _MOST_WORDS:
                problems.append(_problem(match, InvalidValue(f"a query has at most {_MOST_WORDS} words")))
            elif understood not in words:
                words.append(understood)
        else:
            fields.append(understood)
    return Query(tuple(words), tuple(dict.fromkeys(fields)), tuple(problems))


def parse_strict(text: str, *, classes: Sequence[str] = CLASSES) -> Query:
    """The query that a text means; raises QueryError with the sentences of all pieces that are not understood."""
    query = parse(text, classes=classes)
    if query.problems:
        told = "; ".join(problem.sentence for problem in query.problems)
        raise QueryError(told, hint="? in the app lists what is understood")
    return query


def _piece(match: re.Match[str], meant: ClassWords) -> WordTerm | Field | QueryProblem:
    minus, name, quoted, plain = match.groups()
    value, negated, key = (plain if quoted is None else quoted), minus == "-", (name or "").lower()
    if key in FIELD_HELP and key != "name":
        understood = parse_condition(key, value, meant, negated=negated)
        return _problem(match, understood, f"{minus}{key}:") if isinstance(understood, InvalidValue) else understood
    if key == "name":
        if not value:
            return _problem(match, InvalidValue(f"name: takes {FIELD_HELP['name']}"))
        return _word(value, meant, negated=negated, exact=quoted is not None, name_only=True)
    nearest = nearest_field(key) if key else ""
    if nearest:
        return _problem(match, InvalidValue("", value or " "), f"{minus}{nearest}:")
    spelled = f"{name}:{value}" if name is not None else value
    if not spelled or spelled == "-":
        what = "nothing stands between the quotes" if quoted is not None else "- takes a word, as in -loop"
        return _problem(match, InvalidValue(what))
    return _word(spelled, meant, negated=negated, exact=quoted is not None, name_only=False)


def _problem(match: re.Match[str], unclear: InvalidValue, before: str = "") -> QueryProblem:
    piece = match.group()
    suggestion = f"{before}{unclear.suggestion}".rstrip() if unclear.suggestion else ""
    told = f": {unclear.why}" if unclear.why else ""
    told += f"; did you mean {printable(suggestion)}?" if suggestion else ""
    shown = printable(piece if len(piece) <= 40 else f"{piece[:39]}...")
    return QueryProblem(piece, match.start(), match.end(), f"{shown} is not understood{told}", suggestion)


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
