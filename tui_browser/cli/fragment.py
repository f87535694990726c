"""export fragment: parts of files as WAVs of their own, bit by bit the samples of the file."""

from __future__ import annotations

import os
import shutil
import tempfile

import click

from tui_browser.audio.fragment import cut
from tui_browser.cli.common import Answer, Common, pass_common
from tui_browser.cli.files import trouble
from tui_browser.cli.number import SECONDS
from tui_browser.cli.output import is_stream, refuse_standard_output, stream
from tui_browser.errors import BrowserError, printable
from tui_browser.library.copies import Copies
from tui_browser.library.door import Library
from tui_browser.records import Slice


@click.command()
@click.argument("file")
@click.option("--start", type=SECONDS, default=0.0, show_default=True, help="Where it begins, in seconds.")
@click.option("--length", type=SECONDS, help="How long it is, in seconds (default: to the end).")
@click.option("--slices", is_flag=True, help="Each hit of a long FILE that the library has, instead.")
@click.option(
    "--out", required=True, metavar="FOLDER", help="Where it goes, made when it is not there; - is standard output."
)
@pass_common
def fragment(common: Common, file: str, start: float, length: float | None, slices: bool, out: str) -> None:
    """A part of FILE as a WAV: the same samples, rate and channels; nothing is overwritten."""
    if slices and (start or length is not None):
        raise click.UsageError("either --slices, or --start and --length")
    source = os.fsencode(os.path.abspath(file))
    if is_stream(out):
        if slices:
            refuse_standard_output(out, "the slices need a folder")
        _stream(source, out, start_s=start, length_s=length)
        return
    parts: list[Slice | None] = [None]
    if slices:
        parts = [*hits(common, source)]
    target = os.fsencode(os.path.abspath(out))
    answer = Answer(common)
    with trouble(target):
        os.makedirs(target, exist_ok=True)
        copies = Copies(target)
        for part in parts:
            start_s, length_s = (start, length) if part is None else (part.onset_s, part.length_s)
            path = os.path.join(target, copies.add_part(source, start_s=start_s, length_s=length_s))
            fields = {"file": os.fsdecode(path), "path": os.fsdecode(source), "start_s": start_s, "length_s": length_s}
            answer.row(fields, path=path, text=printable(path))


def _stream(source: bytes, out: str, *, start_s: float, length_s: float | None) -> None:
    """Cut into a file of nobody first: a WAV tells its length at its beginning, and a stream does not go back."""
    with stream(out, binary=True) as sink, tempfile.TemporaryFile() as whole:
        cut(source, whole, start_s=start_s, length_s=length_s)
        whole.seek(0)
        shutil.copyfileobj(whole, sink)


def hits(common: Common, source: bytes) -> list[Slice]:
    """The slices of a file of the library; raises BrowserError where there are none."""
    with Library.open(common.library_path) as library:
        sample = library.id_of(library.known_as([source])[0] or source)
        if sample is None:
            raise BrowserError("not in the library", path=source, hint="--start and --length cut any file")
        found = library.slices(sample)
    if not found:
        raise BrowserError("this file has no separate hits", path=source, hint="--start and --length cut it")
    return found
