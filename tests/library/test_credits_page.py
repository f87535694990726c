"""CREDITS.txt beside copies."""

from __future__ import annotations

from tui_browser.library.credits_page import credits_text
from tui_browser.records import Credit

BY = Credit("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "anna", "Rain", "https://example.org/12/")


def test_it_names_what_a_licence_asks_for_and_marks_what_must_not_be_sold() -> None:
    stern = Credit("CC BY-NC 3.0", author="bert", ai_preference="no-gen-ai")
    text = credits_text([(b"rain.ogg", BY), (b"dog.ogg", stern)])
    assert text.startswith("Credits of 2 sounds in this folder.\n1 sound must not be used commercially, marked with !")
    _, rain, dog = text.split("\n\n")
    assert rain.splitlines() == [
        "rain.ogg", '  "Rain" by anna', "  CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
        "  https://example.org/12/",
    ]  # fmt: skip
    assert "! no commercial use" in dog and "no generative model" in dog and "!" not in rain


def test_a_strangers_name_is_written_out() -> None:
    text = credits_text([(b"a\x1b[2J\n.ogg", Credit("cc0", author="x\ny"))])
    assert "\x1b" not in text
    assert "a\\x1b[2J\\n.ogg" in text and "x\\ny" in text


def test_nothing_is_written_where_nothing_is_known() -> None:
    assert credits_text([(b"a.ogg", Credit(ai_preference="no-gen-ai"))]) == credits_text([]) == ""
