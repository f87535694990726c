"""Classes, kinds and families are understood by every name that people and libraries give them."""

from __future__ import annotations

import pytest

from tests.support.query_terms import meaning, word
from tui_browser.records import (
    CLASS_FAMILIES,
    CLASSES,
    DRUM_CLASSES,
    DRUMS,
    KINDS,
    UNCLASSED,
)
from tui_browser.search.class_synonyms import class_words
from tui_browser.search.conditions import (
    ClassTerm,
    SoundTerm,
    WordTerm,
)
from tui_browser.search.query import parse
from tui_browser.search.sound_vocabulary import sound_word

GENERAL = (*DRUMS, *KINDS)


def names_meant(text: str) -> set[str]:
    """The classes that a query of one term means, for a model that tells 26 apart."""
    match parse(text, classes=GENERAL).expression:
        case WordTerm(classes=classes) | ClassTerm(classes):
            return {GENERAL[index] for index in classes}
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("bd", {"kick"}), ("BD", {"kick"}), ("sd", {"snare"}), ("hat", {"hat_closed", "hat_open"}),
        ("hi-hat", {"hat_closed", "hat_open"}), ("hh", {"hat_closed", "hat_open"}), ("oh", {"hat_open"}),
        ("kicks", {"kick"}), ("crash", {"cymbal"}), ("kic", set()),
    ],
)  # fmt: skip
def test_synonyms_name_classes(text: str, classes: set[str]) -> None:
    assert {DRUM_CLASSES[i] for i in word(text).classes} == classes


def test_every_class_is_its_own_word() -> None:
    for i, name in enumerate(DRUM_CLASSES):
        assert i in word(name).classes
        assert meaning(f"class:{name}") == ClassTerm(frozenset({i}))


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("class:other", set(KINDS)), ("class:drums", set(DRUMS)),
        ("class:Percussion", set(CLASS_FAMILIES["percussion"])),
        ("class:tonal", set(CLASS_FAMILIES["tonal"])), ("class:effects", {"fx", "foley"}), ("class:voice", {"voice"}),
        ("class:loops", {"loop_drum", "loop_tonal"}), ("class:perc-hand", {"perc_hand"}),
        ("class:perc", set(CLASS_FAMILIES["percussion"])),
        ("vox", {"voice"}), ("vocals", {"voice"}), ("choir", {"voice"}), ("pad", {"synth"}), ("arp", {"synth"}),
        ("gtr", {"pluck"}), ("koto", {"pluck"}), ("rhodes", {"keys"}), ("piano", {"keys"}), ("marimba", {"mallet"}),
        ("kalimba", {"mallet"}), ("sax", {"wind"}), ("conga", {"perc_hand"}), ("tabla", {"perc_hand"}),
        ("triangle", {"perc_metal"}), ("agogo", {"perc_metal"}), ("claves", {"perc_wood"}), ("guiro", {"perc_wood"}),
        ("riser", {"fx"}), ("laser", {"fx"}), ("breakbeat", {"loop_drum"}), ("loop", {"loop_drum", "loop_tonal"}),
        ("kick", {"kick"}), ("hh", {"hat_closed", "hat_open"}), ("tonal", set()),
    ],
)  # fmt: skip
def test_kinds_and_families_are_found_by_usual_names(text: str, classes: set[str]) -> None:
    if text == "tonal":
        assert isinstance(parse(text, classes=GENERAL).expression, SoundTerm), "a word for sounds, not a family"
    else:
        assert names_meant(text) == classes


def test_what_a_model_does_not_tell_apart_is_no_class() -> None:
    assert word("vox").classes == frozenset() and meaning("class:drums") == ClassTerm(frozenset(range(10)))
    assert meaning("class:other") == ClassTerm(frozenset({DRUM_CLASSES.index("other")}))
    assert "voice" not in parse("class:voise").problems[0].sentence and parse("class:tonal").problems
    assert "does not tell perc-hand apart" in parse("class:perc_hand").problems[0].sentence
    assert parse("class:voise", classes=GENERAL).problems[0].suggestion == "class:voice"


def test_no_usual_name_of_a_class_is_a_word_for_sounds() -> None:
    assert not [word for word in class_words(CLASSES) if sound_word(word)]


@pytest.mark.parametrize("spelled", ["hat-closed", "hat_closed", "HAT-Closed", '"hat closed"'])
def test_classes_by_the_names_that_the_legend_writes(spelled: str) -> None:
    assert meaning(f"class:{spelled}") == ClassTerm(frozenset({DRUM_CLASSES.index("hat_closed")}))


def test_the_legends_names_as_plain_words() -> None:
    for spelled in ("hat-closed", "hat_closed"):
        assert word(spelled).classes == {DRUM_CLASSES.index("hat_closed")} and word(spelled).text == spelled.encode()
    assert word("hat").classes & word("closed").classes == {DRUM_CLASSES.index("hat_closed")}


@pytest.mark.parametrize("spelled", ["none", "unclassed", '"off the map"', "off-the-map", "no-class"])
def test_samples_without_a_class_as_the_legend_calls_them(spelled: str) -> None:
    assert meaning(f"class:{spelled}") == ClassTerm(frozenset({UNCLASSED}))


def test_classes_of_another_model_by_any_writing() -> None:
    assert parse("class:deep-house", classes=("Deep House", "x")).expression == ClassTerm(frozenset({0}))
    (problem,) = parse("class:kick", classes=("Deep House", "x")).problems
    assert problem.piece == "class:kick"
