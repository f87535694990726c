"""A data set as plain text: `dataset.tsv`, a row a file, and `dataset.json`, which says how it was made."""

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
    """Files of one kit stay together; empty for none."""
    split: str = ""
    """One of `SPLITS`; empty for a file that cannot be used."""
    content_hash: str = ""
    note: str = ""
    """Why a file cannot be used, or that its class is not to be learned from; else empty."""


COLUMNS = tuple({"class_name": "class"}.get(field.name, field.name) for field in fields(DatasetEntry))


def write_dataset(out: str, examples: Sequence[DatasetEntry], about: Mapping[str, Any]) -> str:
    """Write a data set into a new folder, all or nothing; its path. Raises BrowserError where something is there."""
    out = os.path.abspath(out)
    if os.path.lexists(out) and not (os.path.isdir(out) and not os.listdir(out)):
        raise BrowserError("the folder of the data set exists already", path=out, hint="give a new one")
    try:
        os.makedirs(os.path.dirname(out), exist_ok=True)
        part = tempfile.mkdtemp(prefix=".tui-browser-", dir=os.path.dirname(out))
        try:
            with open(os.path.join(part, TABLE), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write("\t".join(COLUMNS) + "\n")
                for example in examples:
                    file.write("\t".join(_escaped(os.fsdecode(cell)) for cell in astuple(example)) + "\n")
            with open(os.path.join(part, ABOUT), "w", encoding="ascii") as file:
                file.write(json.dumps(about, indent=2) + "\n")
            os.chmod(part, 0o755)
            os.rename(part, out)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise BrowserError(f"the data set could not be written: {error.strerror}", path=out) from error
    return out


def read_dataset(folder: str) -> list[DatasetEntry]:
    """The rows of a data set; raises BrowserError where the table cannot be understood."""
    path = os.path.join(os.path.abspath(folder), TABLE)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise BrowserError("the data set cannot be read", path=path, hint=error.strerror or "") from error
    head = lines[0].split("\t")
    lacking = [name for name in ("path", "class", "split") if name not in head]
    if lacking:
        raise BrowserError(f"the data set has no column {lacking[0]}", path=path)
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(head):
            raise BrowserError(f"line {number} of the data set has {len(cells)} cells, not {len(head)}", path=path)
        row = {name: _plain(cell) for name, cell in zip(head, cells, strict=True)}
        if row["split"] not in (*SPLITS, ""):
            raise BrowserError(f"line {number} of the data set: no split is called so", path=path, hint=str(SPLITS))
        # A path that is not absolute is meant from the folder of the table.
        where = os.path.join(os.path.dirname(os.fsencode(path)), os.fsencode(row["path"]))
        rest = (row["split"], row.get("content_hash", ""), row.get("note", ""))
        found.append(DatasetEntry(where, row["class"], row.get("kit", ""), *rest))
    return found


def summarise(examples: Sequence[DatasetEntry]) -> dict[str, Any]:
    """How many files there are of each class and in each split, and how many cannot be used."""
    good = [example for example in examples if example.split]
    return {
        "files": len(examples),
        "used": len(good),
        "left_out": len(examples) - len(good),
        "classes": dict(sorted(Counter(example.class_name for example in good).items())),
        "splits": {split: sum(example.split == split for example in good) for split in SPLITS},
    }


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _LETTERS.get(found[1], found[0]), text) if "\\" in text else text
