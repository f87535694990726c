"""On the line a tag or collection that is not there is named with the nearest one, and the rest works on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.snapshots import snapshot
from tui_browser.records import SampleId
from tui_browser.search.conditions import TagTerm
from tui_browser.search.known_names import KnownNames
from tui_browser.search.query import parse

HELD = replace(
    snapshot([b"/s/1.wav"], tags={0: ("Dark", "dusty room", "word:cat")}),
    collections={"Late night": (SampleId(0),)},
)
KNOWN = KnownNames.of(HELD)


@pytest.mark.parametrize("text", ["tag:dark", "tag:DA", 'tag:"dusty r"', "in:late", "word:ca", "tag:word:cat", "kick"])
def test_what_is_there_or_begins_so_is_no_problem(text: str) -> None:
    assert not parse(text, known=KNOWN).problems


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("tag:drak kick", "tag:dark"), ("in:lat-night kick", 'in:"late night"'), ("word:cta kick", "word:cat"),
     ("tag:zzz kick", ""), ("tag:dark,zzz kick", "")],
)  # fmt: skip
def test_what_is_not_there_is_named_and_the_rest_works_on(text: str, suggestion: str) -> None:
    query = parse(text, known=KNOWN)
    assert [problem.suggestion for problem in query.problems] == [suggestion]
    assert query.problems[0].piece == text.removesuffix(" kick") and "is called so" in query.problems[0].sentence
    assert query.expression == parse("kick").expression


def test_alone_it_matches_nothing_and_elsewhere_it_is_simply_absent() -> None:
    assert parse("tag:drak", known=KNOWN).senseless
    assert parse("tag:drak").expression == TagTerm("drak") and not parse("tag:drak").problems
    assert "there is no tag yet" in parse("tag:a", known=KnownNames()).problems[0].sentence
