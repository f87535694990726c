"""The many spellings of a licence."""

from __future__ import annotations

import pytest

from tui_browser.search.licences import codes_meant, licence_of


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0", "CC0 1.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "by", "CC BY 4.0"),
        ("http://creativecommons.org/licenses/by-nc/3.0/", "by-nc", "CC BY-NC 3.0"),
        ("http://creativecommons.org/licenses/sampling+/1.0/", "sampling+", "CC Sampling+ 1.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode", "by-nc-sa", "CC BY-NC-SA 4.0"),
        ("Creative Commons 0", "cc0", "CC0"),
        ("Attribution", "by", "CC BY"),
        ("Attribution NonCommercial", "by-nc", "CC BY-NC"),
        ("Attribution Noncommercial", "by-nc", "CC BY-NC"),
        ("CC-BY-SA 4.0", "by-sa", "CC BY-SA 4.0"),
        ("Sampling+", "sampling+", "CC Sampling+"),
        ("royalty free, ask me", "", "royalty free, ask me"),
        ("", "", ""),
    ],
)
def test_a_licence_is_known_by_any_of_its_names(text: str, code: str, name: str) -> None:
    licence = licence_of(text)
    assert (licence.code, licence.name) == (code, name)


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("cc0", {"cc0"}),
        ("CC-0", {"cc0"}),
        ("zero", {"cc0"}),
        ("by", {"by"}),
        ("cc-by", {"by"}),
        ("cc_by", {"by"}),
        ("ccby", {"by"}),
        ("attribution", {"by"}),
        ("by-nc", {"by-nc"}),
        ("CC-BY-NC-4.0", {"by-nc"}),
        ("nc", {"by-nc", "by-nc-sa", "by-nc-nd", "nc-sampling+"}),
        ("commercial", {"cc0", "pdm", "by", "by-sa", "by-nd", "sampling+"}),
        ("none", set()),
        ("gpl", None),
    ],
)
def test_a_word_of_a_query_means_one_licence_or_several(word: str, codes: set[str] | None) -> None:
    assert codes_meant(word) == codes


def test_what_forbids_commercial_use_says_so() -> None:
    assert licence_of("by-nc").commercial is False
    assert licence_of("cc0").commercial is True
    assert licence_of("by-sa").commercial is True
    assert licence_of("NC-Sampling+").commercial is False
    assert licence_of("mine").commercial is None
