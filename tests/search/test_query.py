"""What a person types is understood, finished or not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.errors import QueryError
from tui_browser.records import CLASSES, FAVOURITE, FEATURES, HEARD, KEYS, MISSING, UNCLASSED
from tui_browser.search.query import ClassIs, FlagIs, KeyIs, Query, TagIs, TomIs, Within, Word, parse, understand


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
    kick, plain = parse("kick zoom").words
    assert kick == Word(b"kick", classes=frozenset({0})) and plain == Word(b"zoom")


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("bd", {"kick"}), ("BD", {"kick"}), ("sd", {"snare"}), ("hat", {"hat_closed", "hat_open"}),
        ("hi-hat", {"hat_closed", "hat_open"}), ("hh", {"hat_closed", "hat_open"}), ("oh", {"hat_open"}),
        ("kicks", {"kick"}), ("crash", {"cymbal"}), ("kic", set()),
    ],
)  # fmt: skip
def test_synonyms_name_classes(word: str, classes: set[str]) -> None:
    assert {CLASSES[i] for i in parse(word).words[0].classes} == classes


def test_every_class_is_its_own_word() -> None:
    for i, name in enumerate(CLASSES):
        assert i in parse(name).words[0].classes
        assert parse(f"class:{name}").fields == (ClassIs(frozenset({i})),)


def test_quotes_minus_and_name() -> None:
    assert parse('"deep house"').words == (Word(b"deep house", exact=True),)
    assert parse("-loop").words == (Word(b"loop", negated=True, exact=True),)
    assert parse("name:kick").words == (Word(b"kick", name_only=True),)
    assert parse('-name:"a b').words == (Word(b"a b", negated=True, exact=True, name_only=True),)


def test_fields() -> None:
    assert parse("class:hat class:none -class:kick").fields == (
        ClassIs(frozenset({4, 5})), ClassIs(frozenset({UNCLASSED})), ClassIs(frozenset({0}), negated=True),
    )  # fmt: skip
    assert parse("tag:Dark -tag:x").fields == (TagIs("dark"), TagIs("x", negated=True))
    assert parse("is:fav is:heard -is:missing").fields == (FlagIs(FAVOURITE), FlagIs(HEARD), FlagIs(MISSING, True))


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
    ],
)
def test_measures(text: str, feature: str, inside: list[float], outside: list[float]) -> None:
    (within,) = parse(text).fields
    assert isinstance(within, Within) and FEATURES[within.feature] == feature

    def holds(value: float) -> bool:
        return bool(np.float32(within.low) <= np.float32(value) <= np.float32(within.high))

    assert all(map(holds, inside)) and not any(map(holds, outside)) and not holds(math.nan)


def test_unfinished_pieces_are_left_out_and_named() -> None:
    text = "kick dur: dur:< is:f class:ki - name: tag:"
    query = parse(text)
    assert query.words == parse("kick").words and query.fields == ()
    assert [problem.piece for problem in query.problems] == ["dur:", "dur:<", "is:f", "class:ki", "-", "name:", "tag:"]
    assert all(text[problem.start : problem.end] == problem.piece for problem in query.problems)


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("pitch:C3", "pitch:C3 is not understood; did you mean pitch:131?", "pitch:131"),
        ("is:dup", "is:dup is not understood: is: takes fav, heard or missing", ""),
        ("is:favorit", "is:favorit is not understood; did you mean is:favorite?", "is:favorite"),
        ("class:hat-clsed", "class:hat-clsed is not understood; did you mean class:hat-closed?", "class:hat-closed"),
        ("-class:snar", "-class:snar is not understood; did you mean -class:snare?", "-class:snare"),
        ("class:tom-lwo", "class:tom-lwo is not understood; did you mean class:tom-low?", "class:tom-low"),
        ("tempo:120", "tempo:120 is not understood; did you mean bpm:120?", "bpm:120"),
        ("dur:<0.1..0.3", "dur:<0.1..0.3 is not understood: a range has no <; did you mean dur:0.1..0.3?",
         "dur:0.1..0.3"),
        ("dur:100hz",
         "dur:100hz is not understood: dur: takes a length, as in dur:<0.4 or dur:100ms-2s", ""),
        ("bpm:120-", "bpm:120- is not understood: bpm: takes a tempo, as in bpm:118-122", ""),
        ("is:\x1b[31m", "is:\\x1b[31m is not understood: is: takes fav, heard or missing", ""),
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
        understand(f"kick {text}")
    assert refused.value.what == sentence


def test_what_is_understood_is_refused_nowhere() -> None:
    assert understand('kick "a b" -loop dur:<0.4') == parse('kick "a b" -loop dur:<0.4')
    assert understand("") == Query()


def test_a_word_twice_is_that_word_and_too_many_words_are_named() -> None:
    assert parse("kick " * 90) == parse("kick") and not parse("kick " * 90).problems
    many = " ".join(f"w{at}" for at in range(66))
    query = parse(many)
    assert len(query.words) == 64 and [problem.piece for problem in query.problems] == ["w64", "w65"]


@given(st.text(alphabet='kick:-"<>=. 0129msdurclasbp', max_size=40))
def test_each_piece_is_understood_or_named_where_it_stands(text: str) -> None:
    query = parse(text)
    assert bool(text.split()) <= bool(query or query.problems)
    for problem in query.problems:
        assert text[problem.start : problem.end] == problem.piece and problem.piece in text
        assert problem.sentence.isprintable() and " is not understood" in problem.sentence


@pytest.mark.parametrize("spelled", ["hat-closed", "hat_closed", "HAT-Closed", '"hat closed"'])
def test_classes_by_the_names_that_the_legend_writes(spelled: str) -> None:
    query = parse(f"class:{spelled}")
    assert query.fields == (ClassIs(frozenset({CLASSES.index("hat_closed")})),) and not query.problems


def test_the_legends_names_as_plain_words() -> None:
    for spelled in ("hat-closed", "hat_closed"):
        (word,) = parse(spelled).words
        assert word.classes == {CLASSES.index("hat_closed")} and word.text == spelled.encode()
    hat, closed = parse("hat closed").words
    assert hat.classes & closed.classes == {CLASSES.index("hat_closed")}


@pytest.mark.parametrize("spelled", ["tom-low", "tom_low", "low-tom", '"tom (low)"', "TOM-Low"])
def test_sizes_of_toms(spelled: str) -> None:
    assert parse(f"class:{spelled}").fields == (TomIs(0),)


@pytest.mark.parametrize("spelled", ["none", "unclassed", '"off the map"', "off-the-map", "no-class"])
def test_samples_without_a_class_as_the_legend_calls_them(spelled: str) -> None:
    assert parse(f"class:{spelled}").fields == (ClassIs(frozenset({UNCLASSED})),)


def test_classes_of_another_model_by_any_writing() -> None:
    assert parse("class:deep-house", classes=("Deep House", "x")).fields == (ClassIs(frozenset({0})),)
    (problem,) = parse("class:kick", classes=("Deep House", "x")).problems
    assert problem.piece == "class:kick"


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
    assert parse(text).fields and parse(text).fields == parse(like).fields


def test_numbers_beyond_all_bounds_are_numbers() -> None:
    for number in ("9" * 400, "-" + "9" * 400, "1" * 39):
        for text in (f"dur:{number}", f"dur:<{number}", f"dur:>{number}", f"dur:{number}..{number}"):
            (within,) = parse(text).fields
            assert isinstance(within, Within) and within.low <= within.high
            np.float32(within.low), np.float32(within.high)


def test_a_field_of_one_letter_is_a_word() -> None:
    assert parse("c:x").words == (Word(b"c:x"),)


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
    assert parse(text).fields == (KeyIs(frozenset(KEYS.index(name) for name in names)),)


@pytest.mark.parametrize("text", ["key:h", "key:", "key:mm", "key:z"])
def test_what_is_no_key_is_left_out(text: str) -> None:
    assert parse(text).fields == () and [problem.piece for problem in parse(text).problems] == [text]
