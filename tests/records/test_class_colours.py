"""The vocabulary of classes, and the colours and letters that a model's classes have by it."""

from __future__ import annotations

from tui_browser.records import (
    CLASS_FAMILIES,
    CLASSES,
    DRUM_CLASSES,
    DRUMS,
    FAMILY_OF,
    KINDS,
    OTHER,
    UNCLASSED,
    colour_names,
    colour_places,
)


def test_stored_corrections_keep_their_meaning_and_every_class_but_other_has_one_family() -> None:
    first = ("kick", "snare", "clap", "rim", "hat_closed", "hat_open", "cymbal", "tom", "cowbell", "shaker", "other")
    assert CLASSES[:11] == DRUM_CLASSES == first and CLASSES[11:] == KINDS and len(set(CLASSES)) == 27
    assert {name for names in CLASS_FAMILIES.values() for name in names} == set(CLASSES) - {OTHER} == set(FAMILY_OF)
    assert sum(map(len, CLASS_FAMILIES.values())) == 26 and not set(CLASS_FAMILIES) & set(DRUMS)


def test_a_class_has_the_colour_of_its_name_whatever_its_index_in_the_model() -> None:
    general = (*DRUMS, *KINDS)
    places = colour_places(general)
    assert [CLASSES[place] for place in places[:26].tolist()] == list(general)
    assert places[UNCLASSED] == places[26] == len(CLASSES)
    assert colour_names(general)[CLASSES.index("voice")] == "voice" and colour_names(general)[10] == ""
    assert colour_places(DRUM_CLASSES)[:11].tolist() == list(range(11))


def test_other_classes_take_the_colours_that_are_left_and_further_ones_none() -> None:
    assert colour_places(("growl", "boom"))[:2].tolist() == [0, 1]
    mixed = ("voice", "growl", "kick", "boom")
    assert [CLASSES[place] for place in colour_places(mixed)[:4].tolist()] == ["voice", "snare", "kick", "clap"]
    assert colour_names(mixed)[1] == "growl"
    many = tuple(f"kind{number}" for number in range(30))
    assert colour_places(many)[:30].tolist() == [*range(27), 27, 27, 27] and len(colour_names(many)) == 27
    assert set(colour_places(()).tolist()) == {len(CLASSES)}
