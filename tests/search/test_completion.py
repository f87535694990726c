"""What is typed is completed with what the library has, the most common first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.snapshots import snapshot
from tui_browser.records import DRUM_CLASSES, FAVOURITE
from tui_browser.search.completion import QueryCompletion, Vocabulary, completions
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse

PATHS = [b"/s/kick.wav", b"/s/snare.wav", b"/s/b/kick.flac", b"/s/b/loop.aif"]
HELD = snapshot(
    PATHS,
    classes=[DRUM_CLASSES.index(name) for name in ("kick", "snare", "kick", "other")],
    flags=[FAVOURITE, 0, 0, 0],
    tags={0: ("Dark",), 1: ("dark", "dusty room"), 2: ("dust",)},
    features={"bpm": [float("nan")] * 3 + [120.0], "key": [float("nan")] * 3 + [21.0]},
)
INDEX = NameIndex(HELD.names)
WORDS = Vocabulary(HELD, INDEX)


def pieces(text: str) -> list[tuple[str, int | None]]:
    return [(each.piece, each.count) for each in completions(text, WORDS)]


def test_fields_classes_and_tags_of_a_word() -> None:
    assert pieces("ki") == [("kick", 2)]
    assert pieces("da")[:2] == [("tag:dark", 2), ("dark", None)], "a sound word has no count"
    assert ("class:", None) in pieces("cl") and ("clap", 0) in pieces("cl")
    assert pieces("tag") == [("tag:", None)] and pieces("cla")[0] == ("clap", 0)


def test_values_with_how_many_samples_have_them() -> None:
    assert pieces("class:")[:3] == [("class:kick", 2), ("class:snare", 1), ("class:other", 1)]
    assert pieces("tag:d") == [("tag:dark", 2), ('tag:"dusty room"', 1), ("tag:dust", 1)]
    assert pieces("is:f") == [("is:fav", 1)] and pieces("is:l") == [("is:loop", 1)]
    assert pieces("key:") == [("key:Am", 1)]
    assert pieces("ext:") == [("ext:wav", 2), ("ext:aif", 1), ("ext:flac", 1)]
    assert pieces("sort:-d") == [("sort:-dur", None)]


def test_the_last_value_of_a_list_and_the_text_before_stay() -> None:
    assert completions("808 -class:kick,sn", WORDS) == [QueryCompletion("808 -class:kick,snare", "class:kick,snare", 1)]


def test_what_is_complete_marked_or_quoted_has_none() -> None:
    for text in ("", "kick ", "kick", '"da', "'ki", "class:kick", "dur:", "zz:", "("):
        assert pieces(text) == [], text


@given(st.text(alphabet='kicdtag:",-(| ', max_size=12))
def test_every_completion_goes_on_from_the_text_and_finds_what_it_says(text: str) -> None:
    for completion in completions(text, WORDS):
        assert completion.text.lower().startswith(text.lower()[: len(text) - len(completion.piece)])
        query = parse(completion.piece)
        if completion.count is not None and not completion.piece.startswith("class:kick,") and ":" in completion.piece:
            found = match(query, HELD, INDEX)
            assert not query.problems and ("," in completion.piece or len(found) == completion.count)
