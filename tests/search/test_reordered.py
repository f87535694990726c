"""A query in another order, and where its words stand in a text."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fakes import snapshot
from tui_browser.records import SampleId
from tui_browser.search.conditions import SortKey
from tui_browser.search.highlights import highlight_words, highlights
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.reordered import reordered


@pytest.mark.parametrize(
    ("text", "key", "shown"),
    [
        ("", SortKey("dur"), "sort:dur"),
        ("kick", SortKey("dur", descending=True), "sort:-dur kick"),
        ("kick sort:name bpm:120", SortKey("dur"), "sort:dur kick bpm:120"),
        ("sort:dur kick", None, "kick"),
        ("SORT:-dur,name", None, ""),
        ('(kick sort:dur) | "open', SortKey("key"), 'sort:key (kick ) | "open'),
    ],
)
def test_an_order_takes_the_place_of_the_one_before(text: str, key: SortKey | None, shown: str) -> None:
    assert reordered(text, key) == shown


@given(st.text(alphabet="ab \"'|!-():,sort", max_size=20))
def test_whatever_stands_on_the_line_the_order_is_the_one_that_was_asked_for(text: str) -> None:
    assert parse(reordered(text, SortKey("dur", descending=True))).sort[0] == SortKey("dur", descending=True)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("kick", "Hard Kick 01.wav", ["Kick"]),
        ("Kick", "kick.wav", []),
        ("'ck ^ki", "kick.wav", ["kick"]),
        ("01$", "01 kick 01.wav", ["01"]),
        ("kk", "kick.wav", ["k", "k"]),
        ("!kick snare", "snare kick.wav", ["snare"]),
        ("dark", "dark.wav", ["dark"]),
        ("bpm:120 sort:name", "bpm name.wav", []),
        ("zz", "kick.wav", []),
    ],
)
def test_the_words_of_a_query_are_found_in_a_text(query: str, text: str, marked: list[str]) -> None:
    parts = highlights(text, highlight_words(parse(query).expression))
    assert [text[start:stop] for start, stop in parts] == marked


def test_samples_are_sorted_by_their_tags_those_without_any_last() -> None:
    held = snapshot(5)
    ids = [SampleId(each) for each in held.ids.tolist()]
    held = dataclasses.replace(held, tags={ids[1]: ("warm",), ids[4]: ("airy", "warm"), ids[2]: ("Dark",)})
    index = NameIndex(held.names)
    assert match(parse("sort:tag"), held, index).rows.tolist() == [4, 2, 1, 0, 3]
    assert match(parse("sort:-tag"), held, index).rows.tolist() == [1, 2, 4, 0, 3]
