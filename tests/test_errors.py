"""Text of strangers in errors, on terminals, in files and in pipes."""

from __future__ import annotations

import pickle
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import TEXT, raw_characters
from tui_browser.errors import BrowserError, LibraryError, printable, printable_lines, without_controls

_NAMES = st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")) | st.text(max_size=40).filter(
    lambda text: not any("\ud800" <= char <= "\udfff" for char in text)
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@given(_NAMES, _NAMES, _NAMES)
def test_an_error_is_one_printable_line_whatever_it_quotes(what: str, path: str, hint: str) -> None:
    error = BrowserError(what, path=_bytes(path), hint=hint)
    assert not raw_characters(str(error).encode(), allowed="")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_error_still_says_what_it_said() -> None:
    error = LibraryError("the library is damaged", path=b"/music/caf\xc3\xa9 \xff.db", hint="restore a copy")
    assert str(error) == "the library is damaged: /music/café \\xff.db (restore a copy)"


@given(_NAMES)
def test_nothing_that_a_terminal_obeys_is_left(name: str) -> None:
    assert not raw_characters(printable(name).encode(), allowed="")
    assert not raw_characters(printable_lines(name).encode())
    assert not raw_characters(_bytes(without_controls(name)), allowed="")
    assert printable(printable(name)) == printable(name)


_ESCAPE = re.compile(r"\\(?:([\\tnr])|x([0-9a-f]{2})|u([0-9a-f]{4}))")


def _read_back(written: str) -> str:
    def char(found: re.Match[str]) -> str:
        if found[1]:
            return {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}[found[1]]
        code = int(found[2] or found[3], 16)
        return chr(code + 0xDC00) if found[2] and code >= 0x80 else chr(code)

    return _ESCAPE.sub(char, written)


@given(_NAMES)
def test_what_is_written_out_can_be_read_back(name: str) -> None:
    """A backslash is doubled first, as the table of `export` does it."""
    assert _read_back(without_controls(name.replace("\\", "\\\\"))) == name


def test_names_stay_as_they_are_where_a_terminal_does_not_mind() -> None:
    name = "Großer Bass 大 \u202e \U000f0000\udcff\udce9"
    assert without_controls(name) == name
    assert without_controls("a\tb\x1b[0m\x9b\udc9b") == "a\\tb\\x1b[0m\\u009b\\x9b"
    assert printable_lines("one\ttwo\nthree\x1b") == "one\ttwo\nthree\\x1b"
    assert "\\u202e" in printable(TEXT)
