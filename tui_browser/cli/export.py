"""Verb `export`: writes the library to files that other programs read."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Iterable
from typing import IO, Any

import click
import numpy as np
from numpy.typing import NDArray

from tui_browser.cli.common import AnswerWriter, CommonOptions, json_line, pass_common, sample_fields
from tui_browser.cli.drum_machine import drum_machine
from tui_browser.cli.files import files
from tui_browser.cli.fragment import fragment
from tui_browser.cli.hearing import hear
from tui_browser.cli.map_file import map_file
from tui_browser.cli.notebooks import notebooks
from tui_browser.cli.output import as_text, is_stream, open_output
from tui_browser.cli.page import page
from tui_browser.cli.spritesheet import spritesheet
from tui_browser.errors import BrowserError, counted, printable, without_controls
from tui_browser.library.library import Library
from tui_browser.records import FloatArray, SampleRow, SliceTable


@click.group(invoke_without_command=True)
@click.pass_context
def export(context: click.Context) -> None:
    """Write the library, samples or parts of files for other programs."""
    if context.invoked_subcommand is None:
        names = ", ".join(sorted(name for name, verb in export.commands.items() if not verb.hidden))
        raise click.UsageError(f"export takes one of: {names}")


for _verb in (files, fragment, map_file, notebooks, spritesheet, drum_machine, page):
    export.add_command(_verb)

_out = click.option("--out", required=True, metavar="PATH", help="File to write; - is standard output.")
_force = click.option("--force", is_flag=True, help="Replace PATH if it exists.")


@export.command()
@click.option("--format", "kind", type=click.Choice(["tsv", "json", "npz", "parquet"]), default="tsv")
@_out
@_force
@pass_common
def table(common: CommonOptions, kind: str, out: str, force: bool) -> None:
    """Write one row per sample with all its fields."""
    writers: dict[str, Callable[[Iterable[dict[str, Any]], IO[Any]], int]] = {
        "tsv": _tsv,
        "json": _json_lines,
        "npz": _npz,
        "parquet": _parquet,
    }
    with Library.open(common.library_path, hear=hear) as library:
        rows = map(sample_fields, library.all_rows())
        text = kind in ("tsv", "json")
        with (
            open_output(out, force=force, library=common.library_path, binary=not text) as file,
            as_text(file) if text else contextlib.nullcontext(file) as sink,
        ):
            count = writers[kind](rows, sink)
    _report(common, out, count)


@export.command()
@click.option("--format", "kind", type=click.Choice(["npz"]), default="npz")
@_out
@_force
@pass_common
def vectors(common: CommonOptions, kind: str, out: str, force: bool) -> None:  # noqa: ARG001 - one format so far
    """Write the embeddings as arrays, one row per sample.

    The arrays are paths, vectors, xy, classes, class_p and onset_s. Samples without sound are left out. The slices
    of a long file follow its own row, with its place and class.
    """
    with Library.open(common.library_path, hear=hear) as library:
        rows: list[SampleRow] = list(library.all_rows())
        snapshot = library.snapshot()
        slices = library.all_slices()
    row_of = {int(sample): row for row, sample in enumerate(snapshot.ids)}
    assert snapshot.vectors is not None  # a full snapshot has them
    encoded = np.isfinite(snapshot.vectors).all(axis=1) & (snapshot.vectors.shape[1] > 0)
    picked = [(row, row_of[row.id]) for row in rows if row.id in row_of and encoded[row_of[row.id]]]
    at = np.array([index for _, index in picked], dtype=np.intp)
    onsets = np.array([row.onset_s for row, _ in picked], dtype=np.float32)
    order, vectors, onsets = _with_slices(at, snapshot.ids[at], snapshot.vectors[at], onsets, slices)
    with open_output(out, force=force, library=common.library_path) as file:
        np.savez(
            file,
            paths=np.array([os.fsdecode(row.path) for row, _ in picked], dtype=np.str_)[order],
            vectors=vectors,
            xy=snapshot.xy[at].astype(np.float32)[order],
            classes=np.array([row.class_name or "" for row, _ in picked], dtype=np.str_)[order],
            class_p=np.array([row.class_p or 0.0 for row, _ in picked], dtype=np.float32)[order],
            onset_s=onsets,
        )
    _report(common, out, len(picked))


def _with_slices(
    at: NDArray[np.intp], ids: NDArray[np.int64], vectors: FloatArray, onsets: FloatArray, slices: SliceTable
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """The sample, vector and onset of each row of the output, with slices after their file."""
    present = np.flatnonzero(np.isin(slices.samples, ids)) if len(slices) else np.zeros(0, dtype=np.intp)
    if not len(present):
        return np.arange(len(at)), vectors.astype(np.float32), onsets
    owner = np.searchsorted(ids, slices.samples[present])  # ids are rising
    order = np.argsort(np.concatenate((np.arange(len(at)), owner)), kind="stable")
    all_vectors = np.concatenate((vectors, slices.vectors[present])).astype(np.float32)
    all_onsets = np.concatenate((onsets, slices.onset_s[present].astype(np.float32)))
    return np.concatenate((np.arange(len(at)), owner))[order], all_vectors[order], all_onsets[order]


def _report(common: CommonOptions, out: str, count: int) -> None:
    if is_stream(out):  # it holds the data only
        return
    path = os.path.abspath(out)
    text = f"{counted(count, 'sample')} in {printable(path)}"
    AnswerWriter(common).row({"path": path, "samples": count}, path=os.fsencode(path), text=text)


def _tsv(rows: Iterable[dict[str, Any]], file: IO[str]) -> int:
    """Write tab-separated text with a header; backslash and control characters are written \\\\, \\t, \\n, \\x1b."""
    writer: Any = None
    count = 0
    for row in rows:
        count += 1
        row |= _as_texts(row)
        if writer is None:
            writer = csv.DictWriter(
                file, list(row), dialect="excel-tab", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n"
            )
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return count


def _as_texts(row: dict[str, Any]) -> dict[str, str]:
    """The lists of a row as texts, for formats without lists."""
    lists = {name: ",".join(row[name]) for name in ("tags", "collections")}
    return lists | {"facts": json_line(row["facts"]) if row["facts"] else ""}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return without_controls(str(value).replace("\\", "\\\\"))


def _json_lines(rows: Iterable[dict[str, Any]], file: IO[str]) -> int:
    count = 0
    for row in rows:
        count += 1
        file.write(json_line(row) + "\n")
    return count


def _columns(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for row in rows:
        row |= _as_texts(row)
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return columns


def _npz(rows: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    """Write one array per field; unknown numbers are NaN, unknown texts are empty."""
    columns = _columns(rows)
    arrays: dict[str, Any] = {}
    for name, values in columns.items():
        numeric = any(isinstance(value, int | float) for value in values)
        blank: Any = np.nan if numeric else ""
        arrays[name] = np.array([blank if value is None else value for value in values])
    np.savez(file, **arrays)
    return len(columns.get("id", ()))


def _parquet(rows: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise BrowserError("parquet needs an extra", hint='pip install "tui-browser[parquet]"') from error
    columns = _columns(rows)
    columns["path"] = [path.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for path in columns["path"]]
    buffer = io.BytesIO()  # its writer seeks, which a pipe cannot
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    file.write(buffer.getbuffer())
    return len(columns.get("id", ()))
