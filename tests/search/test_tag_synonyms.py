"""Row D8: `tag:` finds tags that mean the same, by the sets that labels know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fakes import snapshot
from tui_browser.records import SampleId, Snapshot
from tui_browser.search.known_names import KnownNames
from tui_browser.search.matcher import NameIndex, match
from tui_browser.search.query import parse
from tui_browser.search.synsets import DRUM_SYNSETS, Synsets

TAGS = ("hihat", "Hats", "hh", "hi-hat", "kick drum", "dark", "darker", "vox", "\x1b[31mred")


def tagged() -> Snapshot:
    held = snapshot(20)
    return replace(held, tags={SampleId(int(held.ids[row])): (tag,) for row, tag in enumerate(TAGS)})


def found(text: str, synsets: Synsets = DRUM_SYNSETS) -> set[str]:
    held = tagged()
    matches = match(parse(text, synsets=synsets), held, NameIndex(held.names))
    return {TAGS[row] for row in matches.rows.tolist()}


@pytest.mark.parametrize("word", ["hats closed", "maraca", "hats", "hi hat"])
def test_d8_a_tag_that_is_called_so_comes_first(word: str) -> None:
    exact = {own for own in TAGS if own.lower() == word}
    assert found(f'tag:"{word}"') == (exact or ({"hihat", "Hats", "hh", "hi-hat"} if word == "hi hat" else set()))


def test_d8_where_none_is_called_so_each_that_means_the_same_is_found() -> None:
    assert found("tag:hi_hat") == found("tag:hihats") == {"hihat", "Hats", "hh", "hi-hat"}
    assert found("tag:bassdrum") == found("tag:kickdrum") == {"kick drum"}
    assert found("tag:dark") == {"dark"} and found("tag:dar") == {"dark", "darker"}
    assert found("-tag:hats tag:dark,vocals") == {"dark", "vox"}


def test_d8_sets_of_ones_own_take_the_place_of_those_for_drums() -> None:
    own = Synsets([["dusk", "dark", "gloomy"]])
    assert found("tag:gloomy", own) == {"dark"} and found("tag:hats", own) == {"Hats"}


def test_d8_a_word_whose_synonym_is_there_is_understood() -> None:
    known = KnownNames.of(tagged())
    assert not parse("tag:maracas,vocals", known=KnownNames(frozenset({"shakers", "vox"}))).problems
    assert not parse("tag:sd", known=KnownNames(frozenset({"snare"}))).problems
    assert parse("tag:snare", known=known).problems[0].sentence.startswith("tag:snare is not understood")
