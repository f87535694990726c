"""A verb in a process of its own: its answer, its complaint, and its end with the app."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.beats import click_kit, kit_file
from tui_browser.errors import BrowserError
from tui_browser.ui.controllers.verb_process import VerbProcess


def test_a_verb_answers_or_says_why_not(tmp_path: Path) -> None:
    verb, kit = VerbProcess(), kit_file(click_kit(tmp_path), tmp_path / "k.json")
    words = ["beat", "export", "--kit", str(kit), "--format", "midi", "--out", str(tmp_path / "b.mid")]
    assert [row["path"] for row in verb.run(words)] == [str(tmp_path / "b.mid")]
    with pytest.raises(BrowserError, match="exists already"):
        verb.run(words)


def test_it_ends_with_the_app_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    verb, kit = VerbProcess(), kit_file(click_kit(tmp_path), tmp_path / "k.json")
    words = ["beat", "render", "--kit", str(kit), "--bars", "290", "--stems", "--out", str(tmp_path / "b.wav")]
    errors: list[BrowserError] = []

    def render() -> None:
        try:
            verb.run(words)
        except BrowserError as error:
            errors.append(error)

    thread = threading.Thread(target=render)
    before = sorted(tmp_path.iterdir())
    thread.start()
    while thread.is_alive() and not any(path.is_dir() for path in tmp_path.iterdir()):
        thread.join(0.02)  # until it writes
    verb.close()
    thread.join(30)
    assert errors and sorted(tmp_path.iterdir()) == before
    with pytest.raises(BrowserError):
        verb.run(words)
