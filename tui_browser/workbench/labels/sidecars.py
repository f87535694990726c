"""Tags from JSON that lies beside samples, as Freesound gives it: name, description, tags.

`kick.wav` may have `kick.wav.json` or `kick.json`; a folder may have `metadata.json`, a list of such objects that name
their files. Whatever else such a file holds is left alone, and one that cannot be read is reported once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui_browser.safe_files import read_bounded

FOLDER_FILE = b"metadata.json"
_MOST_BYTES = 8 << 20
_MOST_TAGS = 200
_DEEPEST = 4
_FILE_KEYS = ("filename", "file", "path", "name", "original_filename", "id")


@dataclass(frozen=True, slots=True)
class SidecarLabels:
    """What is known of a sample from a JSON."""

    tags: tuple[str, ...]
    """As written there."""
    texts: tuple[str, ...] = ()
    """Name and description."""


class SidecarReader:
    """Finds and reads the sidecars of samples; lists and reads each folder once."""

    def __init__(self) -> None:
        self.unreadable: dict[bytes, str] = {}
        """Files that could not be read, with the reason."""
        self._folder = b""
        self._names: frozenset[bytes] = frozenset()
        self._listed: Mapping[str, SidecarLabels] = {}

    def sidecar(self, path: bytes) -> SidecarLabels | None:
        """The sidecar of a sample; None without one. Fastest when samples of a folder follow each other."""
        folder, name = os.path.split(path)
        if folder != self._folder or not folder:
            self._enter(folder)
        stem = os.path.splitext(name)[0]
        number = re.match(rb"(\d+)__", name)  # how Freesound names its files
        for candidate in (name, stem, number[1] if number else b""):
            if candidate and candidate + b".json" in self._names:
                content = self._read(os.path.join(folder, candidate + b".json"))
                described = next(_objects(content), None)
                if described is not None:
                    return _sidecar(described)
        keys = (os.fsdecode(name), os.fsdecode(stem), os.fsdecode(number[1]) if number else "")
        return next((self._listed[key.casefold()] for key in keys if key.casefold() in self._listed), None)

    def _enter(self, folder: bytes) -> None:
        self._folder = folder
        try:
            with os.scandir(folder) as entries:
                self._names = frozenset(entry.name for entry in entries if entry.name.endswith(b".json"))
        except OSError:
            self._names = frozenset()
        self._listed = {}
        if FOLDER_FILE in self._names:
            content = self._read(os.path.join(folder, FOLDER_FILE))
            self._listed = dict(_named(content)) if content is not None else {}

    def _read(self, path: bytes) -> Any:
        try:
            return json.loads(read_bounded(os.fsdecode(path), _MOST_BYTES))
        except OSError as error:
            self.unreadable[path] = error.strerror or "cannot be read"
        except (ValueError, RecursionError):
            self.unreadable[path] = "no JSON"
        return None


def _objects(content: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Objects that have tags, from the outside in."""
    if isinstance(content, dict):
        if "tags" in content:
            yield content
        content = list(content.values())
    if isinstance(content, list) and depth < _DEEPEST:
        for each in content:
            yield from _objects(each, depth + 1)


def _named(content: Any) -> Iterator[tuple[str, SidecarLabels]]:
    """Each object with tags under the names by which it may mean a file."""
    for described in _objects(content):
        sidecar = _sidecar(described)
        for key in _FILE_KEYS:
            value = described.get(key)
            if isinstance(value, str | int) and str(value):
                name = os.path.basename(str(value))
                yield name.casefold(), sidecar
                yield os.path.splitext(name)[0].casefold(), sidecar


def _sidecar(described: Mapping[str, Any]) -> SidecarLabels:
    texts = tuple(text for key in ("name", "description") if isinstance(text := described.get(key), str))
    return SidecarLabels(tuple(_words(described.get("tags")))[:_MOST_TAGS], texts)


def _words(tags: Any) -> Iterator[str]:
    """Tags given as a list of words or of objects with a name, or as one line of words."""
    if isinstance(tags, str):
        yield from filter(None, re.split(r"[,;\s]+", tags))
    elif isinstance(tags, list):
        for tag in tags:
            if isinstance(tag, dict):
                tag = tag.get("name")
            if isinstance(tag, str) and tag.strip():
                yield tag
