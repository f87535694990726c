"""Verb `collect`: named, ordered lists of samples."""

from __future__ import annotations

import os

import click

from tui_browser.cli.annotation_answer import annotate
from tui_browser.cli.chosen_samples import UNDO, choose, takes_files
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common
from tui_browser.cli.hearing import hear
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.library.library import Library, open_for_writing
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.records import SampleCollection


@click.group()
def collect() -> None:
    """Collect samples in named lists that keep their order.

    `in:NAME` in a query finds what a collection holds.
    """


@collect.command("add")
@click.argument("name")
@click.option("--at", "place", type=click.IntRange(min=1), metavar="N", help="As number N, not at the end.")
@takes_files
@pass_common
def add_samples(common: CommonOptions, name: str, place: int | None, files: tuple[str, ...], query: str | None) -> None:
    """Add FILEs to the collection NAME, which is made where there is none.

    A sample that it has already is not added again; with --at it is moved.
    """
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)

    change = AnnotationChange(collect={name: CollectedSamples(chosen.ids, place)})
    _save(common, name, change, run=f"collect add {printable(name)}")
    chosen.exit_if_refused()


@collect.command("remove")
@click.argument("name")
@takes_files
@pass_common
def remove_samples(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """Take FILEs out of the collection NAME."""
    with Library.open(common.library_path, hear=hear) as library:
        _known(library, name)
        chosen = choose(common, library, files, query)
    change = AnnotationChange(uncollect={name: chosen.ids})
    _save(common, name, change, run=f"collect remove {printable(name)}")
    chosen.exit_if_refused()


@collect.command("list")
@pass_common
def list_collections(common: CommonOptions) -> None:
    """List the collections and how many samples each has."""
    answer = AnswerWriter(common)
    with Library.open(common.library_path, hear=hear) as library:
        collections = library.collections()
    for each in collections:
        fields = {"name": each.name, "kind": each.kind, "samples": each.items, "absent": each.absent}
        absent = f"\t{each.absent:,} not in the library now" if each.absent else ""
        answer.row(fields, text=f"{each.items:,}\t{answer.shown(each.name)}{absent}")
    if not collections:
        if not common.quiet:
            complain("there is no collection yet (tui-browser collect add NAME FILE... makes one)")
        raise SystemExit(1)


@collect.command("show")
@click.argument("name")
@takes_files
@pass_common
def show_collection(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """List the samples of the collection NAME in order, of FILEs where any are named.

    Those that are not in the library now are named on standard error; --json lists them too.
    """
    answer = AnswerWriter(common)
    with Library.open(common.library_path, hear=hear) as library:
        collection = _known(library, name)
        chosen = choose(common, library, files, query) if files or query is not None else None
    any_row = False
    for place, item in enumerate(collection.items, start=1):
        if chosen is not None and item.sample not in chosen.ids:
            continue
        any_row = True
        if item.sample is None and not common.json:
            complain(BrowserError("this sound is not in the library now", path=item.path))
            continue
        fields = {
            "place": place,
            "id": item.sample,
            "path": os.fsdecode(item.path),
            "content_hash": item.content_hash,
            "data": dict(item.data),
        }
        answer.row(fields, path=item.path)
    if not any_row and not common.quiet:
        complain(f"the collection {printable(collection.name)} has none of these" if chosen else "it is empty")
    if not any_row or (chosen is not None and chosen.refused):
        raise SystemExit(1)


@collect.command("rename")
@click.argument("name")
@click.argument("new_name", metavar="NEW")
@pass_common
def rename_collection(common: CommonOptions, name: str, new_name: str) -> None:
    """Give the collection NAME the name NEW."""
    with Library.open(common.library_path, hear=hear) as library:
        earlier = _known(library, name)
    annotate(common, AnnotationChange(rename={earlier.name: new_name}), run=f"collect rename {printable(name)}")
    AnswerWriter(common).say(f"{printable(earlier.name)} is {printable(new_name.strip())} now ({UNDO})")


@collect.command("delete")
@click.argument("name")
@pass_common
def delete_collection(common: CommonOptions, name: str) -> None:
    """Delete the collection NAME; its samples stay in the library."""
    with Library.open(common.library_path, hear=hear) as library:
        earlier = _known(library, name)
    annotate(common, AnnotationChange(collections={earlier.name: None}), run=f"collect delete {printable(name)}")
    AnswerWriter(common).say(f"{printable(earlier.name)} is deleted ({UNDO})")


def _known(library: Library, name: str) -> SampleCollection:
    collection = library.collection(name)
    if collection is None:
        raise BrowserError(f"there is no collection {printable(name)}", hint="tui-browser collect list shows all")
    return collection


def _save(common: CommonOptions, name: str, change: AnnotationChange, *, run: str) -> None:
    """Change a collection and tell what came of it."""
    with open_for_writing(common.library_path) as store:
        earlier = store.collection(name)
        store.annotate(change, run=run)
        collection = store.collection(name)
    assert collection is not None  # it was made, or was there
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"name": collection.name, "samples": len(collection.items)})
    grown = len(collection.items) - (0 if earlier is None else len(earlier.items))
    told = f"{counted(abs(grown), 'sample')} {'more' if grown > 0 else 'fewer'}" if grown else "no more and no fewer"
    answer.say(f"{printable(collection.name)}: {told}, {counted(len(collection.items), 'sample')} in all ({UNDO})")
