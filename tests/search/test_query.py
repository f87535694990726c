"""What a person types is understood, finished or not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.records import CLASSES, FAVOURITE, FEATURES, HEARD, KEYS, MISSING, UNCLASSED
from tui_browser.search.query import ClassIs, FlagIs, KeyIs, Query, TagIs, Within, Word, parse


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
    query = parse("kick dur: dur:< is:f class:ki - name: tag:")
    assert query.words == parse("kick").words and query.fields == ()
    assert query.ignored == ("dur:", "dur:<", "is:f", "class:ki", "-", "name:", "tag:")


def test_an_unknown_field_is_a_word() -> None:
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
    assert parse(text).fields == () and parse(text).ignored == (text,)
