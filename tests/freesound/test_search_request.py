"""What a person types, in the words of the service; and where a request may be sent on to."""

from __future__ import annotations

import pytest

from tui_browser.errors import FreesoundError
from tui_browser.freesound.example import example_query
from tui_browser.freesound.search_request import SearchRequest, parse_search
from tui_browser.freesound.web import _target


@pytest.mark.parametrize(
    ("typed", "query", "conditions", "sort"),
    [
        ("boots on wood", "boots on wood", "", None),
        ('"closed hat" -loop', '"closed hat" -loop', "", None),
        ("rain dur:1-2", "rain", "duration:[1 TO 2]", None),
        ("rain dur:>2", "rain", "duration:[2 TO *]", None),
        ("rain dur:<500ms", "rain", "duration:[* TO 0.5]", None),
        ("license:cc0", "", 'license:"Creative Commons 0"', None),
        ("license:cc0,by", "", 'license:("Creative Commons 0" OR "Attribution")', None),
        ("license:commercial", "", 'license:("Creative Commons 0" OR "Attribution" OR "Sampling+")', None),
        ("-license:nc", "", 'license:("Creative Commons 0" OR "Attribution" OR "Sampling+")', None),
        ("tag:field-recording author:Anna_K", "", 'tag:"field-recording" username:"Anna_K"', None),
        ('tag:"a \\ b"', "", 'tag:"a \\\\ b"', None),
        ("step sort:dur", "step", "", "duration_asc"),
        ("step sort:-added", "step", "", "created_desc"),
    ],
)
def test_the_search_line_is_told_in_the_words_of_the_service(
    typed: str, query: str, conditions: str, sort: str | None
) -> None:
    params = parse_search(typed).params()
    assert (params["query"], params.get("filter", ""), params.get("sort")) == (query, conditions, sort)


@pytest.mark.parametrize("typed", ["is:fav", "a | b", "key:Am", "sort:bpm", "license:gpl", "dur:2-1x", "x" * 501])
def test_what_freesound_does_not_have_is_refused(typed: str) -> None:
    with pytest.raises(FreesoundError):
        parse_search(typed)


@pytest.mark.parametrize(("low", "high"), [(2.0, 2.0), (3.0, 1.0), (-1.0, 2.0), (0.0, float("inf"))])
def test_b2_a_range_without_sounds_is_refused(low: float, high: float) -> None:
    with pytest.raises(FreesoundError):
        SearchRequest("x", low, high).params()


@pytest.mark.parametrize(
    ("path", "tags", "class_name", "query"),
    [
        (b"/a/Kick_808 03.wav", ("dark-rain", "tent", "wind", "night"), "kick", "dark rain tent wind"),
        (b"/a/ClosedHat-dusty_take2.wav", (), "hat_closed", "closed hat dusty"),
        (b"/a/01 - 120bpm.wav", (), "hat_closed", "hat closed"),
        (b"/a/01.wav", (), "other", ""),
        (b"/a/01.wav", (), "perc_hand", "hand percussion"),
        (b"/a/01.wav", (), "voice", "voice"),
        (b"/a/\xff\xfe.wav", (), None, ""),
        ("/a/Fußschritt.wav".encode(), (), None, "fußschritt"),
    ],
)
def test_an_example_is_its_tags_else_its_name_else_its_class(
    path: bytes, tags: tuple[str, ...], class_name: str | None, query: str
) -> None:
    assert example_query(path, tags, class_name) == query


def test_a_redirect_leads_to_no_less_safe_address() -> None:
    assert _target("https://a/x", "/y", None) == "https://a/y"
    assert _target("http://127.0.0.1/x", "https://b/y", None) == "https://b/y"
    with pytest.raises(FreesoundError, match="not safe"):
        _target("https://a/x", "http://a/y", None)
