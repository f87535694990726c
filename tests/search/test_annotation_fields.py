"""`in:`, `rating:`, `note:` and `is:hidden` in a query."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import snapshot
from tui_browser.records import HIDDEN, SampleId, Snapshot
from tui_browser.search.completion import Vocabulary, completions
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse, parse_strict


def held() -> Snapshot:
    """Six samples; the last one is hidden."""
    plain = snapshot(6)
    ids = [SampleId(int(each)) for each in plain.ids]
    flags = np.zeros(6, dtype=np.uint8)
    flags[5] = HIDDEN
    return replace(
        plain,
        flags=flags,
        ratings={ids[0]: 1, ids[1]: 3, ids[2]: 5},
        user_notes={ids[1]: "Chorus of the second song", ids[3]: "too loud"},
        collections={"Late night": (ids[3], ids[1], ids[3]), "late": (ids[0],), "Empty": (), 'the "best"': (ids[2],)},
    )


HELD = held()
INDEX = NameIndex(HELD.names)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("in:late", [0]),
        ('in:"late NIGHT"', [3, 1]),
        ("in:la", [3, 1, 0]),
        ("in:la rating:1", [0]),
        ("in:empty", []),
        ('in:"the best"', [2]),
        ("-in:la", [2, 4]),
        ("rating:3", [1]),
        ("rating:>=3", [1, 2]),
        ("rating:<3", [0]),
        ("rating:2-5", [1, 2]),
        ("rating:1,5", [0, 2]),
        ("rating:none", [3, 4]),
        ("-rating:none", [0, 1, 2]),
        ("note:CHORUS", [1]),
        ('note:"too loud"', [3]),
        ("sort:-rating", [2, 1, 0, 3, 4]),
        ("in:la sort:rating", [0, 1, 3]),
        ("", [0, 1, 2, 3, 4]),
        ("is:hidden", [5]),
        ("-is:hidden", [0, 1, 2, 3, 4]),
        ("rating:5 or is:hidden", [2, 5]),
    ],
)
def test_what_a_query_finds(query: str, rows: list[int]) -> None:
    matches = match(parse_strict(query), HELD, INDEX)
    assert matches.rows.tolist() == rows
    assert np.flatnonzero(matches.mask).tolist() == sorted(rows)


@pytest.mark.parametrize(
    ("query", "suggestion"), [("rating:6", ""), ("rating:x", ""), ("stars:5", "rating:5"), ("playlist:a", "in:a")]
)
def test_what_is_not_understood(query: str, suggestion: str) -> None:
    (problem,) = parse(query).problems
    assert problem.suggestion == suggestion and not problem.unfinished


def test_what_may_still_become_something_is_unfinished() -> None:
    assert all(parse(query).problems[0].unfinished for query in ("in:", "rating:", "rating:>", "rating:no", "note:"))


def test_values_are_completed_with_their_counts() -> None:
    def pieces(text: str) -> list[tuple[str, int | None]]:
        return [(each.piece, each.count) for each in completions(text, Vocabulary(HELD, INDEX))]

    assert pieces("in:") == [('in:"Late night"', 2), ("in:late", 1), ('in:"the best"', 1), ("in:Empty", 0)]
    assert sorted(pieces("rating:")) == [("rating:1", 1), ("rating:3", 1), ("rating:5", 1), ("rating:none", None)]
    assert pieces("is:hi") == [("is:hidden", 1)]
