"""What a person types is understood, finished or not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.query_terms import meaning, word
from tui_browser.errors import QueryError
from tui_browser.records import (
    DRUM_CLASSES,
    FAVOURITE,
    FEATURES,
    HEARD,
    KEYS,
    MISSING,
    UNCLASSED,
)
from tui_browser.search.conditions import (
    And,
    ClassTerm,
    EndingTerm,
    FlagTerm,
    KeyTerm,
    KindTerm,
    Not,
    Or,
    Query,
    RangeTerm,
    SortKey,
    TagTerm,
    TomTerm,
    WordTerm,
)
from tui_browser.search.fields import FIELD_HELP
from tui_browser.search.query import parse, parse_strict


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    parse(text)


@given(st.lists(st.sampled_from(["-", '"', ":", "<", ">", "..", "dur", "class", "is:fav", "k", "9", " ", "ms", "é"])))
def test_no_half_typed_query_is_an_error(pieces: list[str]) -> None:
    text = "".join(pieces)
    for end in range(len(text) + 1):
        parse(text[:end])


def test_nothing_typed_is_everything() -> None:
    assert parse("") == parse("   ") == Query() and not parse("")


def test_words_are_words_and_class_words() -> None:
    assert meaning("kick zoom") == And((WordTerm(b"kick", classes=frozenset({0})), WordTerm(b"zoom")))


def test_the_marks_of_fzf() -> None:
    assert meaning('"deep house"') == WordTerm(b"deep house", exact=True)
    assert meaning("'deep") == WordTerm(b"deep", exact=True)
    assert meaning("'deep'") == WordTerm(b"deep", exact=True, whole=True)
    assert meaning("^deep") == WordTerm(b"deep", exact=True, starts=True)
    assert meaning("house$") == WordTerm(b"house", exact=True, ends=True)
    assert meaning("^deep$") == WordTerm(b"deep", exact=True, starts=True, ends=True)
    assert meaning("!loop") == meaning("-loop") == meaning("not loop") == Not(WordTerm(b"loop", exact=True))
    assert meaning("!^a") == Not(WordTerm(b"a", exact=True, starts=True))
    assert meaning("Deep") == WordTerm(b"Deep", case=True)


def test_parts_of_a_path() -> None:
    assert meaning("name:zoom") == WordTerm(b"zoom", "name")
    assert meaning('-name:"a b') == Not(WordTerm(b"a b", "name", exact=True))
    assert meaning("folder:drums") == WordTerm(b"drums", "folder", exact=True)
    assert meaning("path:/mnt/a") == WordTerm(b"/mnt/a", "path", exact=True)
    assert meaning("ext:WAV") == meaning("ext:.wave") == EndingTerm(frozenset({b".wav", b".wave"}))


def test_or_and_not_and_groups() -> None:
    a, b, c = WordTerm(b"a"), WordTerm(b"b"), WordTerm(b"c")
    assert meaning("a | b c") == meaning("a|b c") == And((Or((a, b)), c))
    assert meaning("a or b c") == Or((a, And((b, c))))
    assert meaning("a and (b or c)") == meaning("a (b OR c)") == And((a, Or((b, c))))
    assert meaning("-(a | b)") == meaning("not (a or b)") == Not(Or((a, b)))
    assert meaning("a -(b c)") == And((a, Not(And((b, c)))))
    assert meaning("--a") == meaning("not -a") == replace(a, exact=True)


def test_operators_that_are_not_finished_change_nothing() -> None:
    for text in ("a |", "a or", "a and", "a (", "(a", "| a", "(a)", "((a", "a ()"):
        assert parse(text) == parse("a") and not parse(text).problems, text
    assert word("or") == WordTerm(b"or") and word("not") == WordTerm(b"not") and word("and") == WordTerm(b"and")


def test_parentheses_of_a_name_are_letters() -> None:
    assert word("tom(low)") == WordTerm(b"tom(low)") and word("a)") == WordTerm(b"a)")
    assert meaning("(kick(2) | x)") == Or((WordTerm(b"kick(2)"), WordTerm(b"x")))
    assert meaning('"(2)"') == WordTerm(b"(2)", exact=True)


def test_too_many_groups_are_named() -> None:
    (problem,) = parse("(" * 400 + "a").problems
    assert "at most 32 groups" in problem.sentence


def test_fields() -> None:
    assert meaning("class:hat class:none -class:kick") == And((
        ClassTerm(frozenset({4, 5})), ClassTerm(frozenset({UNCLASSED})), Not(ClassTerm(frozenset({0}))),
    ))  # fmt: skip
    assert meaning("tag:Dark -tag:x") == And((TagTerm("dark"), Not(TagTerm("x"))))
    assert meaning("is:fav is:heard -is:missing") == And((FlagTerm(FAVOURITE), FlagTerm(HEARD), Not(FlagTerm(MISSING))))
    assert meaning("fav -fav") == And((FlagTerm(FAVOURITE), Not(FlagTerm(FAVOURITE))))
    assert meaning('"fav"') == WordTerm(b"fav", exact=True)
    assert meaning("is:loop is:one-shot is:uncertain") == And((
        KindTerm("loop"), KindTerm("oneshot"), KindTerm("uncertain"),
    ))  # fmt: skip


def test_a_comma_is_an_or() -> None:
    assert meaning("class:kick,tom") == Or(
        (ClassTerm(frozenset({0})), ClassTerm(frozenset({DRUM_CLASSES.index("tom")})))
    )
    assert meaning('class:"hat open",kick') == Or((ClassTerm(frozenset({5})), ClassTerm(frozenset({0}))))
    assert meaning("key:am,c") == Or((KeyTerm(frozenset({21})), KeyTerm(frozenset({0}))))
    (problem,) = parse("class:kick,snar").problems
    assert problem.piece == "class:kick,snar" and "class:snare" in problem.sentence


def test_the_order() -> None:
    assert parse("kick sort:-dur,name").sort == (SortKey("dur", descending=True), SortKey("name"))
    assert parse("sort:length").sort == (SortKey("dur"),) and bool(parse("sort:dur"))
    (problem,) = parse("sort:-brigth").problems
    assert problem.suggestion == "sort:-bright"


@pytest.mark.parametrize(
    ("text", "feature", "inside", "outside"),
    [
        ("dur:<0.4", "duration_s", [0.0, 0.399], [0.4, 1.0]),
        ("dur:<=0.4", "duration_s", [0.4], [0.4001]),
        ("dur:>400ms", "duration_s", [0.41], [0.4]),
        ("dur:100ms..2s", "duration_s", [0.1, 2.0], [0.09, 2.1]),
        ("bright:>2k", "brightness_hz", [2001.0], [2000.0]),
        ("loud:-6..-12", "loudness_db", [-12.0, -6.0], [-13.0, -5.0]),
        ("loud:-12", "loudness_db", [-12.4], [-14.0]),
        ("pitch:55", "pitch_hz", [54.5, 56.0], [50.0, 60.0]),
        ("noise:>=.5", "noisiness", [0.5], [0.49]),
        ("attack:<10ms", "attack_s", [0.009], [0.01]),
        ("pitch:a4", "pitch_hz", [430.0, 450.0], [420.0, 460.0]),
        ("pitch:c2..c4", "pitch_hz", [64.5, 262.0], [60.0, 280.0]),
        ("pitch:>a4", "pitch_hz", [441.0], [440.0]),
        ("pitch:bb3", "pitch_hz", [233.0], [247.0]),
        ("pitch:F#-1", "pitch_hz", [11.5], [12.3]),
    ],
)
def test_measures(text: str, feature: str, inside: list[float], outside: list[float]) -> None:
    within = meaning(text)
    assert isinstance(within, RangeTerm) and FEATURES[within.feature] == feature

    def holds(value: float) -> bool:
        return bool(np.float32(within.low) <= np.float32(value) <= np.float32(within.high))

    assert all(map(holds, inside)) and not any(map(holds, outside)) and not holds(math.nan)


def test_unfinished_pieces_are_left_out_and_named() -> None:
    text = "kick dur: dur:< is:f class:ki name: tag: bpm:120- sort: -"
    query = parse(text)
    assert query == parse("kick")
    pieces = ["dur:", "dur:<", "is:f", "class:ki", "name:", "tag:", "bpm:120-", "sort:", "-"]
    assert [problem.piece for problem in query.problems] == pieces
    assert all(problem.unfinished and text[problem.start : problem.end] == problem.piece for problem in query.problems)
    assert not parse("dur:")


def test_a_piece_that_never_means_something_is_no_empty_query() -> None:
    for text in ("dur:abc", "class:hat-clsed", "is:new bpm:fast"):
        assert parse(text) == Query() and parse(text) and parse(text).senseless
    assert not parse("kick dur:abc").senseless


def test_half_and_double_tempo() -> None:
    terms = meaning("bpm~120")
    assert isinstance(terms, Or)
    ranges = [(round(term.low, 1), round(term.high, 1)) for term in terms.terms if isinstance(term, RangeTerm)]
    assert ranges == [(116.4, 123.6), (58.2, 61.8), (232.8, 247.2)]
    (problem,) = parse("dur~2").problems
    assert "only bpm takes ~" in problem.sentence


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("is:new", f"is:new is not understood: is: takes {FIELD_HELP['is']}", ""),
        ("is:favorit", "is:favorit is not understood; did you mean is:favorite?", "is:favorite"),
        ("class:hat-clsed", "class:hat-clsed is not understood; did you mean class:hat-closed?", "class:hat-closed"),
        ("class:snar", "class:snar is not understood; did you mean class:snare?", "class:snare"),
        ("class:tom-lwo", "class:tom-lwo is not understood; did you mean class:tom-low?", "class:tom-low"),
        ("tempo:120", "tempo:120 is not understood; did you mean bpm:120?", "bpm:120"),
        ("dur:<0.1..0.3", "dur:<0.1..0.3 is not understood: a range takes no <; did you mean dur:0.1..0.3?",
         "dur:0.1..0.3"),
        ("dur:100hz",
         "dur:100hz is not understood: dur: takes a length, as in dur:<0.4 or dur:100ms-2s", ""),
        ("bpm:120-", f"bpm:120- is not understood: bpm: takes {FIELD_HELP['bpm']}", ""),
        ("is:\x1b[31m", f"is:\\x1b[31m is not understood: is: takes {FIELD_HELP['is']}", ""),
    ],
)  # fmt: skip
def test_a_piece_without_a_meaning_is_named_with_what_would_be_right(text: str, sentence: str, suggestion: str) -> None:
    query = parse(f"kick {text}")
    assert query == parse("kick")
    (problem,) = query.problems
    assert (problem.sentence, problem.suggestion) == (sentence, suggestion)
    assert (problem.start, problem.end) == (5, 5 + len(text))
    assert not suggestion or not parse(suggestion).problems
    with pytest.raises(QueryError) as refused:
        parse_strict(f"kick {text}")
    assert refused.value.what == sentence


def test_what_is_understood_is_refused_nowhere() -> None:
    assert parse_strict('kick "a b" -loop dur:<0.4') == parse('kick "a b" -loop dur:<0.4')
    assert parse_strict("") == Query()


def test_a_word_twice_is_that_word_and_too_many_words_are_named() -> None:
    assert parse("kick " * 90) == parse("kick") and not parse("kick " * 90).problems
    many = " ".join(f"w{at}" for at in range(66))
    query = parse(many)
    assert isinstance(query.expression, And) and len(query.expression.terms) == 64
    assert [problem.piece for problem in query.problems] == ["w64", "w65"]


@given(st.text(alphabet='kick:-"<>=. 0129msdurclasbp', max_size=40))
def test_each_piece_is_understood_or_named_where_it_stands(text: str) -> None:
    query = parse(text)
    assert bool(text.replace("|", "").split()) <= bool(query or query.problems)
    for problem in query.problems:
        assert text[problem.start : problem.end] == problem.piece and problem.piece in text
        assert problem.sentence.isprintable() and " is not understood" in problem.sentence


@pytest.mark.parametrize("spelled", ["tom-low", "tom_low", "low-tom", '"tom (low)"', "TOM-Low"])
def test_sizes_of_toms(spelled: str) -> None:
    assert meaning(f"class:{spelled}") == TomTerm(0)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("bpm:120-130", "bpm:120..130"),
        ("bpm:120\u2013130", "bpm:120..130"),
        ("dur:100ms-2s", "dur:100ms..2s"),
        ("dur:100-200ms", "dur:100ms..200ms"),
        ("loud:-12--6", "loud:-12..-6"),
        ("bpm:120bpm", "bpm:120"),
        ("bright:1k-2k", "bright:1000..2000"),
    ],
)
def test_ranges_with_a_dash(text: str, like: str) -> None:
    assert meaning(text) == meaning(like)


def test_numbers_beyond_all_bounds_are_numbers() -> None:
    for number in ("9" * 400, "-" + "9" * 400, "1" * 39):
        for text in (f"dur:{number}", f"dur:<{number}", f"dur:>{number}", f"dur:{number}..{number}"):
            within = meaning(text)
            assert isinstance(within, RangeTerm) and within.low <= within.high
            np.float32(within.low), np.float32(within.high)


def test_a_field_of_one_letter_is_a_word() -> None:
    assert meaning("c:x") == WordTerm(b"c:x")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("key:Am", ["Am"]),
        ("key:am", ["Am"]),
        ("key:bbmin", ["A#m"]),
        ("key:Eb", ["D#"]),
        ("key:Cmaj", ["C"]),
        ("key:F#minor", ["F#m"]),
        ("key:minor", [key for key in KEYS if key.endswith("m")]),
        ("key:none", []),
    ],
)
def test_keys_by_their_names(text: str, names: list[str]) -> None:
    assert meaning(text) == KeyTerm(frozenset(KEYS.index(name) for name in names))


@pytest.mark.parametrize("text", ["key:h", "key:", "key:mm", "key:z"])
def test_what_is_no_key_is_left_out(text: str) -> None:
    assert parse(text).expression is None and [problem.piece for problem in parse(text).problems] == [text]
