"""`license:` and `author:` in a query."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fakes import snapshot
from tui_browser.records import Credit, SampleId, Snapshot
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse


def held() -> Snapshot:
    """Six samples: the first five under these licences, the last one under none."""
    names = ["CC0 1.0", "CC BY 4.0", "CC BY-NC 4.0", "CC Sampling+ 1.0", "my own terms"]
    plain = snapshot(6)
    made = {
        SampleId(int(sample)): Credit(licence=name, author=author)
        for sample, name, author in zip(plain.ids, names, ["Anna", "Bert", "Hanna", "", "Bert"], strict=False)
    }
    return replace(plain, credits=made)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("license:cc0", [0]),
        ("licence:CC-0", [0]),
        ('license:"Creative Commons 0"', [0]),
        ("license:cc-by", [1]),
        ("license:by-nc", [2]),
        ("license:sampling+", [3]),
        ("license:commercial", [0, 1, 3]),
        ("license:nc", [2]),
        ("-license:nc", [0, 1, 3, 4, 5]),
        ("license:none", [4, 5]),
        ("author:anna", [0, 2]),
        ("author:bert license:by", [1]),
    ],
)
def test_a_licence_or_an_author_is_found(query: str, rows: list[int]) -> None:
    library = held()
    parsed = parse(query)
    assert not parsed.problems
    assert sorted(match(parsed, library, NameIndex(library.names)).rows.tolist()) == rows


@pytest.mark.parametrize(
    ("query", "suggestion"), [("license:b-nc", "license:by-nc"), ("license:commerc", "license:commercial")]
)
def test_a_wrong_licence_names_the_nearest_one(query: str, suggestion: str) -> None:
    (problem,) = parse(query).problems
    assert problem.suggestion == suggestion


def test_names_of_other_programs_lead_to_the_field() -> None:
    (problem,) = parse("artist:anna").problems
    assert problem.suggestion == "author:anna"
