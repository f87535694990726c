"""Annotations and collections as a text file of JSON lines, keyed by content hash and path.

The first line names the format. Then comes a line for each sample that has annotations, for each removed sound that
has some, and for each collection.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.records import CLASSES, FAVOURITE, HEARD, HIDDEN, SampleRow
from tui_browser.store import sample_collections
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import Keepsake, SampleCollection

FORMAT = "tui-browser annotations"
VERSION = 1
MOST_BYTES = 64 << 20
"""Longest line: a collection of some hundred thousand samples."""
_FLAGS = {"favourite": FAVOURITE, "heard": HEARD, "hidden": HIDDEN}


@dataclass(frozen=True, slots=True)
class SampleAnnotations:
    """What a line says of a sample."""

    content_hash: str
    path: bytes
    """Where it was; empty where unknown."""
    kept: Keepsake


Line = SampleAnnotations | SampleCollection


def exported(store: StoreReader) -> Iterator[dict[str, Any]]:
    """The lines of a library's file, as JSON objects."""
    yield {"format": FORMAT, "version": VERSION}
    for row in store.rows(store.annotated()):
        yield sample_line(row)
    for lost, kept in store.orphaned().items():
        path = os.fsdecode(lost.path) or None
        yield {"content_hash": lost.content_hash, "path": path, **_fields(kept)}
    for info in store.collections():
        collection = store.collection(info.name)
        if collection is not None:
            fields = sample_collections.as_fields(collection)
            items = [{key: each[key] for key in ("content_hash", "path", "data")} for each in fields["items"]]
            yield {"collection": fields["name"], "kind": fields["kind"], "data": fields["data"], "items": items}


def sample_line(row: SampleRow) -> dict[str, Any]:
    """What is said of a sample, as the fields of a line."""
    return {"content_hash": row.content_hash, "path": os.fsdecode(row.path), **_fields(_kept(row))}


def parsed(lines: Iterable[bytes], *, source: str) -> Iterator[Line | BrowserError]:
    """What each line says, or why it says nothing; raises BrowserError where the first names no such format."""
    rows = iter(lines)
    check_format(_fields_of(next(rows, b"")), source)
    for number, line in enumerate(rows, start=2):
        fields = _fields_of(line)
        if not line.strip():
            continue
        try:
            yield line_of(fields)
        except (ValueError, TypeError, LookupError, AttributeError, BrowserError) as error:
            why = error.what if isinstance(error, BrowserError) else "it says nothing of a sample or a collection"
            yield BrowserError(f"line {number} was left out: {why}", path=source)


def _fields_of(line: bytes) -> Any:
    """The JSON of a line; None where it is none, or too long."""
    try:
        return json.loads(line) if len(line) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return None


def check_format(fields: Any, source: str) -> None:
    """Raise BrowserError unless the fields name this format and version."""
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise BrowserError(
            "this file holds no annotations", path=source, hint="tui-browser annotations export --out FILE writes some"
        )
    if fields.get("version") != VERSION:
        raise BrowserError("these annotations are from a newer version", path=source, hint="update tui-browser")


def line_of(fields: Mapping[str, Any]) -> Line:
    """What the fields of a line say; raises an error of Python where they say nothing."""
    if "collection" in fields:
        return sample_collections.from_fields({**fields, "name": fields["collection"]})
    content_hash, path = fields["content_hash"], fields["path"]
    kept = Keepsake(
        flags=sum(flag for name, flag in _FLAGS.items() if fields.get(name) is True),
        corrected_class=CLASSES.index(fields["class"]) if fields.get("class") is not None else None,
        tags=tuple(str(tag).strip() for tag in fields.get("tags", ()) if str(tag).strip()),
        rating=fields.get("rating"),
        note=fields.get("note"),
    )
    if not isinstance(content_hash, str) or not isinstance(path, str | None) or not isinstance(kept.note, str | None):
        raise TypeError("a text that is no text")
    if kept.rating is not None and (type(kept.rating) is not int or not 1 <= kept.rating <= 5):
        raise ValueError("a rating that is not from 1 to 5")
    if not isinstance(fields.get("tags", []), list):
        raise TypeError("tags that are no list")
    return SampleAnnotations(content_hash, os.fsencode(path or ""), kept)


def _kept(row: SampleRow) -> Keepsake:
    flags = FAVOURITE * row.favourite | HEARD * row.heard | HIDDEN * row.hidden
    corrected = None if row.corrected_class is None else CLASSES.index(row.corrected_class)
    return Keepsake(flags, corrected, row.tags, row.rating, row.user_note)


def _fields(kept: Keepsake) -> dict[str, Any]:
    """Only what there is."""
    fields: dict[str, Any] = {"tags": list(kept.tags)} if kept.tags else {}
    fields |= {name: True for name, flag in _FLAGS.items() if kept.flags & flag}
    if kept.rating is not None:
        fields["rating"] = kept.rating
    if kept.note is not None:
        fields["note"] = kept.note
    if kept.corrected_class is not None:
        fields["class"] = CLASSES[kept.corrected_class]
    return fields
