"""Writes the data of the Infinite Drum Machine: `meta/K.json`, `audio/K.mp3` and `meta/drum_like.json`.

The app loads chunk after chunk, at most 50, and begins to play with the first. So the first chunk holds a kick, a
snare, a closed and an open hi-hat; every chunk holds at least one sound; and the sounds are in a random order, so that
the cloud fills evenly.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tui_browser.indexing.file_encoder import hear_files
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow
from tui_browser.workbench.array_file import RowFile, open_rows
from tui_browser.workbench.clips import ClipFormat, Omission, candidates, check_samples, read_clips
from tui_browser.workbench.components import component_colours, principal_components, unit_range
from tui_browser.workbench.drums.likeness import (
    DRUMS,
    alike,
    model_distances,
    representatives,
    sort_first,
    spectral_distances,
)
from tui_browser.workbench.encodings import SampleEncodings, read_encodings
from tui_browser.workbench.fingerprints import fingerprints
from tui_browser.workbench.job import Report
from tui_browser.workbench.sprite_audio import SpriteWriter
from tui_browser.workbench.text_files import one_line, write_credits, write_json, write_lines, write_report

FILES = re.compile(r"meta|audio|(filenames|CREDITS)\.txt|report\.json")
"""Names in such a folder."""
MOST_CHUNKS = 50
"""Chunks that the app asks for."""
RATE, CLIP_S = 44_100, 0.25
"""Length of a clip in the app, and the rate of its sounds."""
_LIKE_KEYS = {"kick": "3", "snare": "2", "hat_closed": "1", "hat_open": "0"}
"""Key of each drum in `drum_like.json`."""
_BLOCK = 256
_NO_MARKUP = str.maketrans("<>", "‹›")
"""The app may show a name as HTML, and a name may come from a stranger."""


@dataclass(frozen=True, slots=True)
class DrumMachineRequest:
    """What to write, and where."""

    library: str
    folder: str
    """An empty folder."""
    query: str = ""
    limit: int = 0
    clip_format: ClipFormat = field(default_factory=lambda: ClipFormat(rate=RATE, clip_s=CLIP_S))
    seed: int = 1


@dataclass(frozen=True, slots=True)
class DrumMachineSummary:
    """What was written."""

    samples: int
    omitted: tuple[Omission, ...]
    chunks: int


def chunk_sizes(count: int, *, most: int = MOST_CHUNKS, first: int = len(DRUMS)) -> list[int]:
    """Sizes of the chunks of `count` sounds: their sum is `count`, each is at least 1, and there are at most `most`.

    The first holds at least `first` sounds, as far as there are so many.
    """
    if count <= 0:
        return []
    head = min(count, max(first, -(-count // most)))
    rest = count - head
    others = min(most - 1, rest)
    return [head, *((rest // others) + (number < rest % others) for number in range(others))]


def write_drum_machine(request: DrumMachineRequest, report: Report) -> DrumMachineSummary:
    """Write the folder; raises BrowserError."""
    with Library.open(request.library, hear=hear_files) as library:
        rows, omitted = candidates(library, request.query, request.clip_format, limit=request.limit)
    check_samples(rows, omitted)
    clips_path = os.path.join(request.folder, "clips.npy")
    rows, unread = _write_clips(clips_path, rows, request.clip_format, report)
    omitted += unread
    check_samples(rows, omitted)
    clips = open_rows(clips_path)
    encodings = read_encodings(request.library, rows)
    distances = model_distances(encodings)
    if distances is None:
        distances = spectral_distances(
            clips, request.clip_format.rate, on_clip=lambda done: report("comparing", done, len(clips), "sound")
        )
    features = _features(encodings, clips, request.clip_format.rate)
    order = sort_first(len(rows), representatives(distances), seed=request.seed)
    places, colours = _places(rows, features)[order], component_colours(features)[order]
    sorted_rows, distances = [rows[at] for at in order.tolist()], distances[order]
    sizes = chunk_sizes(len(rows))
    for kind in ("meta", "audio"):
        os.makedirs(os.path.join(request.folder, kind))
    entries = _entries(sorted_rows, places, colours, distances)
    start = 0
    for number, size in enumerate(sizes):
        part = slice(start, start + size)
        _write_sounds(os.path.join(request.folder, "audio", str(number)), clips, order[part], request.clip_format.rate)
        chunk = {"autoSuggest": _suggestions(entries[part]), "metaData": entries[part]}
        write_json(os.path.join(request.folder, "meta", f"{number}.json"), chunk)
        start += size
        report("writing", start, len(rows), "sound")
    like = {_LIKE_KEYS[drum]: alike(distances, column).tolist() for column, drum in enumerate(DRUMS)}
    write_json(os.path.join(request.folder, "meta", "drum_like.json"), like)
    write_lines(os.path.join(request.folder, "filenames.txt"), (one_line(row.path) for row in sorted_rows))
    write_credits(request.folder, sorted_rows)
    settings = {**asdict(request.clip_format), "query": request.query, "seed": request.seed, "chunks": sizes}
    write_report(os.path.join(request.folder, "report.json"), written=len(rows), omitted=omitted, settings=settings)
    os.unlink(clips_path)
    return DrumMachineSummary(len(rows), tuple(omitted), len(sizes))


def _write_clips(
    path: str, rows: Sequence[SampleRow], clip_format: ClipFormat, report: Report
) -> tuple[list[SampleRow], list[Omission]]:
    """Write the clips as an array; the rows that have one, and what could not be read."""
    kept, omitted = [], []
    with RowFile(path, clip_format.frames) as file:
        for number, clip in enumerate(read_clips(rows, clip_format)):
            report("reading", number + 1, len(rows), "sound")
            if isinstance(clip, Omission):
                omitted.append(clip)
            else:
                file.add(clip.samples[np.newaxis])
                kept.append(clip.row)
    return kept, omitted


def _features(encodings: SampleEncodings, clips: FloatArray, rate: int) -> FloatArray:
    """(N, D) what colours and missing places follow from: the embeddings, or fingerprints if some are unknown."""
    if encodings.known:
        return encodings.embeddings
    parts = [fingerprints(np.asarray(clips[at : at + _BLOCK]), rate) for at in range(0, len(clips), _BLOCK)]
    return np.concatenate(parts).reshape(len(clips), -1)


def _places(rows: Sequence[SampleRow], features: FloatArray) -> FloatArray:
    """(N, 2) in [0, 1]: the library's map, or two principal components if some samples have no place there."""
    if all(row.x is not None and row.y is not None for row in rows):
        return unit_range(np.array([(row.x, row.y) for row in rows], dtype=np.float32))
    flat = principal_components(features, 2)
    return unit_range(np.pad(flat, ((0, 0), (0, 2 - flat.shape[1]))))


