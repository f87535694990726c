"""Writes spritesheets: pictures of all samples in one PNG, their sounds in one file, and a JSON that tells where."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.indexing.file_encoder import hear_files
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow
from tui_browser.workbench.clips import (
    ClipFormat,
    ExportSummary,
    Omission,
    SoundClip,
    candidates,
    check_samples,
    read_clips,
)
from tui_browser.workbench.components import principal_components, unit_range
from tui_browser.workbench.fingerprints import KINDS, SIDE, fingerprints, stft_magnitude, to_unit_pictures
from tui_browser.workbench.grid_files import grid_places
from tui_browser.workbench.job import Report
from tui_browser.workbench.mosaic import cells_of_places, full_rectangle, mosaic, row_major_cells, to_bytes
from tui_browser.workbench.sprite_audio import FORMATS, SpriteWriter, check_rate, mp3_delay
from tui_browser.workbench.text_files import metadata, write_credits, write_json, write_report

FILES = re.compile(r"spritesheet\.(png|json|wav|flac|mp3|ogg)|map\.\d+x\d+\.png|report\.json|CREDITS\.txt")
"""Names in such a folder."""
IMAGES = (*KINDS, "spectrogram", "none")
AUDIO = (*FORMATS, "none")
MOST_PIXELS = 1 << 27
_QUIETEST_DB = -80.0
_PICTURE_S = 1.0
"""Of a whole sound the first second is in its spectrogram."""


@dataclass(frozen=True, slots=True)
class SpriteRequest:
    """What to write, and where."""

    library: str
    folder: str
    """An empty folder."""
    query: str = ""
    limit: int = 0
    clip_format: ClipFormat = field(default_factory=ClipFormat)
    image: str = "stft"
    """One of `IMAGES`: a kind of fingerprint, or a spectrogram."""
    tile: tuple[int, int] = (SIDE, SIDE)
    """Width and height of a picture."""
    audio: tuple[str, ...] = ("wav",)
    """Endings in `FORMATS`."""


def write_spritesheets(request: SpriteRequest, report: Report) -> ExportSummary:
    """Write the sheets; raises BrowserError."""
    check_rate(request.audio, request.clip_format.rate)
    with Library.open(request.library, hear=hear_files) as library:
        rows, omitted = candidates(library, request.query, request.clip_format, limit=request.limit)
    check_samples(rows, omitted)
    _check_pixels(len(rows), request)
    kept: list[SampleRow] = []
    clips: list[dict[str, Any]] = []
    tiles: list[NDArray[np.uint8]] = []
    with SpriteWriter(
        os.path.join(request.folder, "spritesheet"),
        request.audio,
        request.clip_format.rate,
        expected_frames=_expected_frames(rows, request.clip_format),
    ) as writer:
        for number, clip in enumerate(read_clips(rows, request.clip_format)):
            report("reading", number + 1, len(rows), "sound")
            if isinstance(clip, Omission):
                omitted.append(clip)
                continue
            kept.append(clip.row)
            clips.append(_clip_fields(clip, writer.add(clip.samples), request.clip_format.rate))
            if request.image != "none":
                tiles.append(_tile(clip, request))
        paths = writer.paths
    check_samples(kept, omitted)
    index: dict[str, Any] = {"samples": len(kept), "rate": request.clip_format.rate}
    index["audio"] = [os.path.basename(path) for path in paths.values()]
    if "mp3" in paths:
        index["mp3_delay_frames"] = mp3_delay(paths["mp3"])
    index["images"] = _write_images(request, kept, np.stack(tiles), clips, report) if tiles else []
    write_json(os.path.join(request.folder, "spritesheet.json"), {**index, "clips": clips})
    write_credits(request.folder, kept)
    settings = {**asdict(request.clip_format), "query": request.query, "image": request.image}
    write_report(os.path.join(request.folder, "report.json"), written=len(kept), omitted=omitted, settings=settings)
    return ExportSummary(len(kept), tuple(omitted))


def _check_pixels(count: int, request: SpriteRequest) -> None:
    width, height = request.tile
    if request.image != "none" and count * width * height > MOST_PIXELS:
        side = int((MOST_PIXELS / count) ** 0.5)
        raise BrowserError(
            f"{count:,} pictures of {width}x{height} are too many for one image",
            hint=f"--tile {side}x{side}, a narrower QUERY, or --image none",
        )


def _expected_frames(rows: Sequence[SampleRow], clip_format: ClipFormat) -> int:
    if clip_format.clip_s is not None:
        return len(rows) * clip_format.frames
    return round(sum(row.duration_s for row in rows) * clip_format.rate)


def _clip_fields(clip: SoundClip, start: int, rate: int) -> dict[str, Any]:
    frames = len(clip.samples)
    places = {"start_frame": start, "frames": frames, "start_s": start / rate, "length_s": frames / rate}
    return metadata(clip.row, **places)


def _tile(clip: SoundClip, request: SpriteRequest) -> NDArray[np.uint8]:
    """(h, w) picture of a clip."""
    rate = request.clip_format.rate
    samples = clip.samples[np.newaxis, : max(1, round(_PICTURE_S * rate))]
    fingerprint = request.image in KINDS
    picture = fingerprints(samples, rate, kind=request.image)[0] if fingerprint else _spectrogram(samples)
    return _resized(to_bytes(picture), *request.tile)


def _spectrogram(samples: FloatArray) -> FloatArray:
    """(513, T) in [0, 1]: decibels below the loudest, high bands at the top."""
    magnitude = stft_magnitude(samples)
    level = 20 * np.log10(np.maximum(magnitude / max(float(magnitude.max()), 1e-12), 1e-6))
    picture: FloatArray = to_unit_pictures(np.maximum(level, _QUIETEST_DB).astype(np.float32))[0]
    return picture


def _resized(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if picture.shape == (height, width):
        return picture
    from PIL import Image  # 60 ms; only the worker imports it

    larger = width >= picture.shape[1] and height >= picture.shape[0]
    how = Image.Resampling.NEAREST if larger else Image.Resampling.BOX
    return np.asarray(Image.fromarray(picture).resize((width, height), how), dtype=np.uint8)


def _write_images(
    request: SpriteRequest,
    rows: Sequence[SampleRow],
    tiles: NDArray[np.uint8],
    clips: list[dict[str, Any]],
    report: Report,
) -> list[dict[str, Any]]:
    """Write the sheet in the order of the sounds, and the one sorted by the map; adds the cells to `clips`."""
    columns, height = full_rectangle(len(tiles))
    report("sorting by the map", 0, 0)
    sorted_places = grid_places(
        _map_places(rows, tiles),
        columns=columns,
        rows=height,
        on_round=lambda done, total: report("sorting by the map", done, total),
    )
    sheets = {
        "spritesheet.png": row_major_cells(len(tiles), columns),
        f"map.{columns}x{height}.png": cells_of_places(sorted_places, columns, height),
    }
    images = []
    for name, (across, down) in sheets.items():
        picture = mosaic(tiles, across, down, columns=columns, rows=height)
        _save(os.path.join(request.folder, name), picture)
        images.append({"file": name, "columns": columns, "rows": height, "tile": list(request.tile)})
        for clip, column, row in zip(clips, across.tolist(), down.tolist(), strict=True):
            clip.setdefault("cells", []).append([column, row])
    return images


def _map_places(rows: Sequence[SampleRow], tiles: NDArray[np.uint8]) -> FloatArray:
    """(N, 2) places of the samples on the library's map, from the top; by their pictures if some have none."""
    if all(row.x is not None and row.y is not None for row in rows):
        places = np.array([(row.x, 1.0 - (row.y or 0.0)) for row in rows], dtype=np.float32)
    else:
        flat = principal_components(tiles.reshape(len(tiles), -1).astype(np.float32), 2)
        places = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    return unit_range(places)


def _save(path: str, picture: NDArray[np.uint8]) -> None:
    from PIL import Image

    Image.fromarray(picture).save(path, "PNG")
