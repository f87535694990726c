"""Samples organised in the real app: each key reaches the library, is undone there, and classes are learned anew."""

from __future__ import annotations

import os
from pathlib import Path

from tests.app.conftest import Stock
from tests.support.pty import Terminal, environment, linux_only, program, until
from tui_browser.library.library import Library
from tui_browser.records import SampleRow
from tui_browser.workbench.class_repair.fit import LEAST_ANSWERS

pytestmark = linux_only


def said(library: Path) -> set[str]:
    """What is said of samples, of all together."""

    def of(row: SampleRow) -> set[str]:
        values = {
            "rating": row.rating, "note": row.user_note, "class": row.corrected_class, "tags": row.tags or None,
            "favourite": row.favourite or None, "hidden": row.hidden or None, "collections": row.collections or None,
        }  # fmt: skip
        return {f"{name} {value}" for name, value in values.items() if value is not None}

    with Library.open(str(library)) as opened:
        return set[str]().union(*map(of, opened.all_rows()))


EVERYTHING = {
    "rating 4", "note the chorus", "class cowbell", "favourite True", "hidden True", "tags ('dark',)",
    "collections ('Late night',)",
}  # fmt: skip


def test_what_is_said_with_keys_is_in_the_library_and_undone_there(stock: Stock, tmp_path: Path) -> None:
    library = stock.copy(tmp_path / "l.db")
    with Terminal(program("--library", str(library)), env=environment(tmp_path), columns=120, rows=36) as terminal:
        terminal.wait_for("44 samples")
        terminal.press("f")
        terminal.wait_for("is a favourite")
        steps = {
            "tdark\r": "tags: +dark",
            "!4": "rated",
            '"the chorus\r': "note written",
            "Zb": "class cowbell",
            "&Late night\r": "1 sample added",
            "_": "is hidden",
        }
        for keys, told in steps.items():
            terminal.press(keys)
            terminal.wait_for(told)
        until(lambda: said(library) == EVERYTHING, "all of it in the library")
        terminal.wait_for("in Late night")
        terminal.press("u" * 7)
        until(lambda: not said(library), "nothing of it in the library")
        terminal.press("\x12" * 7)
        until(lambda: said(library) == EVERYTHING, "all of it again")
        terminal.press("q")
        assert terminal.wait() == 0


def test_classes_are_judged_by_ear_and_learned_anew(stock: Stock, tmp_path: Path) -> None:
    library = stock.copy(tmp_path / "l.db")
    with Terminal(program("--library", str(library)), env=environment(tmp_path), columns=80, rows=24) as terminal:
        terminal.wait_for("44 samples")
        terminal.press("D")
        for number in range(LEAST_ANSWERS):
            terminal.wait_for(f"{number + 1} of ")
            terminal.press("kt"[number % 2])
        until(lambda: _judged(library) == LEAST_ANSWERS, "the answers in the library")
        terminal.press("\r")
        terminal.wait_for("answers met while held out")
        assert not _learned(library)
        terminal.press("\r")
        until(lambda: _learned(library), "what was learned")
        terminal.press("\x1b")
        terminal.wait_for("classes repaired")
        terminal.press("u")
        until(lambda: not _learned(library), "the model's classes")
        assert _judged(library) == LEAST_ANSWERS
        terminal.press("q")
        assert terminal.wait() == 0


def _judged(library: Path) -> int:
    with Library.open(os.fspath(library)) as opened:
        return len(opened.corrections())


def _learned(library: Path) -> bool:
    with Library.open(os.fspath(library)) as opened:
        return opened.class_head() is not None
