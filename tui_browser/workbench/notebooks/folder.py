"""Writes the folder that AudioNotebooks' tools read: samples, fingerprints, t-SNE, colours, grids and plots.

Every file has a row or line for each sample, in the order of `filenames.txt`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.indexing.file_encoder import hear_files
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow
from tui_browser.workbench.array_file import RowFile, open_rows
from tui_browser.workbench.clips import ClipFormat, ExportSummary, Omission, candidates, check_samples, read_clips
from tui_browser.workbench.components import component_colours, group_colours
from tui_browser.workbench.encodings import SampleEncodings, read_encodings
from tui_browser.workbench.fingerprints import SIDE, fingerprints
from tui_browser.workbench.grid_files import grid_places
from tui_browser.workbench.job import Report
from tui_browser.workbench.mosaic import full_rectangle
from tui_browser.workbench.notebooks.tsne import MODES, all_runs, check_enough, run_all
from tui_browser.workbench.plots import write_plot
from tui_browser.workbench.text_files import (
    metadata,
    one_line,
    write_credits,
    write_json,
    write_lines,
    write_report,
    write_table,
)

FILES = re.compile(
    r"(filenames|durations|class_names|CREDITS)\.txt|(samples|fingerprints|predicted_labels|predicted_encoding)\.npy|"
    r"colors\.tsv|(metadata|labels_to_samples|samples_to_labels|report)\.json|tsne|grid|plot"
)
"""Names in such a folder."""
COLOURS = ("tsne", "kmeans", "components")
_WAITING = "it waits for the model (tui-browser index continues)"
_BATCH_FRAMES = 1 << 20
"""Frames of sound whose fingerprints are computed at a time: 4 MB."""


@dataclass(frozen=True, slots=True)
class NotebookRequest:
    """What to write, and where."""

    library: str
    folder: str
    """An empty folder."""
    query: str = ""
    limit: int = 0
    clip_format: ClipFormat = field(default_factory=ClipFormat)
    fingerprint: str = "stft"
    """One of `fingerprints.KINDS`."""
    modes: tuple[str, ...] = ()
    """Of `tsne.MODES`; empty for all that the library has data for."""
    dims: tuple[int, ...] = (30,)
    perplexities: tuple[float, ...] = (30.0,)
    tsne: bool = True
    colours: str = "tsne"
    """One of `COLOURS`."""
    seed: int = 1


def write_notebook_folder(request: NotebookRequest, report: Report) -> ExportSummary:
    """Write the folder; raises BrowserError before any work if there are too few samples for t-SNE."""
    with Library.open(request.library, hear=hear_files) as library:
        rows, omitted = candidates(library, request.query, request.clip_format, limit=request.limit)
    encodings = read_encodings(request.library, rows)
    rows, encodings, waiting = _without_waiting(rows, encodings)
    omitted += waiting
    modes = _modes(request, encodings) if request.tsne else ()
    runs = all_runs(modes, request.dims, request.perplexities)
    check_samples(rows, omitted)
    check_enough(len(rows), runs)
    rows, kept, unread = _write_samples(request, rows, report)
    omitted += unread
    check_samples(rows, omitted)
    check_enough(len(rows), runs)
    encodings = replace(encodings, probabilities=encodings.probabilities[kept], embeddings=encodings.embeddings[kept])
    arrays = _write_arrays(request.folder, encodings)
    pictures = open_rows(os.path.join(request.folder, "fingerprints.npy"))
    colours = None if runs else _colours(request, pictures)
    for run, flat, solid in run_all(
        runs,
        {"fingerprints": pictures, **arrays},
        seed=request.seed,
        on_step=lambda done, total: report("fitting t-SNE", done, total),
    ):
        if colours is None:
            colours = solid if request.colours == "tsne" else _colours(request, pictures)
        _write_places(request.folder, run.name, flat, solid, colours=colours, first=run == runs[0], report=report)
    assert colours is not None
    write_table(os.path.join(request.folder, "colors.tsv"), colours)
    _write_metadata(request, rows, omitted)
    return ExportSummary(len(rows), tuple(omitted))


def _without_waiting(
    rows: list[SampleRow], encodings: SampleEncodings
) -> tuple[list[SampleRow], SampleEncodings, list[Omission]]:
    """The samples that the model has heard, unless it has heard none."""
    heard = np.isfinite(encodings.embeddings).all(axis=1) & (encodings.embeddings.shape[1] > 0)
    if heard.all() or not heard.any():
        return rows, encodings, []
    waiting = [Omission(rows[at].path, _WAITING) for at in np.flatnonzero(~heard)]
    kept = [rows[at] for at in np.flatnonzero(heard)]
    return (
        kept,
        replace(encodings, probabilities=encodings.probabilities[heard], embeddings=encodings.embeddings[heard]),
        waiting,
    )


def _modes(request: NotebookRequest, encodings: SampleEncodings) -> tuple[str, ...]:
    """The modes to run; raises BrowserError for one that the library has no data for."""
    lacking = {
        "predicted_labels": not encodings.classified,
        "predicted_encoding": not encodings.known,
        "combined": not encodings.known,
    }
    for mode in request.modes:
        if lacking.get(mode):
            what = "classes" if mode == "predicted_labels" and encodings.known else "embeddings"
            raise BrowserError(f"the library has no {what} for the mode {mode}", path=request.library)
    return request.modes or tuple(mode for mode in MODES if not lacking.get(mode))


def _write_samples(
    request: NotebookRequest, rows: Sequence[SampleRow], report: Report
) -> tuple[list[SampleRow], list[int], list[Omission]]:
    """Write samples, fingerprints, names and durations; the rows written, their numbers, and what could not be read."""
    kept: list[int] = []
    omitted: list[Omission] = []
    durations: list[int] = []
    batch: list[FloatArray] = []
    clip_format = request.clip_format
    most = max(1, _BATCH_FRAMES // clip_format.frames)
    with (
        RowFile(os.path.join(request.folder, "samples.npy"), clip_format.frames) as samples,
        RowFile(os.path.join(request.folder, "fingerprints.npy"), SIDE, SIDE) as pictures,
    ):

        def flush() -> None:
            if batch:
                clips = np.stack(batch)
                samples.add(clips)
                pictures.add(fingerprints(clips, clip_format.rate, kind=request.fingerprint))
                batch.clear()

        for number, clip in enumerate(read_clips(rows, clip_format)):
            report("reading", number + 1, len(rows), "sound")
            if isinstance(clip, Omission):
                omitted.append(clip)
                continue
            kept.append(number)
            durations.append(clip.duration)
            batch.append(clip.samples)
            if len(batch) == most:
                flush()
        flush()
    written = [rows[number] for number in kept]
    write_lines(os.path.join(request.folder, "filenames.txt"), (one_line(row.path) for row in written))
    write_lines(os.path.join(request.folder, "durations.txt"), map(str, durations))
    return written, kept, omitted


def _write_arrays(folder: str, encodings: SampleEncodings) -> dict[str, FloatArray]:
    """Write what the model said, as far as it is known; the arrays by their mode."""
    arrays = {}
    if encodings.classified:
        arrays["predicted_labels"] = encodings.probabilities
        write_lines(os.path.join(folder, "class_names.txt"), map(one_line, map(os.fsencode, encodings.class_names)))
    if encodings.known:
        arrays["predicted_encoding"] = encodings.embeddings
    for name, array in arrays.items():
        np.save(os.path.join(folder, f"{name}.npy"), array, allow_pickle=False)
    return arrays


def _colours(request: NotebookRequest, pictures: FloatArray) -> FloatArray:
    flat = pictures.reshape(len(pictures), -1)
    return group_colours(flat, seed=request.seed) if request.colours == "kmeans" else component_colours(flat)


def _write_places(
    folder: str, name: str, flat: FloatArray, solid: FloatArray, *, colours: FloatArray, first: bool, report: Report
) -> None:
    """Write the tables, the grid and the plots of one t-SNE."""
    for kind in ("tsne", "grid", "plot"):
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
    write_table(os.path.join(folder, "tsne", f"{name}.2d.tsv"), flat)
    write_table(os.path.join(folder, "tsne", f"{name}.3d.tsv"), solid)
    columns, rows = full_rectangle(len(flat))
    report(f"making the grid {name}", 0, 0)
    grid = grid_places(
        flat, columns=columns, rows=rows, on_round=lambda done, total: report(f"making the grid {name}", done, total)
    )
    write_table(os.path.join(folder, "grid", f"{name}.{columns}x{rows}.tsv"), grid)
    if first:
        write_table(os.path.join(folder, "grid", "out.tsv"), grid)
    write_plot(os.path.join(folder, "plot", f"{name}.png"), flat, colours)
    write_plot(os.path.join(folder, "plot", f"{name}.3d.png"), solid, colours)


def _write_metadata(request: NotebookRequest, rows: Sequence[SampleRow], omitted: Sequence[Omission]) -> None:
    folder = request.folder
    write_json(os.path.join(folder, "metadata.json"), [metadata(row) for row in rows])
    write_credits(folder, rows)
    labels: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for tag in row.tags:
            labels.setdefault(tag, []).append(number)
    write_json(os.path.join(folder, "labels_to_samples.json"), dict(sorted(labels.items())))
    write_json(os.path.join(folder, "samples_to_labels.json"), [list(row.tags) for row in rows])
    settings: dict[str, Any] = {
        **asdict(request.clip_format),
        "fingerprint": request.fingerprint,
        "query": request.query,
        "colours": request.colours,
        "seed": request.seed,
    }
    write_report(os.path.join(folder, "report.json"), written=len(rows), omitted=omitted, settings=settings)
