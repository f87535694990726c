"""Verbs `add`, `forget` and `roots`."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, exit_if_failed, pass_common
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.folder.presence import folders_present
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import Root

_PATIENCE_S = 5.0
"""Time limit for a drive to answer: one that was asleep needs some seconds to wake."""


def _fields(root: Root) -> dict[str, object]:
    return {"path": os.fsdecode(root.path), "present": root.present, "samples": root.samples}


def folder_path(folder: str) -> bytes:
    """The absolute path of a folder that can be reached; raises BrowserError."""
    path = os.path.abspath(folder)
    (is_present,) = folders_present([os.fsencode(path)], within_s=_PATIENCE_S)
    if is_present is None:
        raise BrowserError("the folder does not respond", path=path, hint="its drive hangs; try again later")
    if not is_present:
        raise BrowserError("not a folder" if os.path.exists(folder) else "the folder does not exist", path=path)
    return os.fsencode(path)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@pass_common
def add(common: CommonOptions, folders: tuple[str, ...]) -> None:
    """Add folders to the library; `index` then reads them."""
    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_path(folder))
        except BrowserError as error:
            errors.append(error)
    answer = AnswerWriter(common)
    if paths:
        with open_for_writing(common.library_path) as store:
            for path in paths:
                store.add_root(path)
        with Library.open(common.library_path) as library:
            for root in library.roots():
                if root.path in paths:
                    answer.row(_fields(root), path=root.path, text=f"added {printable(root.path)}")
    exit_if_failed(errors)


@click.command()
@click.argument("folder")
@pass_common
def forget(common: CommonOptions, folder: str) -> None:
    """Remove a folder and its samples from the library.

    No file on disk is touched. For a FOLDER inside one of the library's folders, only missing samples are removed.
    """
    path = os.fsencode(os.path.abspath(folder))
    with Library.open(common.library_path) as library:
        known = {root.path for root in library.roots()}
    is_root = path in known
    if not is_root and not any(path.startswith(root.rstrip(b"/") + b"/") for root in known):
        raise BrowserError("not a folder of this library", path=path, hint="tui-browser roots lists them")
    with open_for_writing(common.library_path) as store:
        dropped = store.forget_root(path) if is_root else store.forget_missing(path)
    if not is_root and not dropped:
        raise BrowserError(
            "no sample below this folder is missing", path=path, hint="only missing samples are removed here"
        )
    removed = (
        f"{printable(path)} and its {counted(dropped, 'sample')}"
        if is_root
        else f"{counted(dropped, 'missing sample')} below {printable(path)}"
    )
    fields = {"path": os.fsdecode(path), "samples": dropped}
    AnswerWriter(common).row(fields, path=path, text=f"forgot {removed}")


@click.command()
@pass_common
def roots(common: CommonOptions) -> None:
    """List the folders of the library, with their state and sample counts."""
    answer = AnswerWriter(common)
    with Library.open(common.library_path) as library:
        all_roots = library.roots()
    for root in all_roots:
        state = "does not respond" if root.present is None else "present" if root.present else "absent"
        text = f"{printable(root.path)}\t{state}\t{counted(root.samples, 'sample')}"
        answer.row(_fields(root), path=root.path, text=text)
    if not all_roots and not common.json and not common.null:
        complain("the library has no folders yet (tui-browser add FOLDER)")
