"""pick, locate: the app on the terminal as a part of something else."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, player_option, refused, sample_fields
from tui_browser.cli.listing import listed_paths
from tui_browser.errors import BrowserError
from tui_browser.library.door import Library
from tui_browser.search.query import understand


@click.command()
@click.argument("query", required=False, default="")
@pass_common
def pick(common: Common, query: str) -> None:
    """Choose in the app (enter; x takes several) and print the path(s); QUERY is searched for first.

    A list of paths on standard input, one a line or each ended by NUL, is what there is to choose among. Exit codes:
    0 chosen, 1 nothing matched, 130 cancelled.
    """
    from tui_browser.cli.app import open_for
    from tui_browser.ui.errand import Errand

    listed = listed_paths()
    with Library.open(common.library_path) as library:
        if not len(library):
            hint = "tui-browser index FOLDER fills it"
            raise BrowserError("the library is empty", path=common.library_path, hint=hint)
        understand(query, classes=library.class_names)
        if listed is not None:
            listed = _known(library, listed, quiet=common.quiet)
    errand = Errand(query=query, pick=True)
    code = open_for(common, errand, among=listed)
    if code == 1 and not common.quiet:
        complain("no sample matches")
    if code == 0:
        _print(common, errand.chosen)
    raise SystemExit(code)


@click.command()
@click.argument("files", nargs=-1, required=True)
@pass_common
def locate(common: Common, files: tuple[str, ...]) -> None:
    """Open the app with FILE on the map: where it is, or, not being in the library, where it would be."""
    from tui_browser.cli.app import open_for
    from tui_browser.ui.errand import Errand

    paths: list[bytes] = []
    errors: list[BrowserError] = []
    for file in files:
        path = os.path.abspath(file)
        if os.path.isfile(path):
            paths.append(os.fsencode(path))
        elif os.path.isdir(path):
            errors.append(BrowserError("this is a folder, not a file", path=path, hint="tui-browser FOLDER opens it"))
        else:
            errors.append(BrowserError("this file does not exist", path=path))
    refused(errors)
    with Library.open(common.library_path) as library:
        paths = [name or path for name, path in zip(library.known_as(paths), paths, strict=True)]
    raise SystemExit(open_for(common, Errand(guests=tuple(paths))))


def _known(library: Library, listed: Sequence[bytes], *, quiet: bool) -> list[bytes]:
    """The listed files that the library has, as it calls them; leaves with 1 where there are none."""
    names = library.known_as(listed)
    known = [name for name in names if name is not None]
    if len(known) < len(listed) or not known:
        if not quiet:
            missing = len(listed) - len(known)
            hint = "; tui-browser index FOLDER adds them" if missing else ""
            complain(f"{missing:,} of {len(listed):,} listed files are not in the library{hint}")
        if not known:
            raise SystemExit(1)
    return known


def _print(common: Common, chosen: Sequence[bytes]) -> None:
    answer = Answer(common)
    with Library.open(common.library_path) as library:
        for path in chosen:
            sample = library.id_of(path) if common.json else None
            row = library.sample(sample) if sample is not None else None
            answer.row(sample_fields(row) if row is not None else {"path": os.fsdecode(path)}, path=path)


for _verb in (pick, locate):
    _verb.params.append(player_option())
