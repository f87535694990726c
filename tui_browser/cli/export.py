"""export: the library as plain files that other programs read."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable, Iterable
from typing import IO, Any

import click
import numpy as np
from numpy.typing import NDArray

from tui_browser.cli.common import Answer, Common, not_yet, pass_common, sample_fields
from tui_browser.cli.files import files
from tui_browser.cli.fragment import fragment
from tui_browser.cli.output import as_text, is_stream, output
from tui_browser.errors import BrowserError, counted
from tui_browser.library.door import Library
from tui_browser.records import AllSlices, FloatArray, SampleRow


@click.group(invoke_without_command=True)
@click.pass_context
def export(context: click.Context) -> None:
    """Write the library as plain files."""
    if context.invoked_subcommand is None:
        told = ", ".join(sorted(name for name, verb in export.commands.items() if not verb.hidden))
        raise click.UsageError(f"export needs a word for what: {told}")


for _what in ("map", "notebooks", "drum-machine"):
    export.add_command(not_yet(_what))
export.add_command(files)
export.add_command(fragment)

_out = click.option("--out", required=True, metavar="PATH", help="The file to write; - is standard output.")
_force = click.option("--force", is_flag=True, help="Replace PATH when it exists.")


@export.command()
@click.option("--format", "kind", type=click.Choice(["tsv", "json", "npz", "parquet"]), default="tsv")
@_out
@_force
@pass_common
def table(common: Common, kind: str, out: str, force: bool) -> None:
    """A row a sample with all its fields."""
    writers: dict[str, Callable[[Iterable[dict[str, Any]], IO[Any]], int]] = {
        "tsv": _tsv,
        "json": _json_lines,
        "npz": _npz,
        "parquet": _parquet,
    }
    with Library.open(common.library_path) as library:
        rows = map(sample_fields, library.every_row())
        text = kind in ("tsv", "json")
        with (
            output(out, force=force, library=common.library_path, binary=not text) as file,
            as_text(file) if text else contextlib.nullcontext(file) as sink,
        ):
            count = writers[kind](rows, sink)
    _done(common, out, count)


@export.command()
@click.option("--format", "kind", type=click.Choice(["npz"]), default="npz")
@_out
@_force
@pass_common
def vectors(common: Common, kind: str, out: str, force: bool) -> None:  # noqa: ARG001 - one format so far
    """paths, vectors, xy, classes, class_p and onset_s as arrays, a row a sample that has a sound.

    The hits of a long file follow its own row, with its place and class.
    """
    with Library.open(common.library_path) as library:
        rows: list[SampleRow] = list(library.every_row())
        snapshot = library.snapshot()
        hits = library.all_slices()
    of = {int(sample): row for row, sample in enumerate(snapshot.ids)}
    assert snapshot.vectors is not None  # a full snapshot has them
    heard = np.isfinite(snapshot.vectors).all(axis=1) & (snapshot.vectors.shape[1] > 0)
    picked = [(row, of[row.id]) for row in rows if row.id in of and heard[of[row.id]]]
    at = np.array([index for _, index in picked], dtype=np.intp)
    onsets = np.array([row.onset_s for row, _ in picked], dtype=np.float32)
    order, vectors, onsets = _with_hits(at, snapshot.ids[at], snapshot.vectors[at], onsets, hits)
    with output(out, force=force, library=common.library_path) as file:
        np.savez(
            file,
            paths=np.array([os.fsdecode(row.path) for row, _ in picked], dtype=np.str_)[order],
            vectors=vectors,
            xy=snapshot.xy[at].astype(np.float32)[order],
            classes=np.array([row.class_name or "" for row, _ in picked], dtype=np.str_)[order],
            class_p=np.array([row.class_p or 0.0 for row, _ in picked], dtype=np.float32)[order],
            onset_s=onsets,
        )
    _done(common, out, len(picked))


def _with_hits(
    at: NDArray[np.intp], ids: NDArray[np.int64], vectors: FloatArray, onsets: FloatArray, hits: AllSlices
) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Which of the picked samples each row is about, its vector and its onset: hits after the file that they are in."""
    here = np.flatnonzero(np.isin(hits.samples, ids)) if len(hits) else np.zeros(0, dtype=np.intp)
    if not len(here):
        return np.arange(len(at)), vectors.astype(np.float32), onsets
    owner = np.searchsorted(ids, hits.samples[here])  # ids are rising
    order = np.argsort(np.concatenate((np.arange(len(at)), owner)), kind="stable")
    all_vectors = np.concatenate((vectors, hits.vectors[here])).astype(np.float32)
    all_onsets = np.concatenate((onsets, hits.onset_s[here].astype(np.float32)))
    return np.concatenate((np.arange(len(at)), owner))[order], all_vectors[order], all_onsets[order]


def _done(common: Common, out: str, count: int) -> None:
    if is_stream(out):  # the data stand there alone
        return
    path = os.path.abspath(out)
    Answer(common).row(
        {"path": path, "samples": count}, path=os.fsencode(path), text=f"{counted(count, 'sample')} in {path}"
    )


def _tsv(rows: Iterable[dict[str, Any]], file: IO[str]) -> int:
    """Tab-separated with a header; in texts backslash, tab and newline are written \\\\, \\t and \\n."""
    writer: Any = None
    count = 0
    for row in rows:
        count += 1
        row["tags"] = ",".join(row["tags"])
        if writer is None:
            writer = csv.DictWriter(
                file, list(row), dialect="excel-tab", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n"
            )
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return count


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).translate(_ESCAPES)


def _json_lines(rows: Iterable[dict[str, Any]], file: IO[str]) -> int:
    count = 0
    for row in rows:
        count += 1
        file.write(json.dumps(row, allow_nan=False) + "\n")
    return count


def _columns(rows: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for row in rows:
        row["tags"] = ",".join(row["tags"])
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return columns


def _npz(rows: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    """One array a field; numbers that are unknown are NaN, texts that are unknown empty."""
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
    whole = io.BytesIO()  # its writer wants to go back, which a pipe cannot
    pyarrow.parquet.write_table(pyarrow.table(columns), whole)
    file.write(whole.getbuffer())
    return len(columns.get("id", ()))
