"""add, forget, roots: the folders of the library."""

from __future__ import annotations

import os

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, refused
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.folder.presence import present
from tui_browser.library.door import Library, change
from tui_browser.records import Root


def _fields(root: Root) -> dict[str, object]:
    return {"path": os.fsdecode(root.path), "present": root.present, "samples": root.samples}


def folder_bytes(folder: str) -> bytes:
    """The folder as the library names it; raises BrowserError when it is none."""
    path = os.path.abspath(folder)
    (there,) = present([os.fsencode(path)])
    if there is None:
        raise BrowserError("a root that does not answer", path=path, hint="its drive hangs; try again when it is back")
    if not there:
        what = "is not a folder" if os.path.exists(folder) else "does not exist"
        raise BrowserError(f"a root that {what}", path=path)
    return os.fsencode(path)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@pass_common
def add(common: Common, folders: tuple[str, ...]) -> None:
    """Add FOLDERs to the library; `index` then reads them."""
    paths, errors = [], []
    for folder in folders:
        try:
            paths.append(folder_bytes(folder))
        except BrowserError as error:
            errors.append(error)
    answer = Answer(common)
    if paths:
        with change(common.library_path) as store:
            for path in paths:
                store.add_root(path)
        with Library.open(common.library_path) as library:
            for root in library.roots():
                if root.path in paths:
                    answer.row(_fields(root), path=root.path, text=f"added {printable(root.path)}")
    refused(errors)


@click.command()
@click.argument("folder")
@pass_common
def forget(common: Common, folder: str) -> None:
    """Drop a root and its samples from the library, or what is missing below a folder; the disk is not touched."""
    path = os.fsencode(os.path.abspath(folder))
    with Library.open(common.library_path) as library:
        known = {root.path for root in library.roots()}
    is_root = path in known
    if not is_root and not any(path.startswith(root.rstrip(b"/") + b"/") for root in known):
        raise BrowserError("not a root of this library", path=path, hint="tui-browser roots lists them")
    with change(common.library_path) as store:
        dropped = store.forget_root(path) if is_root else store.forget_missing(path)
    if not is_root and not dropped:
        raise BrowserError("no sample is missing below this folder", path=path, hint="what is there is kept")
    which = (
        f"{printable(path)} and its {counted(dropped, 'sample')}"
        if is_root
        else f"{counted(dropped, 'missing sample')} below {printable(path)}"
    )
    fields = {"path": os.fsdecode(path), "samples": dropped}
    Answer(common).row(fields, path=path, text=f"forgot {which}")


@click.command()
@pass_common
def roots(common: Common) -> None:
    """List the library's roots, whether each is there, and how many samples it holds."""
    answer = Answer(common)
    with Library.open(common.library_path) as library:
        found = library.roots()
    for root in found:
        state = "does not answer" if root.present is None else "present" if root.present else "absent"
        text = f"{printable(root.path)}\t{state}\t{counted(root.samples, 'sample')}"
        answer.row(_fields(root), path=root.path, text=text)
    if not found and not common.json and not common.null:
        complain("the library has no roots yet (tui-browser add FOLDER)")
