"""Text for a terminal without UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_browser.config.plain_letters import has_utf8_locale, plain_letters


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("120 files · 25/s · 3 s left", "120 files - 25/s - 3 s left"),
        ("Bässe, Šnäre, ñ, ﬁ", "Basse, Snare, n, f"),
        ("┌─┬─┐│x│", "+-+-+|x|"),
        ("太鼓.wav", "????.wav"),
        ("ｗｉｄｅ", "w i d e "),
        ("plain\t\x1b", "plain\t\x1b"),
    ],
)
def test_letters_become_those_that_look_like_them(text: str, plain: str) -> None:
    assert plain_letters(text) == plain


@given(st.text(st.one_of(st.characters(max_codepoint=0x17F, min_codepoint=0x20, categories=["L", "N", "P", "Zs"]),
                         st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)), max_size=9))  # fmt: skip
def test_it_is_ascii_and_as_wide(text: str) -> None:
    plain = plain_letters(text)
    assert plain.isascii() and cell_len(plain) == cell_len(text)


@pytest.mark.parametrize(
    ("env", "utf8"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8", "TERM": "linux"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.UTF-8"}, True),
    ],
)
def test_the_locale_says_what_there_is(env: dict[str, str], utf8: bool) -> None:
    assert has_utf8_locale(env) is utf8
