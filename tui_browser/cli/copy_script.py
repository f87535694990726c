"""The shell script of what could go: printed for a person to judge, never run by this program."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import IO, Protocol

from tui_browser.errors import printable
from tui_browser.indexing.copy_finder import COPY_KINDS, KEEPER
from tui_browser.records import SampleRow
from tui_browser.store.copies import CopyMember

HEAD = b"""#!/bin/sh
# Copies that could go, as tui-browser found them. Nothing has been deleted.
# Read it, delete the lines whose files are to stay, then run it with sh.
# A line deletes a file only while the one that stays is there. Lines with # are left alone, for the reason they give.
set -u

"""


_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"'\\")
"""Bytes that stand for themselves between single quotes and for `printf %b`. A path ends in its extension, so that the
shell, which cuts line breaks off the end of what a command prints, cuts nothing."""


class WithMembers(Protocol):
    """A group of copies, the one that stays first."""

    @property
    def members(self) -> Sequence[tuple[CopyMember, SampleRow]]: ...


def write_script(out: IO[bytes], groups: Iterable[WithMembers]) -> None:
    """Write the script; names are written byte by byte, whatever they hold."""
    out.write(HEAD)
    for group in groups:
        keeper = group.members[0][1]
        out.write(b"# stays: " + _comment(keeper.path) + b"\n")
        for member, row in group.members:
            if member.kind != KEEPER:
                out.write(_line(member, row, keeper) + b"\n")
        out.write(b"\n")


def quoted(path: bytes) -> bytes:
    """The path as one word of any POSIX shell; what a terminal could not show is written as octal numbers."""
    if printable(path) == os.fsdecode(path):
        return b"'" + path.replace(b"'", b"'\\''") + b"'"
    written = b"".join(bytes([byte]) if byte in _PLAIN else b"\\0%03o" % byte for byte in path)
    return b"\"$(printf %b '" + written + b"')\""


def _line(member: CopyMember, row: SampleRow, keeper: SampleRow) -> bytes:
    reason = _reason_to_stay(row, keeper)
    if reason:
        return b"# " + reason.encode("utf-8", "backslashreplace") + b": " + _comment(row.path)
    kind = COPY_KINDS[member.kind].encode()
    return b"[ -f " + quoted(keeper.path) + b" ] && rm -- " + quoted(row.path) + b"  # " + kind


def _reason_to_stay(row: SampleRow, keeper: SampleRow) -> str:
    """Why a copy stays; empty where it could go."""
    said = [
        *(["a favourite"] if row.favourite else []),
        *(["tagged " + ", ".join(map(printable, row.tags))] if row.tags else []),
        *([f"rated {row.rating}"] if row.rating is not None else []),
        *(["noted on"] if row.user_note else []),
        *(["in " + ", ".join(map(printable, row.collections))] if row.collections else []),
        *([f"corrected to {row.corrected_class}"] if row.corrected_class else []),
        *(["hidden"] if row.hidden else []),
    ]
    if said:
        return "it is " + " and ".join(said)
    return _reason_on_disk(row, keeper)


def _reason_on_disk(row: SampleRow, keeper: SampleRow) -> str:
    for each, whose in ((keeper, "the one that stays"), (row, "it")):
        try:
            now = os.stat(each.path)
        except OSError:
            return f"{whose} is not there now"
        if (now.st_size, now.st_mtime_ns) != (each.size, each.mtime_ns):
            return f"{whose} has changed since it was indexed"
    if os.path.samefile(row.path, keeper.path):
        return "it is the same file under another name, so that nothing would be gained"
    return ""


def _comment(path: bytes) -> bytes:
    """The path as it may stand in a comment: a line break would end that."""
    return printable(path).encode("utf-8", "backslashreplace")
