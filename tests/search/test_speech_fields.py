"""Tags with a colon, and the fields for those of speech."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fakes import snapshot
from tui_browser.records import SampleId
from tui_browser.search.completion import Vocabulary, completions
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse

SPOKEN = replace(
    snapshot(4),
    tags={
        SampleId(10): ("phone:k", "word:Cat"),
        SampleId(11): ("phone:ae", "word:cat"),
        SampleId(12): ("phone:k", "word:key"),
        SampleId(13): ("k", "cat"),
    },
)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("tag:phone:k", [0, 2]),
        ("phone:K", [0, 2]),
        ("word:cat", [0, 1]),
        ("word:cat phone:k", [0]),
        ("-phone:k", [1, 3]),
        ("tag:k", [3]),
        ('tag:"word:key"', [2]),
        ("phone:k,ae", [0, 1, 2]),
    ],
)
def test_spoken_tags_are_found(query: str, rows: list[int]) -> None:
    parsed = parse(query)
    assert not parsed.problems
    assert match(parsed, SPOKEN, NameIndex(SPOKEN.names)).rows.tolist() == rows


def test_they_are_completed() -> None:
    index = NameIndex(SPOKEN.names)
    assert [(each.text, each.count) for each in completions("phone:", Vocabulary(SPOKEN, index))] == [
        ("phone:k", 2),
        ("phone:ae", 1),
    ]
    assert [each.text for each in completions("word:C", Vocabulary(SPOKEN, index))] == ["word:cat"]
