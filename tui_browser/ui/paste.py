"""What was pasted or dropped on the terminal: paths out of text, as file managers and terminals write them.

Terminals paste a dropped file in many spellings: as it is, quoted, with backslashes, as a `file://` address, several
in a row, with a blank behind. Text with control characters is refused: it did not come from dropping a file.
"""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

from tui_browser.errors import BrowserError

LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing that was pasted."""

    path: bytes
    """Absolute."""
    kind: Literal["folder", "file", "missing"]


class NoPath(BrowserError):
    """Pasted text that names no file or folder."""


def dropped(text: str) -> list[Dropped]:
    """The files and folders that a pasted text names; looks on the disk. Raises NoPath for a text that names none."""
    found = [Dropped(path, _kind(path)) for path in paths(text, exists=os.path.lexists)]
    if not found:
        raise NoPath("nothing was pasted")
    return found


def paths(text: str, *, exists: Callable[[bytes], bool]) -> list[bytes]:
    """The absolute paths in a pasted text; raises NoPath when a part of it is none.

    A line that `exists` as it stands is taken as it stands, whatever blanks and quotes its name holds.
    """
    if len(text) > LONGEST:
        raise NoPath("the pasted text is too long for a path")
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if any(unicodedata.category(char) == "Cc" for line in lines for char in line):
        raise NoPath("the pasted text has control characters, so it is not taken as a path")
    result: list[bytes] = []
    for line in lines:
        whole = _absolute(line.strip(" "))
        if whole is not None and exists(whole):
            result.append(whole)
            continue
        words = [_absolute(word) for word in _words(line)]
        if None not in words:
            result.extend(path for path in words if path is not None)
        elif whole is not None:
            result.append(whole)  # blanks that nobody quoted, in the name of something that is not there
        else:
            raise NoPath("the pasted text is not a path", path=line.strip()[:200], hint="drop a file or a folder here")
    return result


def _absolute(word: str) -> bytes | None:
    if word.startswith("file:/"):
        return path_of_uri(word)
    if word.startswith("~"):
        word = os.path.expanduser(word)
    return os.path.normpath(os.fsencode(word)) if word.startswith("/") else None


def path_of_uri(uri: str) -> bytes | None:
    """The absolute path that a `file:` address stands for; None for one of another machine."""
    host, slash, rest = uri[len("file:") :].removeprefix("//").partition("/")
    if host.casefold() not in ("", "localhost", socket.gethostname().casefold()) or not slash:
        return None
    path = b"/" + unquote_to_bytes(os.fsencode(rest))
    return os.path.normpath(path) if b"\0" not in path else None


def _words(line: str) -> list[str]:
    """Words as a shell reads them; a quote or backslash that does not end stands for itself."""
    words: list[str] = []
    word: list[str] = []
    inside, quote, at = False, "", 0
    while at < len(line):
        char = line[at]
        if quote:
            if char == quote:
                quote = ""
            elif char == "\\" and quote == '"' and line[at + 1 : at + 2] in ('"', "\\", "$", "`"):
                at += 1
                word.append(line[at])
            else:
                word.append(char)
        elif char in "'\"" and char in line[at + 1 :]:
            quote, inside = char, True
        elif char == "\\" and at + 1 < len(line):
            at += 1
            word.append(line[at])
            inside = True
        elif char == " ":  # other blanks belong to names: macOS writes some into those of its own
            if inside:
                words.append("".join(word))
            word, inside = [], False
        else:
            word.append(char)
            inside = True
        at += 1
    if inside:
        words.append("".join(word))
    return words


def _kind(path: bytes) -> Literal["folder", "file", "missing"]:
    if os.path.isdir(path):
        return "folder"
    return "file" if os.path.isfile(path) else "missing"
