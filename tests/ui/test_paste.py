"""Paths out of what terminals paste when something is dropped on them."""

from __future__ import annotations

import os
import re
import shlex
import socket
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.ui.completion import complete_folder
from tui_browser.ui.paste import NoPath, dropped, paths


def _name(text: str) -> str:
    """An absolute path without control characters or stray surrogates."""
    return "/" + "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs")).strip(" ") + "."


def _read(text: str, *known: bytes) -> list[bytes]:
    return paths(text, exists=lambda path: path in known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a/kick.wav", [b"/a/kick.wav"]),
        ("/a/kick.wav ", [b"/a/kick.wav"]),
        ("'/a/my kick.wav'", [b"/a/my kick.wav"]),
        ('"/a/my kick.wav" ', [b"/a/my kick.wav"]),
        (r"/a/my\ kick\ \(1\).wav", [b"/a/my kick (1).wav"]),
        ("'/a/it'\\''s.wav'", [b"/a/it's.wav"]),
        ("file:///a/my%20kick.wav", [b"/a/my kick.wav"]),
        ("file://localhost/a/b", [b"/a/b"]),
        ("/a/b.wav /a/c.wav", [b"/a/b.wav", b"/a/c.wav"]),
        ("'/a/b c' '/a/d'\n", [b"/a/b c", b"/a/d"]),
        ("/a/b\n/a/c\r\n", [b"/a/b", b"/a/c"]),
        ("file:///a/b%FF.wav", [b"/a/b\xff.wav"]),
        ("/a/../b/", [b"/b"]),
        ("file:/a/b%20c.wav", [b"/a/b c.wav"]),
        (f"file://{socket.gethostname()}/a/b.wav", [b"/a/b.wav"]),
        (
            "/a/9\u202fAM\xa0x.wav /a/\U0001f469\u200d\U0001f4bb.wav",
            ["/a/9\u202fAM\xa0x.wav".encode(), "/a/\U0001f469\u200d\U0001f4bb.wav".encode()],
        ),
        ("'/a/\u202egnp.wav'", ["/a/\u202egnp.wav".encode()]),
        ("/a/naïve \\🥁", ["/a/naïve \\🥁".encode()]),
    ],
)
def test_spellings(text: str, expected: list[bytes]) -> None:
    assert _read(text) == expected


def test_a_line_that_exists_as_it_stands_is_taken_so() -> None:
    assert _read("/a/my kick 'x.wav ", b"/a/my kick 'x.wav") == [b"/a/my kick 'x.wav"]


def test_home_is_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert _read("~/x") == [b"/home/me/x"]


@pytest.mark.parametrize("text", ["/a/\x1b[31mred", "/a/b\tc", "/a/\x00", "/a/\x7f", "/a/\x9b31m"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(NoPath, match="control"):
        _read(text)


@given(st.lists(st.text(min_size=1, max_size=20).map(_name), min_size=1, max_size=3))
def test_what_a_shell_would_read_comes_back(names: list[str]) -> None:
    """As GNOME, KDE and kitty write names (in single quotes), and as macOS' terminals do (with backslashes)."""
    wanted = [os.path.normpath(os.fsencode(name)) for name in names]
    assert _read(" ".join(map(shlex.quote, names))) == wanted
    assert _read(" ".join(re.sub(r"([^\w/.-])", r"\\\1", name) for name in names) + " ") == wanted
    assert _read("\r\n".join(f"file://{quote(name)}" for name in names)) == wanted


@pytest.mark.parametrize("text", ["hello", "kick.wav", "http://x/y", "file://elsewhere/a", "x" * 70_000])
def test_other_text_is_no_path(text: str) -> None:
    with pytest.raises(NoPath):
        _read(text)


def test_what_was_dropped(tmp_path: Path) -> None:
    (tmp_path / "a b.wav").write_bytes(b"")
    found = dropped(f"{tmp_path} '{tmp_path}/a b.wav' {tmp_path}/gone")
    assert [drop.kind for drop in found] == ["folder", "file", "missing"]
    with pytest.raises(NoPath, match="nothing"):
        dropped(" \n")


def test_completion_goes_as_far_as_is_certain(tmp_path: Path) -> None:
    for name in ("drums one", "drums two", "loops", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "drums.txt").write_bytes(b"")
    start = f"{tmp_path}/"
    assert complete_folder(start + "dr").text == start + "drums "
    assert "drums one" in complete_folder(start + "dr").told
    assert complete_folder(start + "lo").text == start + "loops/"
    assert complete_folder(start + "x").told == "no folder name begins like this"
    assert ".hidden" not in complete_folder(start).told
    assert complete_folder(start + ".h").text == start + ".hidden/"
    assert "No such" in complete_folder("/nowhere/at all/x").told
    assert complete_folder("").text == "~/"
    os.chmod(tmp_path, 0o700)
