"""export fragment: parts of files as WAVs of their own, bit by bit the samples of the file."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.cli.files import trouble
from tui_browser.errors import BrowserError, printable
from tui_browser.library.copy_folder import CopyFolder
from tui_browser.library.library import Library
from tui_browser.records import Slice

_SECONDS = click.FloatRange(min=0, max=1e9)


@click.command()
@click.argument("file")
@click.option("--start", type=_SECONDS, default=0.0, show_default=True, help="Where it begins, in seconds.")
@click.option("--length", type=_SECONDS, help="How long it is, in seconds (default: to the end).")
@click.option("--slices", is_flag=True, help="Each hit of a long FILE that the library has, instead.")
@click.option("--out", required=True, metavar="FOLDER", help="Where it goes; made when it is not there.")
@pass_common
def fragment(common: CommonOptions, file: str, start: float, length: float | None, slices: bool, out: str) -> None:
    """A part of FILE as a WAV: the same samples, rate and channels; nothing is overwritten."""
    if slices and (start or length is not None):
        raise click.UsageError("either --slices, or --start and --length")
    source = os.fsencode(os.path.abspath(file))
    parts: list[Slice | None] = [None]
    if slices:
        parts = [*hits(common, source)]
    target = os.fsencode(os.path.abspath(out))
    answer = AnswerWriter(common)
    with trouble(target):
        os.makedirs(target, exist_ok=True)
        copies = CopyFolder(target)
        for part in parts:
            start_s, length_s = (start, length) if part is None else (part.onset_s, part.length_s)
            path = os.path.join(target, copies.add_part(source, start_s=start_s, length_s=length_s))
            fields = {"file": os.fsdecode(path), "path": os.fsdecode(source), "start_s": start_s, "length_s": length_s}
            answer.row(fields, path=path, text=printable(path))


def hits(common: CommonOptions, source: bytes) -> list[Slice]:
    """The slices of a file of the library; raises BrowserError where there are none."""
    with Library.open(common.library_path) as library:
        sample = library.id_of(source)
        if sample is None:
            raise BrowserError("not in the library", path=source, hint="--start and --length cut any file")
        found = library.slices(sample)
    if not found:
        raise BrowserError("the whole is one sound, without slices", path=source, hint="--start and --length cut it")
    return found
