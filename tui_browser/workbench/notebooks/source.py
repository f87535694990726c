"""Reads a folder of AudioNotebooks' tools, or of `export notebooks`: names, tags, sounds and layouts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from tui_browser.errors import BrowserError, counted
from tui_browser.records import AUDIO_ENDINGS, FloatArray
from tui_browser.workbench.components import unit_range
from tui_browser.workbench.notebooks.data_files import (
    ARRAYS,
    PICKLES,
    find,
    read_array,
    read_json,
    read_lines,
    refuse_pickle,
)

_DEFAULT_RATE = 48_000
_TABLES = ("tsne", "grid")
_MOST_ABOVE, _MOST_PARTS = 3, 6
"""Folders above the given one in which a name is looked for, and parts of its end."""
_FLAT, _SOLID = ".2d.tsv", ".3d.tsv"


@dataclass(frozen=True, slots=True)
class NotebookSource:
    """What such a folder holds for a library; all lists have an entry for each of its N samples."""

    folder: str
    paths: tuple[bytes, ...]
    """Absolute; the files may be missing."""
    tags: tuple[tuple[str, ...], ...]
    favourites: tuple[bool, ...]
    layouts: dict[str, FloatArray]
    """(N, 2) in [0, 1] by name."""
    samples: NDArray[Any] | None
    """(N, n) sounds; None without them."""
    rate: int
    refused: tuple[BrowserError, ...]
    """Files that were not read, with the reason."""


def read_notebook_source(folder: str) -> NotebookSource:
    """Read the folder; raises BrowserError if it has no list of samples, or one that is no list."""
    folder = os.path.abspath(folder)
    refuse_pickle(folder)
    if not os.path.isdir(folder):
        what = "there is no such folder" if not os.path.lexists(folder) else "this is not a folder"
        raise BrowserError(what, path=folder, hint="--from takes the folder that holds filenames.txt")
    refused: list[BrowserError] = [
        _refusal(os.path.join(folder, name))
        for name in sorted(os.listdir(folder))
        if os.path.splitext(name)[1].lower() in PICKLES
    ]
    entries = _metadata(folder)
    paths = _paths(folder, entries)
    count = len(paths)
    layouts = {}
    for path, name in _tables(folder):
        try:
            layouts[name] = _layout(path, count)
        except BrowserError as error:
            refused.append(error)
    samples = None
    try:
        samples = _samples(folder, count)
    except BrowserError as error:
        refused.append(error)
    return NotebookSource(
        folder=folder,
        paths=paths,
        tags=_tags(folder, entries, count),
        favourites=tuple(bool(entry.get("favourite")) for entry in entries) or (False,) * count,
        layouts=layouts,
        samples=samples,
        rate=_rate(folder),
        refused=tuple(refused),
    )


def _refusal(path: str) -> BrowserError:
    try:
        refuse_pickle(path)
    except BrowserError as error:
        return error
    raise AssertionError(path)


def _metadata(folder: str) -> list[dict[str, Any]]:
    """The entries of `metadata.json`; empty without it."""
    path = find(folder, "metadata", (".json",))
    entries = read_json(path) if path is not None else []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BrowserError("is not a list of objects", path=path)
    return entries


def _paths(folder: str, entries: list[dict[str, Any]]) -> tuple[bytes, ...]:
    """The path of each sample: exact from the metadata, else from the list of names, relative to the folder."""
    exact = [entry.get("path") for entry in entries]
    if exact and all(isinstance(path, str) for path in exact):
        return tuple(_absolute(folder, str(path)) for path in exact)
    listed = find(folder, "filenames", (".txt",))
    if listed is None:
        raise BrowserError("the folder holds neither filenames.txt nor metadata.json", path=folder)
    lines = [line for line in read_lines(listed) if line]
    if not lines:
        raise BrowserError("the list of names is empty", path=listed)
    if entries and len(entries) != len(lines):
        raise BrowserError(
            f"metadata.json has {len(entries):,} entries and filenames.txt {counted(len(lines), 'line')}", path=folder
        )
    return tuple(_absolute(folder, line) for line in lines)


def _absolute(folder: str, name: str) -> bytes:
    """The path that a name stands for.

    It is relative to the folder or, as in `data/drums/samples/a.mp3`, to one above it; if the folder was moved with its
    sounds, the end of the name leads to it.
    """
    candidates = [os.path.join(folder, name)]
    above = folder
    for _ in range(_MOST_ABOVE):
        above = os.path.dirname(above)
        candidates.append(os.path.join(above, name))
    parts = [part for part in name.split("/") if part not in ("", "..")]
    candidates += [os.path.join(folder, *parts[-length:]) for length in range(min(len(parts), _MOST_PARTS), 0, -1)]
    try:
        path = next((path for path in candidates if os.path.isfile(path)), candidates[0])
        return os.fsencode(os.path.normpath(path))
    except (ValueError, UnicodeError) as error:  # a NUL, or half of a surrogate pair
        raise BrowserError("a name cannot be that of a file", path=name) from error


def _tags(folder: str, entries: list[dict[str, Any]], count: int) -> tuple[tuple[str, ...], ...]:
    """The tags of each sample, from the labels or the metadata."""
    lists: Any = [entry.get("tags") or [] for entry in entries]
    if path := find(folder, "samples_to_labels", (".json",)):
        lists = read_json(path)
    elif path := find(folder, "labels_to_samples", (".json",)):
        lists = _by_sample(read_json(path), count)
    if not isinstance(lists, list) or len(lists) != count:
        return ((),) * count
    return tuple(tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else () for tags in lists)


def _by_sample(labels: Any, count: int) -> list[list[str]]:
    """The labels of each sample, from the samples of each label."""
    lists: list[list[str]] = [[] for _ in range(count)]
    for label, samples in labels.items() if isinstance(labels, dict) else ():
        for number in samples if isinstance(samples, list) else ():
            if isinstance(number, int) and 0 <= number < count:
                lists[number].append(label)
    return lists


def _tables(folder: str) -> list[tuple[str, str]]:
    """The tables with places, and the names of the layouts that they become."""
    tables = []
    for kind in _TABLES:
        inside = os.path.join(folder, kind)
        for name in sorted(os.listdir(inside)) if os.path.isdir(inside) else ():
            if name.endswith(".tsv") and not name.endswith(_SOLID) and name != "out.tsv":
                stem = name.removesuffix(_FLAT).removesuffix(".tsv")
                tables.append((os.path.join(inside, name), stem if kind == "tsne" else f"grid {stem}"))
    return tables


def _layout(path: str, count: int) -> FloatArray:
    table = read_array(path)
    if table.shape != (count, 2):
        raise BrowserError(f"has the shape {table.shape}, the list of samples asks for {(count, 2)}", path=path)
    table = np.asarray(table, dtype=np.float64)
    if not np.isfinite(table).all():
        raise BrowserError("holds places that are not finite", path=path)
    inside = bool(table.min(initial=0.0) >= 0.0 and table.max(initial=1.0) <= 1.0)
    return table.astype(np.float32) if inside else unit_range(table.astype(np.float32))


def _samples(folder: str, count: int) -> NDArray[Any] | None:
    path = find(folder, "samples", ARRAYS)
    if path is None:
        return None
    array = read_array(path, dataset="samples")
    if array.ndim != 2 or len(array) != count:
        raise BrowserError(f"has the shape {array.shape}, and there are {counted(count, 'sample')}", path=path)
    return array


def _rate(folder: str) -> int:
    """The sample rate of the sounds, as the report says."""
    path = find(folder, "report", (".json",))
    report = read_json(path) if path is not None else {}
    rate = report.get("rate") if isinstance(report, dict) else None
    return rate if isinstance(rate, int) and 1_000 <= rate <= 768_000 else _DEFAULT_RATE


def restore_sounds(source: NotebookSource, numbers: Sequence[int], folder: str) -> dict[int, bytes]:
    """Write these samples as WAVs into a folder, under their names; the path of each by its number."""
    if source.samples is None:
        return {}
    taken: set[str] = set()
    paths = {}
    for number in numbers:
        stem, ending = os.path.splitext(os.path.basename(source.paths[number]))
        wanted = os.fsdecode(stem if ending.lower() in AUDIO_ENDINGS else stem + ending)[:100] or "sample"
        name, again = wanted, 2
        while name.casefold() in taken:
            name, again = f"{wanted}-{again}", again + 1
        taken.add(name.casefold())
        path = os.fsencode(os.path.join(folder, f"{name}.wav"))
        sound = np.asarray(source.samples[number], dtype=np.float32)
        with open(path, "wb") as file:
            soundfile.write(file, np.nan_to_num(sound), source.rate, subtype="FLOAT", format="WAV")
        paths[number] = path
    return paths
