"""`@name` means the saved query, also within another; never itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.snapshots import snapshot
from tui_browser.search.completion import Vocabulary, completions
from tui_browser.search.matcher import NameIndex
from tui_browser.search.query import parse

SAVED = {"kicks": "class:kick sort:dur", "either": "kick | snare", "both": "@kicks @either", "a": "@b x", "b": "@a"}


def sentence(text: str, saved: dict[str, str] = SAVED) -> str:
    (problem,) = parse(text, saved=saved).problems
    return problem.sentence


def test_a_name_stands_for_its_query_in_brackets() -> None:
    for text, meaning in (
        ("@kicks", "class:kick sort:dur"),
        ("808 @either", "808 (kick | snare)"),
        ("@both -loop", "((class:kick sort:dur) (kick | snare)) -loop"),
        ("-@either", "-(kick | snare)"),
        ("not @kicks sort:name", "not (class:kick sort:dur) sort:name"),
        ("(@either) @kicks", "(kick | snare) (class:kick sort:dur)"),
        ("@either @either", "(kick | snare)"),
    ):
        assert parse(text, saved=SAVED) == parse(meaning), text
        assert not parse(text, saved=SAVED).problems


def test_a_negated_name_excludes_what_it_finds_and_no_more() -> None:
    assert parse("-@one", saved={"one": "ks"}) == parse("-(ks)") != parse("-ks")


def test_what_means_itself_or_nothing_is_named() -> None:
    assert "the saved search a -> b -> a means itself" in sentence("@a")
    assert parse("@a", saved=SAVED).senseless, "it is not everything"
    assert sentence("@kick").endswith("no saved search is called kick; did you mean @kicks?")
    assert parse("@kick", saved=SAVED).problems[0].unfinished and parse("@", saved=SAVED).problems[0].unfinished
    assert "'@x finds the letters" in sentence("@x", {})
    assert not parse("'@x", saved={}).problems, "letters in quotes stay letters"
    assert "in it, dur:abc is not understood" in sentence("@bad", {"bad": "dur:abc kick"})


def test_many_that_open_many_end_soon() -> None:
    doubling = {f"q{level}": f"@q{level + 1} a{level} @q{level + 1}" for level in range(30)} | {"q30": "x"}
    assert "at most 64 saved searches" in str(parse("@q0", saved=doubling).problems)
    chain = {f"c{level}": "(" * 20 + f"@c{level + 1}" for level in range(60)} | {"c60": "x"}
    assert "at most 32 groups" in str(parse("@c0", saved=chain).problems)


@given(
    st.dictionaries(st.sampled_from("abc"), st.text(alphabet='@abc()-|!" ', max_size=12)),
    st.text("@abc( -", max_size=8),
)
def test_no_text_and_no_saved_query_raises(saved: dict[str, str], text: str) -> None:
    parse(text, saved=saved)


def test_names_are_completed() -> None:
    held = snapshot([b"/s/kick.wav"])
    words = Vocabulary(held, NameIndex(held.names))
    assert [each.text for each in completions("808 @k", words, saved=SAVED)] == ["808 @kicks"]
    assert [each.piece for each in completions("@", words, saved=SAVED)] == [f"@{name}" for name in SAVED]