def _entries(
    rows: Sequence[SampleRow], places: FloatArray, colours: FloatArray, distances: FloatArray
) -> list[dict[str, Any]]:
    return [
        {
            "tags": tags_of(row),
            "color": [round(float(value), 5) for value in colours[at]],
            "coords": [round(float(value), 5) for value in places[at]],
            "analysis": [round(float(value), 6) for value in distances[at]],
            "name": one_line(os.path.splitext(os.path.basename(row.path))[0]).translate(_NO_MARKUP),
        }
        for at, row in enumerate(rows)
    ]


def tags_of(row: SampleRow) -> list[str]:
    """The tags of a sample and its class, in capitals, without repetition."""
    words = [*row.tags, *([row.class_name.replace("_", " ")] if row.class_name else [])]
    plain = (one_line(os.fsencode(word)).strip().translate(_NO_MARKUP).upper() for word in words)
    return list(dict.fromkeys(word for word in plain if word))


def _suggestions(entries: Sequence[dict[str, Any]]) -> list[dict[str, int]]:
    """The tags of a chunk with their numbers, the most frequent first; the app adds up those of all chunks."""
    tally = Counter(tag for entry in entries for tag in entry["tags"])
    return [{tag: number} for tag, number in sorted(tally.items(), key=lambda item: (-item[1], item[0]))]


def _write_sounds(stem: str, clips: FloatArray, order: Sequence[int] | Any, rate: int) -> None:
    with SpriteWriter(stem, ("mp3",), rate) as writer:
        for at in order:
            writer.add(np.asarray(clips[int(at)]))
