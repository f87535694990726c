"""The samples that a verb is about: FILEs of the command line, or those that match a query."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import click

from tui_browser.cli.common import CommonOptions, complain
from tui_browser.cli.path_list import listed_paths
from tui_browser.errors import BrowserError
from tui_browser.library.library import Library
from tui_browser.records import SampleId, SampleRow

F = TypeVar("F", bound=Callable[..., object])

UNDO = "tui-browser annotations undo takes it back"


@dataclass(frozen=True, slots=True)
class ChosenSamples:
    """Samples in the order in which they were named, or the best match first."""

    rows: list[SampleRow]
    refused: int
    """Number of FILEs that are not in the library; each was named on standard error."""

    @property
    def ids(self) -> list[SampleId]:
        return [row.id for row in self.rows]

    def exit_if_refused(self) -> None:
        if self.refused:
            raise SystemExit(1)


def takes_files(command: F) -> F:
    """Add the arguments FILE... and the option --query."""
    query = click.option("--query", metavar="QUERY", help="The samples that match this query, instead of FILEs.")
    return click.argument("files", nargs=-1)(query(command))


def choose(common: CommonOptions, library: Library, files: Sequence[str], query: str | None) -> ChosenSamples:
    """The samples of `files` (`-` is a list of paths on standard input), or of `query`.

    Exits with 1 where there are none; raises a usage error unless exactly one of both is given.
    """
    if bool(files) == (query is not None):
        raise click.UsageError("name FILEs, or - for a list on standard input, or --query QUERY")
    if query is not None:
        chosen = ChosenSamples([row for row, _ in library.search(query)], 0)
        if not chosen.rows:
            if not common.quiet:
                complain("no sample matches")
            raise SystemExit(1)
        return chosen
    paths = _paths(files)
    known: dict[SampleId, None] = {}
    refused = 0
    for path, own in zip(paths, library.known_as(paths), strict=True):
        sample = library.id_of(own) if own is not None else None
        if sample is None:
            refused += 1
            hint = "tui-browser index FOLDER adds a folder" if os.path.lexists(path) else "is the name right?"
            complain(BrowserError("this file is not in the library", path=path, hint=hint))
        else:
            known[sample] = None
    chosen = ChosenSamples(library.rows_of(known), refused)
    if not chosen.rows:
        if not paths and not common.quiet:
            complain("the list on standard input is empty")
        raise SystemExit(1)
    return chosen


def _paths(files: Sequence[str]) -> list[bytes]:
    paths: list[bytes] = []
    for file in files:
        if file == "-":
            paths += listed_paths() or []
        else:
            paths.append(os.fsencode(os.path.abspath(file)))
    return paths
