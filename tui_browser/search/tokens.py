"""Splits a query into pieces: words and fields, operators and parentheses, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_FIELD = re.compile(r"([A-Za-z]+)([:~])")
GROUP_FIELDS = ("like",)
"""Fields whose value may be a query in parentheses."""
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field, or a word."""

    text: str
    quoted: bool = False
    group: bool = False
    """Whether it stood in parentheses: a query of its own."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query."""

    kind: Literal["term", "not", "or", "(", ")"]
    start: int
    end: int
    """The piece is `text[start:end]`."""
    field: str = ""
    """The letters before `:` or `~`, as typed; empty for a word."""
    sign: str = ""
    """`:` or `~`; empty for a word."""
    values: tuple[Value, ...] = ()
    """What a comma separates in a field; one value for a word."""


def tokens(text: str) -> list[Token]:
    """The pieces of a query in the order of the text; never raises.

    A quote opens at the start of a word or value and need not be closed. A parenthesis groups where a piece begins,
    and closes a group that is open; every other one is a character like any other.
    """
    return list(_Scanner(text).scan())


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def scan(self) -> Iterator[Token]:
        text = self._text
        while True:
            self._at = _end(_SPACE.match(text, self._at))
            start = self._at
            if start == len(text):
                return
            char = text[start]
            if char == "|":
                yield self._single("or")
            elif char == "(":
                self._depth += 1
                yield self._single("(")
            elif char == ")" and self._depth:
                self._depth -= 1
                yield self._single(")")
            elif char in "!-":
                yield self._single("not")
            else:
                yield self._term()

    def _single(self, kind: Literal["not", "or", "(", ")"]) -> Token:
        self._at += 1
        return Token(kind, self._at - 1, self._at)

    def _term(self) -> Token:
        start = self._at
        field = _FIELD.match(self._text, start)
        if field is None:
            value = self._value(commas=False)
            return Token("term", start, self._at, values=(value,))
        self._at = field.end()
        if field[1].lower() in GROUP_FIELDS and self._text[self._at : self._at + 1] == "(":
            value = self._group()
            return Token("term", start, self._at, field[1], field[2], (value,))
        values = [self._value(commas=True)]
        while self._text[self._at : self._at + 1] == ",":
            self._at += 1
            values.append(self._value(commas=True))
        return Token("term", start, self._at, field[1], field[2], tuple(values))

    def _group(self) -> Value:
        """What stands in parentheses, whose closing one may be missing."""
        text, start, depth, quoted = self._text, self._at + 1, 1, False
        at = start
        while at < len(text):
            char = text[at]
            quoted = quoted != (char == '"')
            depth += 0 if quoted else (char == "(") - (char == ")")
            if not depth:
                break
            at += 1
        self._at = min(len(text), at + 1)
        return Value(text[start:at], group=True)

    def _value(self, *, commas: bool) -> Value:
        text, start = self._text, self._at
        if text[start : start + 1] == '"':
            close = text.find('"', start + 1)
            self._at = len(text) if close < 0 else close + 1
            return Value(text[start + 1 : len(text) if close < 0 else close], quoted=True)
        inner = 0
        while self._at < len(text) and not text[self._at].isspace():
            char = text[self._at]
            if char == "|" or (commas and char == ","):
                break
            if char == "(":
                inner += 1
            elif char == ")":
                if not inner and self._depth:
                    break
                inner = max(0, inner - 1)
            self._at += 1
        return Value(text[start : self._at])


def _end(match: re.Match[str] | None) -> int:
    assert match is not None  # the pattern matches the empty text, too
    return match.end()
