"""The files of a data set: `dataset.tsv` with a row for each audio file, and `dataset.json` with its options."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.training.user.splits import SPLITS

TABLE, ABOUT = "dataset.tsv", "dataset.json"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_LETTERS = {written[1]: plain for plain, written in _ESCAPES.items()}


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """One file of a data set; the fields are the columns of the table."""

    path: bytes
    """Absolute."""
    class_name: str = ""
    """Empty for none."""
    kit: str = ""
    """Files of one kit get the same split; empty for none."""
    split: str = ""
    """One of `SPLITS`; empty for an unusable file."""
    content_hash: str = ""
    note: str = ""
    """Why the file is not used; empty for a usable file."""


COLUMNS = tuple({"class_name": "class"}.get(field.name, field.name) for field in fields(DatasetEntry))


def write_dataset(out: str, entries: Sequence[DatasetEntry], about: Mapping[str, Any]) -> str:
    """Write a data set into a new folder, atomically; returns its path. Raises BrowserError if it exists."""
    out = os.path.abspath(out)
    if os.path.lexists(out) and not (os.path.isdir(out) and not os.listdir(out)):
        raise BrowserError("the folder of the data set already exists", path=out, hint="choose another name")
    try:
        os.makedirs(os.path.dirname(out), exist_ok=True)
        part = tempfile.mkdtemp(prefix=".tui-browser-", dir=os.path.dirname(out))
        try:
            with open(os.path.join(part, TABLE), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write("\t".join(COLUMNS) + "\n")
                for entry in entries:
                    file.write("\t".join(_escape(os.fsdecode(cell)) for cell in astuple(entry)) + "\n")
            with open(os.path.join(part, ABOUT), "w", encoding="ascii") as file:
                file.write(json.dumps(about, indent=2) + "\n")
            os.chmod(part, 0o755)  # noqa: S103 - mkdtemp makes it 0700; a data set is a file like others
            os.rename(part, out)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise BrowserError(f"the data set could not be written: {error.strerror}", path=out) from error
    return out


def read_dataset(folder: str) -> list[DatasetEntry]:
    """The entries of a data set; raises BrowserError if the table is invalid."""
    path = os.path.join(os.path.abspath(folder), TABLE)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise BrowserError("the data set cannot be read", path=path, hint=error.strerror or "") from error
    head = lines[0].split("\t")
    missing = [name for name in ("path", "class", "split") if name not in head]
    if missing:
        raise BrowserError(f"the data set has no column {missing[0]}", path=path)
    entries = []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(head):
            raise BrowserError(f"line {number} of the data set has {len(cells)} cells, not {len(head)}", path=path)
        row = {name: _unescape(cell) for name, cell in zip(head, cells, strict=True)}
        if row["split"] not in (*SPLITS, ""):
            raise BrowserError(f"line {number} of the data set has an unknown split", path=path, hint=str(SPLITS))
        # Relative paths start at the folder of the table.
        absolute = os.path.join(os.path.dirname(os.fsencode(path)), os.fsencode(row["path"]))
        entries.append(
            DatasetEntry(
                absolute,
                class_name=row["class"],
                kit=row.get("kit", ""),
                split=row["split"],
                content_hash=row.get("content_hash", ""),
                note=row.get("note", ""),
            )
        )
    return entries


def summarise(entries: Sequence[DatasetEntry]) -> dict[str, Any]:
    """Number of files in total, used, left out, by class and by split."""
    used = [entry for entry in entries if entry.split]
    return {
        "files": len(entries),
        "used": len(used),
        "left_out": len(entries) - len(used),
        "classes": dict(sorted(Counter(entry.class_name for entry in used).items())),
        "splits": {split: sum(entry.split == split for entry in used) for split in SPLITS},
    }


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _LETTERS.get(match[1], match[0]), text) if "\\" in text else text
