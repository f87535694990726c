"""Annotations beside the sounds: a JSON file for each sample that has any, in its folder or in a folder of their own.

`kick.wav` has `kick.wav.annotations.json`: the fields of a line of the annotation file, its format and version, and the
collections that the sample is in with its places there. Such a file is ours by its format; any other file of that name
is left alone. What a stranger wrote is read without waiting, with a limit, and not through links.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tui_browser import safe_files
from tui_browser.errors import BrowserError
from tui_browser.library.annotation_file import (
    FORMAT,
    VERSION,
    Line,
    SampleAnnotations,
    check_format,
    line_of,
    sample_line,
)
from tui_browser.records import SampleId, SampleRow
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import CollectionItem, SampleCollection
from tui_browser.store.sample_collections import collection_name

ENDING = b".annotations.json"
_MOST_BYTES = 1 << 20
_LONGEST_NAME = 255
Outcome = Literal["written", "same", "differs"]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file to be written."""

    path: bytes
    sample: SampleRow
    fields: Mapping[str, Any]


def planned(store: StoreReader, folder: bytes | None = None) -> Iterator[Sidecar | BrowserError]:
    """A sidecar for each sample with annotations, beside its sound or below `folder`; or why it can have none."""
    places: dict[SampleId, list[dict[str, Any]]] = {}
    for info in store.collections():
        collection = store.collection(info.name) if info.kind == "list" else None
        for place, item in enumerate(collection.items if collection is not None else (), start=1):
            if item.sample is not None:
                places.setdefault(item.sample, []).append({"name": info.name, "place": place})
    names = _root_names([root.path for root in store.roots()])
    for row in store.rows(dict.fromkeys([*store.annotated(), *places])):
        below = os.path.relpath(row.path, row.root)
        if not row.path.startswith(row.root.rstrip(b"/") + b"/") or b".." in row.path.split(b"/"):
            yield BrowserError("this sound is in none of the library's folders", path=row.path)
            continue
        if folder is None and not os.path.isfile(row.path):
            yield BrowserError("this sound is not there now, so that nothing is written beside it", path=row.path)
            continue
        beside = row.path if folder is None else os.path.join(folder, names[row.root], below)
        fields = {"format": FORMAT, "version": VERSION, **sample_line(row)}
        if row.id in places:
            fields["collections"] = places[row.id]
        yield Sidecar(_sidecar_path(beside, row.content_hash), row, fields)


def write(sidecar: Sidecar, *, force: bool) -> Outcome:
    """Write a sidecar; one of ours that says something else is replaced with `force` only.

    Raises BrowserError for a file that is not ours, and where it cannot be written.
    """
    path = os.fsdecode(sidecar.path)
    content = json.dumps(sidecar.fields, allow_nan=False).encode("ascii") + b"\n"
    try:
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _create(path, content)
            return "written"
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise BrowserError("this is a link, which is left alone", path=path)
        present = safe_files.read_bounded(path, _MOST_BYTES)
        if not _is_ours(present):
            raise BrowserError("this file is not ours and is left alone", path=path)
        if present == content:
            return "same"
        if not force:
            return "differs"
        safe_files.replace_file(path, content)
        return "written"
    except OSError as error:
        raise BrowserError(f"could not be written: {error.strerror or error}", path=path) from error


def found(folders: Iterable[bytes]) -> Iterator[bytes]:
    """All sidecars in and below these folders, in the order of their names; links are not followed."""
    for folder in folders:
        for where, below, files in os.walk(folder):
            below.sort()
            yield from (os.path.join(where, name) for name in sorted(files) if name.endswith(ENDING))


def read(paths: Iterable[bytes]) -> Iterator[Line | BrowserError]:
    """What sidecars say, the collections of all of them last; or why one says nothing."""
    members: dict[str, list[tuple[int, CollectionItem]]] = {}
    written: dict[str, str] = {}
    for path in paths:
        try:
            line, places = _read_one(path)
        except OSError as error:
            yield BrowserError(f"cannot be read: {error.strerror or error}", path=path)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            yield BrowserError("this file was left out: it says nothing of a sample", path=path)
        except BrowserError as error:
            yield error if error.path else BrowserError(error.what, path=path, hint=error.hint)
        else:
            item = CollectionItem(None, line.content_hash, line.path)
            for name, place in places:
                members.setdefault(name.lower(), []).append((place, item))
                written.setdefault(name.lower(), name)
            yield line
    for name, placed in members.items():
        items = tuple(item for _, item in sorted(placed, key=lambda pair: pair[0]))
        yield SampleCollection(written[name], "list", items)


def _read_one(path: bytes) -> tuple[SampleAnnotations, list[tuple[str, int]]]:
    """What a sidecar says of its sample, and names and places of collections."""
    if stat.S_ISLNK(os.lstat(path).st_mode):
        raise BrowserError("this is a link, which is not followed", path=path)
    fields = json.loads(safe_files.read_bounded(os.fsdecode(path), _MOST_BYTES))
    check_format(fields, os.fsdecode(path))
    line = line_of({key: value for key, value in fields.items() if key != "collection"})
    if not isinstance(line, SampleAnnotations):
        raise TypeError("not about a sample")
    places = [(collection_name(each["name"]), int(each["place"])) for each in fields.get("collections", [])]
    beside = path.removesuffix(ENDING)
    here = beside if os.path.isfile(beside) else line.path
    return SampleAnnotations(line.content_hash, here, line.kept), places


def _create(path: str, content: bytes) -> None:
    """A new file; raises OSError where anything is there meanwhile."""
    handle = safe_files.create_file(path)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:  # ctrl-c included: nothing half written stays
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def _is_ours(content: bytes) -> bool:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and fields.get("format") == FORMAT


def _sidecar_path(sound: bytes, content_hash: str) -> bytes:
    """The sidecar of a sound; a name that would be too long is cut, and ends with the start of the content hash."""
    folder, name = os.path.split(sound)
    if len(name) + len(ENDING) > _LONGEST_NAME:
        tail = b"-" + os.fsencode("".join(char for char in content_hash if char.isalnum())[:12])
        name = name[: _LONGEST_NAME - len(ENDING) - len(tail)] + tail
    return os.path.join(folder, name + ENDING)


def _root_names(roots: Iterable[bytes]) -> dict[bytes, bytes]:
    """A folder name for each root, all different."""
    names: dict[bytes, bytes] = {}
    for root in roots:
        name = plain = os.path.basename(root.rstrip(b"/")) or b"root"
        number = 1
        while name in names.values():
            number += 1
            name = plain + b" %d" % number
        names[root] = name
    return names
