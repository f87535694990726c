"""Errors that carry what failed, the path, and a hint; and text helpers for names from disk and for counts."""

from __future__ import annotations

import os
import re
import unicodedata
from enum import StrEnum

_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(name: bytes | str | os.PathLike[str]) -> str:
    """The name as text that is safe to print on a terminal.

    Control characters, line and paragraph separators, bidirectional overrides and bytes that are not UTF-8
    become visible escapes (`\\n`, `\\x1b`, `\\xff`, `\\u202e`); all other characters stay.
    """
    text = os.fsdecode(name)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def printable_lines(text: str) -> str:
    """As `printable`, for a text of the program with several lines or columns: line breaks and tabs stay."""
    return re.sub(r"[^\t\n]+", lambda part: printable(part[0]), text)


def without_controls(text: str) -> str:
    """The text for a file or a pipe: what a terminal would obey is written out, all else stays as it is.

    Control characters become `\\n`, `\\x1b` or `\\u009b`, and single bytes that are control characters of an 8-bit
    terminal become `\\x9b`. Other bytes that are not UTF-8 (surrogate escapes) stay, so that their names still work.
    """
    return _CONTROLS.sub(lambda found: _written_out(found[0]), text)


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\udc80-\udc9f]")


def _written_out(char: str) -> str:
    return f"\\u{ord(char):04x}" if "\x80" <= char <= "\x9f" else _visible(char)


def counted(number: int, noun: str) -> str:
    """A number with its noun, singular or plural: `1 file`, `1,200 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _visible(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # os.fsdecode maps a byte that is not UTF-8 to this range
        return f"\\x{code - 0xDC00:02x}"
    if char in _BIDI or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return char.encode("unicode_escape", "surrogatepass").decode("ascii")
    return char


class BrowserError(Exception):
    """Base of all errors shown to the user: `what` failed, at which `path`, and a `hint` at what to try.

    All three may quote a file of a stranger: `str` makes the sentence safe for a terminal.
    """

    def __init__(self, what: str, *, path: bytes | str | os.PathLike[str] | None = None, hint: str = "") -> None:
        super().__init__(what, path, hint)
        self.what = what
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        sentence = self.what if self.path is None else f"{self.what}: {os.fsdecode(self.path)}"
        return printable(f"{sentence} ({self.hint})" if self.hint else sentence)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.path, self.hint))


def _rebuild(kind: type[BrowserError], what: str, path: bytes | str | None, hint: str) -> BrowserError:
    return kind(what, path=path, hint=hint)


class RejectCode(StrEnum):
    """Why a file was rejected: its content, or something around it that may be different next time."""

    CONTENT = "content"
    PERMISSION = "permission"
    IO = "io"
    """The drive failed while the file was read."""
    TIME_LIMIT = "time_limit"
    """Reading made no progress for too long."""
    MEMORY = "memory"
    MISSING_EXTRA = "missing_extra"
    """The format needs an optional library that is not installed."""


class AudioError(BrowserError):
    """A file that cannot be decoded; `what` is the reason that `rejects` lists, `code` its kind."""

    def __init__(
        self,
        what: str,
        *,
        path: bytes | str | os.PathLike[str] | None = None,
        hint: str = "",
        code: RejectCode = RejectCode.CONTENT,
    ) -> None:
        super().__init__(what, path=path, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"code": self.code})


class StillWriting(AudioError):
    """A file that changed while it was read; try again once it is complete."""


class LibraryError(BrowserError):
    """A library file that cannot be opened, read or written."""


class LibraryBusy(LibraryError):
    """Another process is writing to this library."""


class BundleError(BrowserError):
    """A model bundle with wrong shapes, missing keys, values that are not finite, or of another version."""


class ConfigError(BrowserError):
    """A configuration or theme file with a wrong key or value."""


class QueryError(BrowserError):
    """A search query with a term that cannot be parsed."""


class PlayerError(BrowserError):
    """Playback is not possible."""


class LayoutError(BrowserError):
    """A layout that cannot be fitted on these samples."""


class WorkerError(BrowserError):
    """A worker process that failed or ended."""


class FreesoundError(BrowserError):
    """Freesound cannot be reached, refuses, or answers what cannot be used."""


class FreesoundKeyError(FreesoundError):
    """There is no key for Freesound, or it is not one, or others may read it, or Freesound does not accept it."""
