"""Verb `export fragment`: copies part of a file to a WAV, sample by sample."""

from __future__ import annotations

import os
import shutil
import tempfile

import click

from tui_browser.audio.fragment import cut
from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.cli.files import copy_errors
from tui_browser.cli.numbers import SECONDS
from tui_browser.cli.output import is_stream, open_stream, refuse_standard_output
from tui_browser.errors import BrowserError, printable
from tui_browser.library.copy_folder import CopyFolder
from tui_browser.library.library import Library
from tui_browser.records import Slice


@click.command()
@click.argument("file")
@click.option("--start", type=SECONDS, default=0.0, show_default=True, help="Start, in seconds.")
@click.option("--length", type=SECONDS, help="Length, in seconds (default: to the end).")
@click.option("--slices", is_flag=True, help="Copy each slice of a long FILE of the library instead.")
@click.option(
    "--out", required=True, metavar="FOLDER", help="Folder for the WAV, created if needed; - is standard output."
)
@pass_common
def fragment(common: CommonOptions, file: str, start: float, length: float | None, slices: bool, out: str) -> None:
    """Copy part of FILE to a WAV with the same samples, rate and channels. Nothing is overwritten."""
    if slices and (start or length is not None):
        raise click.UsageError("--slices excludes --start and --length")
    source = os.fsencode(os.path.abspath(file))
    if is_stream(out):
        if slices:
            refuse_standard_output(out, "the slices need a folder")
        _write_to_stream(source, out, start_s=start, length_s=length)
        return
    parts: list[Slice | None] = [None]
    if slices:
        parts = [*slices_in_library(common, source)]
    target = os.fsencode(os.path.abspath(out))
    answer = AnswerWriter(common)
    with copy_errors(target):
        os.makedirs(target, exist_ok=True)
        copies = CopyFolder(target)
        for part in parts:
            start_s, length_s = (start, length) if part is None else (part.onset_s, part.length_s)
            path = os.path.join(target, copies.add_part(source, start_s=start_s, length_s=length_s))
            fields = {"file": os.fsdecode(path), "path": os.fsdecode(source), "start_s": start_s, "length_s": length_s}
            answer.row(fields, path=path, text=printable(path))


def _write_to_stream(source: bytes, out: str, *, start_s: float, length_s: float | None) -> None:
    """Write to a stream by way of a temporary file, as the header of a WAV needs its length."""
    with open_stream(out, binary=True) as sink, tempfile.TemporaryFile() as copy:
        cut(source, copy, start_s=start_s, length_s=length_s)
        copy.seek(0)
        shutil.copyfileobj(copy, sink)


def slices_in_library(common: CommonOptions, source: bytes) -> list[Slice]:
    """The slices of a file of the library; raises BrowserError if there are none."""
    with Library.open(common.library_path) as library:
        sample = library.id_of(library.known_as([source])[0] or source)
        if sample is None:
            raise BrowserError("not in the library", path=source, hint="--start and --length cut any file")
        slices = library.slices(sample)
    if not slices:
        raise BrowserError("this file has no slices", path=source, hint="--start and --length cut it")
    return slices
