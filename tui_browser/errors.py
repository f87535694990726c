"""One family of errors: each says what failed, at which path, and what to try.

Also how names from disk become text that is safe to show, and how a number is told with its noun.
"""

from __future__ import annotations

import os
import unicodedata
from enum import StrEnum

_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(name: bytes | str | os.PathLike[str]) -> str:
    """The name as text that a terminal shows and never obeys.

    Control characters, line and paragraph separators, bidirectional overrides and bytes that are not UTF-8
    come back as visible escapes (`\\n`, `\\x1b`, `\\xff`, `\\u202e`); everything else is kept.
    """
    text = os.fsdecode(name)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where there is more or less than one: `1 file`, `1,200 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _visible(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as os.fsdecode hands it on
        return f"\\x{code - 0xDC00:02x}"
    if char in _BIDI or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return char.encode("unicode_escape", "surrogatepass").decode("ascii")
    return char


class BrowserError(Exception):
    """Base of all errors that a person may see: `what` failed, at `path`, and a `hint` what to try."""

    def __init__(self, what: str, *, path: bytes | str | os.PathLike[str] | None = None, hint: str = "") -> None:
        super().__init__(what, path, hint)
        self.what = what
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        sentence = self.what if self.path is None else f"{self.what}: {printable(self.path)}"
        return f"{sentence} ({self.hint})" if self.hint else sentence

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.path, self.hint))


def _rebuild(kind: type[BrowserError], what: str, path: bytes | str | None, hint: str) -> BrowserError:
    return kind(what, path=path, hint=hint)


class RejectCode(StrEnum):
    """What a reject is due to: the file's own content, or its surroundings, which may be other the next time."""

    CONTENT = "content"
    PERMISSION = "permission"
    IO = "io"
    """The drive failed to hand over bytes that are there."""
    TIME_LIMIT = "time_limit"
    """Reading made no progress for too long."""
    MEMORY = "memory"
    MISSING_EXTRA = "missing_extra"
    """Another library reads it, which is not installed."""


class AudioError(BrowserError):
    """A file that cannot be read as sound; `what` is the reason that `rejects` lists, `code` its kind."""

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
    """A file that changed while it was read: worth another try once it settles."""


class LibraryError(BrowserError):
    """A library file that cannot be opened, read or written."""


class LibraryBusy(LibraryError):
    """Another process is writing to this library."""


class BundleError(BrowserError):
    """A model bundle with wrong shapes, missing keys, values that are not finite, or of another version."""


class ConfigError(BrowserError):
    """A configuration or theme file with a wrong key or value."""


class QueryError(BrowserError):
    """A search query that cannot be understood."""


class PlayerError(BrowserError):
    """No sound can be played, and why."""


class LayoutError(BrowserError):
    """A layout that cannot be fitted on these samples."""


class WorkerError(BrowserError):
    """A worker process that failed or is gone."""


class NotYet(BrowserError):
    """A verb of the command line that this version does not have."""
