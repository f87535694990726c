"""Verbs `pick` and `locate`: the app as part of another program."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from tui_browser.cli.common import (
    AnswerWriter,
    CommonOptions,
    complain,
    control_option,
    exit_if_failed,
    pass_common,
    player_option,
    sample_fields,
)
from tui_browser.cli.path_list import listed_paths
from tui_browser.config.saved_searches import saved_searches
from tui_browser.errors import BrowserError
from tui_browser.library.library import Library
from tui_browser.search.query import parse_strict


@click.command()
@click.argument("query", required=False, default="")
@pass_common
def pick(common: CommonOptions, query: str) -> None:
    """Choose samples in the app and print their paths.

    Enter chooses, x selects several. QUERY is searched first. With a list of paths on standard input, one per line
    or each ended by NUL, the map shows only these. Exit codes: 0 chosen, 1 no match, 130 cancelled.
    """
    from tui_browser.cli.app import open_with
    from tui_browser.ui.launch_options import LaunchOptions

    listed = listed_paths()
    with Library.open(common.library_path) as library:
        if not len(library):
            hint = "tui-browser index FOLDER fills it"
            raise BrowserError("the library is empty", path=common.library_path, hint=hint)
        parse_strict(query, classes=library.class_names, saved=saved_searches() if "@" in query else {})
        if listed is not None:
            listed = _known(library, listed, quiet=common.quiet)
    options = LaunchOptions(query=query, pick=True)
    code = open_with(common, options, among=listed)
    if code == 1 and not common.quiet:
        complain("no sample matches")
    if code == 0:
        _print(common, options.chosen)
    raise SystemExit(code)


@click.command()
@click.argument("files", nargs=-1, required=True)
@pass_common
def locate(common: CommonOptions, files: tuple[str, ...]) -> None:
    """Open the app with FILEs on the map.

    They need not be in the library.
    """
    from tui_browser.cli.app import open_with
    from tui_browser.ui.launch_options import LaunchOptions

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
    exit_if_failed(errors)
    with Library.open(common.library_path) as library:
        paths = [known or path for known, path in zip(library.known_as(paths), paths, strict=True)]
    raise SystemExit(open_with(common, LaunchOptions(guests=tuple(paths))))


def _known(library: Library, listed: Sequence[bytes], *, quiet: bool) -> list[bytes]:
    """The listed files that are in the library, by the paths it has; exits with 1 if there are none."""
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


def _print(common: CommonOptions, chosen: Sequence[bytes]) -> None:
    answer = AnswerWriter(common)
    with Library.open(common.library_path) as library:
        for path in chosen:
            sample = library.id_of(path) if common.json else None
            row = library.sample(sample) if sample is not None else None
            answer.row(sample_fields(row) if row is not None else {"path": os.fsdecode(path)}, path=path)


for _verb in (pick, locate):
    _verb.params += [player_option(), control_option()]
