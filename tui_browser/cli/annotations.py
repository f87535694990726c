"""Verb `annotations`: all that a person said about samples, as one file; and undo."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import click

from tui_browser.cli.annotation_sidecars import export_sidecars, read_sidecars
from tui_browser.cli.chosen_samples import UNDO
from tui_browser.cli.common import AnswerWriter, CommonOptions, exit_if_failed, json_line, pass_common
from tui_browser.cli.output import is_stream, open_output
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.library import open_for_writing
from tui_browser.store.store import Store

if TYPE_CHECKING:
    from tui_browser.library.annotation_file import Line


@click.group("annotations")
def annotations_() -> None:
    """Write all that was said about samples to a file, read it into a library, or take the last run back."""


@annotations_.command("export")
@click.option("--out", metavar="PATH", help="The file; - is standard output. With --sidecars a folder.")
@click.option("--sidecars", is_flag=True, help="A file for each sample: beside it, or below the folder of --out.")
@click.option("--force", is_flag=True, help="Replace existing files; with --sidecars only such that are ours.")
@pass_common
def export_annotations(common: CommonOptions, out: str | None, sidecars: bool, force: bool) -> None:
    """Write annotations and collections as JSON lines, keyed by content hash and path.

    With --sidecars each sample that has any gets `NAME.annotations.json`; files that are not ours are left alone.
    """
    if sidecars:
        export_sidecars(common, None if out is None else os.fsencode(os.path.abspath(out)), force=force)
    elif out is None:
        raise click.UsageError("name a file with --out, or give --sidecars")
    else:
        _export_file(common, out, force=force)


def _export_file(common: CommonOptions, out: str, *, force: bool) -> None:
    from tui_browser.library.annotation_file import exported

    count = -1  # the first line names the format
    with (
        Store.open(common.library_path) as store,
        open_output(out, force=force, library=common.library_path, binary=False) as file,
    ):
        for fields in exported(store):
            file.write(json_line(fields).encode("ascii") + b"\n")
            count += 1
    if is_stream(out):
        return
    path = os.path.abspath(out)
    text = f"{counted(count, 'line')} about samples and collections in {printable(path)}"
    AnswerWriter(common).row({"path": path, "lines": count}, path=os.fsencode(path), text=text)


@annotations_.command("import")
@click.argument("file", required=False)
@click.option("--sidecars", is_flag=True, help="Read the sidecars of all folders of the library.")
@click.option("--replace", is_flag=True, help="Ratings, notes, classes and collections of FILE replace yours.")
@click.option("--dry-run", is_flag=True, help="Only say what would be read.")
@pass_common
def import_annotations(common: CommonOptions, file: str | None, sidecars: bool, replace: bool, dry_run: bool) -> None:
    """Read annotations that `annotations export` wrote; - is standard input, a folder is searched for sidecars.

    Samples are found by their sound, wherever they lie now, then by their path. What is said of sounds that the library
    has not is kept for when they come.
    """
    from tui_browser.library.annotation_import import plan_import

    if (file is None) != sidecars:
        raise click.UsageError("name a FILE or a folder, or give --sidecars for those of the library")
    results = _results(common, file)
    errors = [each for each in results if isinstance(each, BrowserError)]
    lines = [each for each in results if not isinstance(each, BrowserError)]
    with open_for_writing(common.library_path) as store:
        plan = plan_import(store, lines, replace_own=replace)
        if not dry_run:
            store.annotate(plan.change, run="annotations import")
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"samples": plan.samples, "waiting": plan.waiting, "collections": plan.collections})
    answer.say(
        f"{'would read' if dry_run else 'read'} what is said of {counted(plan.samples, 'sample')}, of "
        f"{counted(plan.waiting, 'sound')} that the library has not, and {counted(plan.collections, 'collection')}"
        + ("" if dry_run else f" ({UNDO})")
    )
    exit_if_failed(errors)


def _results(common: CommonOptions, file: str | None) -> list[Line | BrowserError]:
    """What a file says, or the sidecars of a folder, or those of all folders of the library."""
    from tui_browser.library.annotation_file import parsed

    if file is None:
        with Store.open(common.library_path) as store:
            return read_sidecars([root.path for root in store.roots()], common.library_path)
    if file != "-" and os.path.isdir(file):
        return read_sidecars([os.fsencode(os.path.abspath(file))], os.path.abspath(file))
    source = "standard input" if file == "-" else os.path.abspath(file)
    with _opened(file, source) as stream:
        return list(parsed(stream, source=source))


@contextlib.contextmanager
def _opened(file: str, source: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(file, "rb") as stream:
            yield stream
    except OSError as error:
        raise BrowserError(f"cannot be read: {error.strerror}", path=source) from error


@annotations_.command()
@pass_common
def undo(common: CommonOptions) -> None:
    """Take back the last run of `tag`, `collect`, `class`, `rate`, `note`, `hide` or `annotations import`."""
    with open_for_writing(common.library_path) as store:
        taken = store.take_back()
    if taken is None:
        raise BrowserError("there is nothing to take back", path=common.library_path)
    run, back = taken
    samples, collections = len(back.samples), len(back.collections)
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"undone": run, "samples": samples, "collections": collections})
    parts = [counted(samples, "sample")] if samples else []
    parts += [counted(collections, "collection")] if collections else []
    answer.say(f"taken back: {run}, of {' and '.join(parts)}" if parts else f"taken back: {run}")
