"""export files: the found samples themselves, or their hits, copied into a folder, with a manifest."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, refused, sample_fields
from tui_browser.cli.output import refuse_standard_output
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.copies import Copies
from tui_browser.library.door import Library
from tui_browser.records import SampleRow, Slice


@click.command()
@click.argument("query")
@click.option("--out", required=True, metavar="FOLDER", help="Where the copies go; made when it is not there.")
@click.option("-n", "limit", type=click.IntRange(min=0), default=0, help="At most so many, best first; 0 is no limit.")
@click.option("--slices", is_flag=True, help="Of a long file each hit as a WAV of its own in place of the whole.")
@pass_common
def files(common: Common, query: str, out: str, limit: int, slices: bool) -> None:
    """Copies of all samples that match QUERY ('' is everything), nothing overwritten, with a manifest."""
    refuse_standard_output(out, "the copies need a folder")
    target = os.fsencode(os.path.abspath(out))
    with Library.open(common.library_path) as library:
        rows = [row for row, _ in library.search(query, limit=limit)]
        roots = [root.path for root in library.roots()]
        hits = {row.id: library.slices(row.id) for row in rows} if slices else {}
    if not rows:
        if not common.quiet:
            complain("no sample matches")
        raise SystemExit(1)
    answer = Answer(common)
    with trouble(target):
        os.makedirs(target, exist_ok=True)
        copies = Copies(target)
        errors: list[BrowserError] = []
        with copies.manifest() as manifest:
            for row in rows:
                try:
                    for fields in _copied(copies, row, hits.get(row.id, ())):
                        manifest.append(json.dumps(fields, allow_nan=False))
                        if common.json or common.null:
                            answer.row(fields, path=os.path.join(target, os.fsencode(fields["file"])))
                except BrowserError as error:
                    errors.append(error)
    answer.say(_summary(copies, target, len(errors)))
    _warn_of_roots(target, roots)
    refused(errors)


def _copied(copies: Copies, row: SampleRow, hits: Sequence[Slice]) -> Iterator[dict[str, Any]]:
    """A sample, or each of its hits, copied; a line of the manifest for each."""
    if not hits:
        yield {"file": os.fsdecode(copies.add(row.path)), **sample_fields(row)}
    for hit in hits:
        name = copies.add_part(row.path, start_s=hit.onset_s, length_s=hit.length_s)
        yield {"file": os.fsdecode(name), "start_s": hit.onset_s, "length_s": hit.length_s, **sample_fields(row)}


@contextlib.contextmanager
def trouble(target: bytes) -> Iterator[None]:
    """Says of an error of the file system that the copies could not be written there."""
    try:
        yield
    except BrokenPipeError:  # whoever read the list of copies has enough
        raise
    except OSError as error:
        raise BrowserError(f"the copies could not be written: {error.strerror}", path=target) from error


def _summary(copies: Copies, target: bytes, failed: int) -> str:
    lost = f", {counted(failed, 'sample')} could not be read" if failed else ""
    return f"{counted(copies.count, 'sample')} copied ({copies.size / 1e6:,.1f} MB) into {printable(target)}{lost}"


def _warn_of_roots(target: bytes, roots: list[bytes]) -> None:
    if any(target == root or target.startswith(root.rstrip(b"/") + b"/") for root in roots):
        complain(f"this folder is in the library, so the copies become samples too: {printable(target)}")
