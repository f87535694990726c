"""What doctor asks a terminal, and how it leaves it."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.test_doctor import PLAIN
from tui_browser.cli.doctor import check_clipboard, terminal_query
from tui_browser.cli.doctor import check_terminal as look
from tui_browser.config.settings import Settings


@pytest.mark.parametrize(
    ("data", "name", "cells", "clipboard"),
    [
        (b"\x1b[7;2R\x1bP>|kitty(0.46.2)\x1b\\\x1b[?2026;2$y\x1b[?62;52;c", "kitty(0.46.2)", 1, True),
        (b"\x1b[7;3R\x1b[?1;2c", "", 2, False),
        (b"", "", None, False),
        (b"\x1bP>|ev\x9bil\x1b\\\x1b[?6c", "ev\\x9bil", None, False),
    ],
)
def test_a_terminals_answers_are_read(data: bytes, name: str, cells: int | None, clipboard: bool) -> None:
    answers = terminal_query.parse(data)
    assert (answers.name, answers.braille_cells) == (name, cells)
    [found] = check_clipboard.clipboard(PLAIN, answers)
    assert found.state == "good" and ("says so" in found.tested) == clipboard
    [found] = look.braille(PLAIN, Settings(), answers)
    assert found.state == ("limited" if cells == 2 else "good")


def test_a_real_terminal_is_asked_and_left_as_it_was(tmp_path: Path) -> None:
    code = (
        "import termios; from tui_browser.cli.doctor.terminal_query import ask_terminal; "
        "before = termios.tcgetattr(0); "
        "print('\\nFOUND', ask_terminal(), termios.tcgetattr(0) == before)"
    )
    child = pexpect.spawn(sys.executable, ["-c", code], env={**os.environ, **PLAIN}, timeout=60)
    child.expect_exact("\x1b[c")
    child.send("\x1b[7;2R\x1bP>|foot(1.2)\x1b\\\x1b[?2026;2$y\x1b[?62;52c")
    child.expect(r"FOUND (.*) (True|False)\r\n")
    assert b"foot(1.2)" in child.match[1] and b"synchronised=True" in child.match[1] and child.match[2] == b"True"
    child.expect(pexpect.EOF)
    child.close()


def test_what_another_program_prints_meanwhile_is_no_staircase() -> None:
    """`doctor | cat`: what comes out of the pipe goes to the terminal that is being asked."""
    code = (
        "import os, threading, time; from tui_browser.cli.doctor.terminal_query import ask_terminal; "
        "threading.Timer(0.3, lambda: os.write(1, b'one\\ntwo\\n')).start(); ask_terminal(); print('END')"
    )
    child = pexpect.spawn(sys.executable, ["-c", code], env={**os.environ, **PLAIN}, timeout=60)
    child.expect_exact("one\r\ntwo\r\n")
    child.expect_exact("END")
    child.close()


ECHO = """
import re
from tui_browser.cli.doctor.terminal_query import clipboard_echo
print("\\nECHO", clipboard_echo(ask_person={ask}), end=".\\n")
"""


class HoldingTerminal:
    """A terminal that has a clipboard and tells what it holds."""

    def __init__(self, held: bytes, *, ask_person: bool = False, deaf: bool = False) -> None:
        self.held = base64.b64encode(held)
        code = ECHO.replace("{ask}", str(ask_person))
        self.child = pexpect.spawn(sys.executable, ["-c", code], env={**os.environ, **PLAIN}, timeout=60)
        self.writes: list[bytes] = []
        self.deaf = deaf

    def verdict(self) -> str:
        """What came of it, after all questions are answered."""
        told = ""
        while True:
            asked = self.child.expect([rb"\x1b\]52;c;([^\x07]*)\x07", rb"\x1b\[c", rb"ECHO ([^.]*)\.", pexpect.EOF])
            if asked == 0 and self.child.match[1] == b"?":
                self.child.send(b"\x1b]52;c;" + self.held + b"\x1b\\")
            elif asked == 0:
                self.writes.append(self.child.match[1])
                self.held = self.held if self.deaf else self.child.match[1]
            elif asked == 1:
                self.child.send(b"\x1b[?62;c")
            elif asked == 2:
                told = self.child.match[1].decode()
            else:
                self.child.close()
                return told


@pytest.mark.parametrize(
    ("held", "options", "told", "writes"),
    [
        (b"what was there", {}, "came back", 2),
        (b"what was there", {"deaf": True}, "did not come back", 2),
        (b"", {}, "empty", 0),
        (b"", {"ask_person": True}, "came back", 2),
    ],
)
def test_a_terminal_that_tells_is_copied_to_and_left_as_it_was(
    held: bytes, options: dict[str, bool], told: str, writes: int
) -> None:
    terminal = HoldingTerminal(held, **options)
    assert terminal.verdict() == told
    assert len(terminal.writes) == writes
    assert base64.b64decode(terminal.held) == held


def test_a_terminal_that_does_not_tell_is_written_nothing() -> None:
    child = pexpect.spawn(
        sys.executable, ["-c", ECHO.replace("{ask}", "False")], env={**os.environ, **PLAIN}, timeout=60
    )
    child.expect_exact("\x1b]52;c;?\x07\x1b[c")
    child.send("\x1b[?62;c")
    assert child.expect_exact(["ECHO silent.", "\x1b]52;c;"]) == 0
    child.expect(pexpect.EOF)
    child.close()


@pytest.mark.parametrize(
    ("echo", "state", "told"),
    [
        ("came back", "good", "read it back"),
        ("did not come back", "limited", "allow programs to write"),
        ("silent", "good", "does not let programs read"),
        ("empty", "good", "does not let programs read"),
        (None, "good", "does not let programs read"),
    ],
)
def test_what_a_terminal_makes_of_a_copy_is_told(echo: terminal_query.Echo | None, state: str, told: str) -> None:
    answers = terminal_query.parse(b"\x1b[?62;c")
    [found] = check_clipboard.clipboard(PLAIN, answers, echo=lambda: echo)
    assert found.state == state and told in f"{found.found} {found.tested} {found.change}"


def test_a_terminal_that_would_ask_the_person_is_asked_on_request_only() -> None:
    def echo() -> terminal_query.Echo:
        asked.append(True)
        return "came back"

    asked: list[bool] = []
    kitty = terminal_query.parse(b"\x1bP>|kitty(0.47)\x1b\\\x1b[?62;52c")
    [found] = check_clipboard.clipboard(PLAIN, kitty, echo=echo)
    assert not asked and found.state == "good"
    [found] = check_clipboard.clipboard({**PLAIN, "ZELLIJ": "0"}, kitty, echo=echo, allowed=True)
    assert not asked, "what is between would answer"
    [found] = check_clipboard.clipboard(PLAIN, kitty, echo=echo, allowed=True)
    assert asked and "read it back" in found.tested
