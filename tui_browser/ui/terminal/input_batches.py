"""Sorts what comes from a terminal: keys one by one, and what was pasted as one text each.

A terminal that knows bracketed paste says where a paste begins and ends; what stands between is text, whatever escape
sequences it holds. Of other terminals, more letters in one go than anybody types are a paste. Of a paste no more is
kept than anybody can use, however long it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_browser.ui.terminal.flow_control import ANSWER

START, END = "\x1b[200~", "\x1b[201~"
TOGETHER = 64
"""So many letters that come in one go were not typed."""
_HELD_KEYS = 4
"""Different letters that held keys may bring when a line was stuck for a while."""
LONGEST = (64 << 10) + 1
"""What is kept of a paste; one more than the longest that is of use, so that a longer one can be told."""
QUIET_S = 0.08
"""A paste without an end has ended, and half a sequence was a key, when nothing more came for so long."""
CUT_OFF_S = 2.0
"""The end of a bracketed paste was lost when nothing came for so long."""
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|O[ -~]|[ -~])?")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class KeyInput:
    """What the parser of keys gets; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class PastedText:
    """One paste, as it came or, where it was not marked as one, without what is no letter."""

    text: str


class InputBatches:
    """What has come so far and is not handed on. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._bracketed = False
        self._burst = False
        self._held = ""
        """The end of what came, where it may be half of a sequence that matters."""
        self._parts: list[str] = []
        self._length = 0
        self._last = 0.0

    @property
    def waits(self) -> bool:
        """Whether something is kept back that `quiet` may hand on."""
        return self._bracketed or self._burst or bool(self._held)

    def feed(self, text: str, now: float) -> list[KeyInput | PastedText]:
        """Take what has come; what of it, and of what came before, can be handed on now."""
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
        """Nothing has come just now: what is handed on for that."""
        if now - self._last < (CUT_OFF_S if self._bracketed else QUIET_S):
            return []
        pieces = self._ended()
        self._bracketed = False
        held, self._held = self._held, ""
        return [*pieces, KeyInput(held)] if held else pieces

    def _hold(self, text: str) -> str:
        """The text without an end that may be the beginning of something that matters, and is kept for then."""
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
            if not untyped(text):
                pieces.append(KeyInput(text))
                return
            self._burst = True
        kept, *others = text.split(ANSWER)  # the terminal's answer may come in between, and is waited for
        if others:
            pieces.append(KeyInput(ANSWER * len(others)))
            kept = "".join((kept, *others))
        if self._length < LONGEST:
            self._parts.append(kept[: LONGEST - self._length])
            self._length += len(self._parts[-1])

    def _ended(self) -> list[KeyInput | PastedText]:
        """The paste that has come, where there is one."""
        text, burst = "".join(self._parts), self._burst
        self._parts, self._length, self._burst = [], 0, False
        if burst:
            return [PastedText(plain(text)), *([KeyInput("\x1b")] if text.endswith("\x1b") else [])]
        return [PastedText(text)] if self._bracketed else []


def untyped(text: str) -> bool:
    """Whether a text that came in one go was pasted: it holds many letters, and not the same ones, as a held key."""
    if len(text) < TOGETHER:
        return False
    letters = [char for char in _SEQUENCE.sub("", text) if char.isprintable()]
    return len(letters) >= TOGETHER and len(set(letters)) > _HELD_KEYS


def plain(text: str) -> str:
    """The text without escape sequences and control characters; its lines end as lines do, tabs are blanks."""
    text = _SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", text)
