"""Verb `export files`: copies samples, or their slices, to a folder with a manifest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import click

from tui_browser.cli.common import (
    AnswerWriter,
    CommonOptions,
    complain,
    exit_if_failed,
    json_line,
    pass_common,
    sample_fields,
)
from tui_browser.cli.hearing import hear
from tui_browser.cli.output import refuse_standard_output
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.folder.sample_path import link_refusal, refusal
from tui_browser.library.copy_folder import CopyFolder
from tui_browser.library.library import Library
from tui_browser.records import SampleRow, Slice


@click.command()
@click.argument("query")
@click.option("--out", required=True, metavar="FOLDER", help="Folder for the copies, created if needed.")
@click.option(
    "-n", "limit", type=click.IntRange(min=0), default=0, help="Copy at most this many, best match first; 0 copies all."
)
@click.option("--slices", is_flag=True, help="Copy each slice of a long file as a WAV instead of the file.")
@pass_common
def files(common: CommonOptions, query: str, out: str, limit: int, slices: bool) -> None:
    """Copy the samples that match QUERY to a folder, with a manifest, and with CREDITS.txt where authors are known.

    '' matches all samples. Nothing is overwritten.
    """
    refuse_standard_output(out, "the copies need a folder")
    target = os.fsencode(os.path.abspath(out))
    with Library.open(common.library_path, hear=hear) as library:
        rows = [row for row, _ in library.search(query, limit=limit)]
        roots = [root.path for root in library.roots()]
        slices_by_id = {row.id: library.slices(row.id) for row in rows} if slices else {}
    if not rows:
        if not common.quiet:
            complain("no sample matches")
        raise SystemExit(1)
    answer = AnswerWriter(common)
    with copy_errors(target):
        os.makedirs(target, exist_ok=True)
        copies = CopyFolder(target)
        errors: list[BrowserError] = []
        with copies.manifest() as manifest:
            for row in rows:
                try:
                    _refuse_strange(row.path, roots)
                    for fields in _copy(copies, row, slices_by_id.get(row.id, ())):
                        manifest.append(json_line(fields))
                        if row.credit is not None:
                            copies.credit(os.fsencode(fields["file"]), row.credit)
                        if common.json or common.null:
                            answer.row(fields, path=os.path.join(target, os.fsencode(fields["file"])))
                except BrowserError as error:
                    errors.append(error)
    answer.say(_summary(copies, target, len(errors)))
    warn_of_roots(target, roots)
    exit_if_failed(errors)


def _refuse_strange(path: bytes, roots: Sequence[bytes]) -> None:
    """Raise BrowserError for a row that a stranger may have written, of a file that is no sample."""
    if reason := refusal(path, roots) or link_refusal(path, roots):
        raise BrowserError(f"not copied: {reason}", path=path)


def _copy(copies: CopyFolder, row: SampleRow, slices: Sequence[Slice]) -> Iterator[dict[str, Any]]:
    """Copy a sample, or each of its slices; yields the manifest fields of each copy."""
    if not slices:
        yield {"file": os.fsdecode(copies.add(row.path)), **sample_fields(row)}
    for part in slices:
        name = copies.add_part(row.path, start_s=part.onset_s, length_s=part.length_s)
        yield {"file": os.fsdecode(name), "start_s": part.onset_s, "length_s": part.length_s, **sample_fields(row)}


@contextlib.contextmanager
def copy_errors(target: bytes) -> Iterator[None]:
    """Turn an error of the file system into a BrowserError that names the folder."""
    try:
        yield
    except BrokenPipeError:  # the reader of the list closed it
        raise
    except OSError as error:
        raise BrowserError(f"the copies could not be written: {error.strerror}", path=target) from error


def _summary(copies: CopyFolder, target: bytes, failed: int) -> str:
    failures = f", {counted(failed, 'sample')} could not be read" if failed else ""
    return f"{counted(copies.count, 'sample')} copied ({copies.size / 1e6:,.1f} MB) into {printable(target)}{failures}"


def warn_of_roots(target: bytes, roots: Sequence[bytes]) -> None:
    """Say so if the folder is in the library, where what is written becomes part of it."""
    if any(target == root or target.startswith(root.rstrip(b"/") + b"/") for root in roots):
        complain(f"this folder is in the library, so that the copies become samples too: {printable(target)}")
