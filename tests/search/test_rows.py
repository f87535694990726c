"""What older systems could do, on the search line."""

from __future__ import annotations

from tests.support.snapshots import snapshot
from tui_browser.records import DRUM_CLASSES, SampleId
from tui_browser.search.completion import Vocabulary, completions
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse


def test_a7_a_class_word_finds_by_the_sound_and_a_name_only_word_does_not() -> None:
    held = snapshot(
        [b"/s/1.wav", b"/s/2.wav"], classes=[DRUM_CLASSES.index("kick"), DRUM_CLASSES.index("snare")], class_p=[1, 1]
    )
    index = NameIndex(held.names)

    def rows(text: str) -> list[int]:
        return [int(row) for row in match(parse(text), held, index).rows]

    assert rows("kick") == rows("bd") == rows("class:kick") == [0] and rows("snare") == [1]
    assert rows("name:kick") == rows("'kick") == [] and rows("name:1") == [0]


def test_d8_a_tag_on_the_line_is_exact_in_any_case_and_completed_by_tally() -> None:
    tags = {0: ("Kick", "dark"), 1: ("KICK",), 2: ("kickdrum",), 3: ("kick", "k-last")}
    tags |= {number: (f"k{number:03d}",) for number in range(4, 150)}
    held = snapshot([b"/s/%d.wav" % number for number in range(150)], tags=tags)
    index = NameIndex(held.names)

    def ids(text: str) -> set[SampleId]:
        return {SampleId(int(row)) for row in match(parse(text), held, index).rows}

    assert ids("tag:kick") == ids("tag:KICK") == {0, 1, 3}, "the tag that is called so, not one that begins so"
    assert ids("tag:kickd") == {2}, "the start of one where none is called so"
    offered = completions("tag:K", Vocabulary(held, index))
    assert len(offered) == 100 and (offered[0].piece, offered[0].count) == ("tag:kick", 3)
    assert [each.count for each in offered] == sorted((each.count or 0 for each in offered), reverse=True)
