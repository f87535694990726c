"""Splits terminal input into keys and pastes.

Bracketed paste marks where a paste begins and ends; everything between is text, even escape sequences. Without it,
more characters in one read than anyone can type count as a paste. The length of a paste that is kept is limited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_browser.ui.terminal.flow_control import ANSWER

START, END = "\x1b[200~", "\x1b[201~"
MIN_BURST = 64
"""As many characters in one read were pasted, not typed."""
_HELD_KEYS = 4
"""Distinct characters that held keys may bring after the line was stuck for a while."""
LONGEST = (64 << 10) + 1
"""Characters kept of a paste: one more than the longest useful one, so that a longer one is recognised."""
QUIET_S = 0.08
"""After this silence an unmarked paste is over, and an incomplete sequence was a key."""
CUT_OFF_S = 2.0
"""After this silence the end mark of a bracketed paste was lost."""
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|O[ -~]|[ -~])?")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class KeyInput:
    """Input for the key parser; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class PastedText:
    """One paste: unchanged if it was bracketed, otherwise without control characters."""

    text: str


class InputBatches:
    """Input that is not complete yet. Times are `time.monotonic()` seconds."""

    def __init__(self) -> None:
        self._bracketed = False
        self._burst = False
        self._held = ""
        """The end of the last read, where it may be the first part of a sequence."""
        self._parts: list[str] = []
        self._length = 0
        self._last = 0.0

    @property
    def waits(self) -> bool:
        """Whether input is held back that `quiet` may release."""
        return self._bracketed or self._burst or bool(self._held)

    def feed(self, text: str, now: float) -> list[KeyInput | PastedText]:
        """Add input that was read; returns what is complete now."""
        self._last = now
        text, self._held = self._held + text, ""
        pieces: list[KeyInput | PastedText] = []
        while text:
            mark = END if self._bracketed else START
            at = text.find(mark)
            if at < 0:
                text = self._hold(text)
                self._take(text, pieces)
                break
            self._take(text[:at], pieces)
            pieces += self._ended()
            self._bracketed = not self._bracketed
            text = text[at + len(mark) :]
        return pieces

    def quiet(self, now: float) -> list[KeyInput | PastedText]:
        """Nothing was read: returns held input whose time is up."""
        if now - self._last < (CUT_OFF_S if self._bracketed else QUIET_S):
            return []
        pieces = self._ended()
        self._bracketed = False
        held, self._held = self._held, ""
        return [*pieces, KeyInput(held)] if held else pieces

    def _hold(self, text: str) -> str:
        """The text without a last part that may begin a paste mark; that part is held back."""
        if len(text) == 1 and not (self._bracketed or self._burst):
            return text  # a key by itself: escape
        marks = (START, END, ANSWER) if self._bracketed or self._burst else (START,)
        for length in range(len(END) - 1, 0, -1):
            if any(length < len(mark) and text.endswith(mark[:length]) for mark in marks):
                self._held = text[-length:]
                return text[:-length]
        return text

    def _take(self, text: str, pieces: list[KeyInput | PastedText]) -> None:
        if not text:
            return
        if not self._bracketed and not self._burst:
            if not is_pasted(text):
                pieces.append(KeyInput(text))
                return
            self._burst = True
        kept, *others = text.split(ANSWER)  # flow control waits for an answer, even within a paste
        if others:
            pieces.append(KeyInput(ANSWER * len(others)))
            kept = "".join((kept, *others))
        if self._length < LONGEST:
            self._parts.append(kept[: LONGEST - self._length])
            self._length += len(self._parts[-1])

    def _ended(self) -> list[KeyInput | PastedText]:
        """The paste that has ended, if there is one."""
        text, burst = "".join(self._parts), self._burst
        self._parts, self._length, self._burst = [], 0, False
        if burst:
            return [PastedText(plain(text)), *([KeyInput("\x1b")] if text.endswith("\x1b") else [])]
        return [PastedText(text)] if self._bracketed else []


def is_pasted(text: str) -> bool:
    """Whether text from one read was pasted: many characters, and more distinct ones than held keys bring."""
    if len(text) < MIN_BURST:
        return False
    printable = [char for char in _SEQUENCE.sub("", text) if char.isprintable()]
    return len(printable) >= MIN_BURST and len(set(printable)) > _HELD_KEYS


def plain(text: str) -> str:
    """The text without escape sequences and control characters; lines end in \\n, tabs become blanks."""
    text = _SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", text)
