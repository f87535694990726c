"""Verb `tag`: add, remove and list tags."""

from __future__ import annotations

import click

from tui_browser.cli.annotation_answer import annotate, tell
from tui_browser.cli.chosen_samples import choose, takes_files
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common, sample_fields
from tui_browser.cli.hearing import hear
from tui_browser.errors import printable
from tui_browser.library.library import Library
from tui_browser.records import SampleId
from tui_browser.search.tag_counts import tag_counts
from tui_browser.store.annotation_changes import AnnotationChange


@click.group()
def tag() -> None:
    """Tag samples, and see which tags there are.

    Tags are the same in any case: `tag add dark` leaves a sample alone that has the tag Dark.
    """


@tag.command("add")
@click.argument("name", metavar="TAG")
@takes_files
@pass_common
def add_tag(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """Give FILEs the tag TAG."""
    name = _cleaned(name)
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    lacking = [row.id for row in chosen.rows if not any(_same(name, own) for own in row.tags)]
    changed = annotate(common, AnnotationChange(add_tags={name: lacking}), run=f"tag add {printable(name)}")
    tell(common, changed, f"tag {printable(name)} given")
    chosen.exit_if_refused()


@tag.command("remove")
@click.argument("name", metavar="TAG")
@takes_files
@pass_common
def remove_tag(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """Take the tag TAG from FILEs."""
    name = _cleaned(name)
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    spelled: dict[str, list[SampleId]] = {}
    for row in chosen.rows:
        for own in row.tags:
            if _same(name, own):
                spelled.setdefault(own, []).append(row.id)
    changed = annotate(common, AnnotationChange(remove_tags=spelled), run=f"tag remove {printable(name)}")
    tell(common, changed, f"tag {printable(name)} taken away")
    chosen.exit_if_refused()


@tag.command("list")
@click.argument("name", metavar="[TAG]", default="")
@takes_files
@pass_common
def list_tags(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """List all tags with their numbers of samples; with TAG the samples that have it, of FILEs where any are named."""
    answer = AnswerWriter(common)
    refused = 0
    any_row = False
    with Library.open(common.library_path, hear=hear) as library:
        if not name:
            for own, samples in tag_counts(library.snapshot(vectors=False).tags.values()):
                any_row = True
                answer.row({"tag": own, "samples": samples}, text=f"{samples:,}\t{answer.shown(own)}")
        else:
            chosen = choose(common, library, files, "" if not files and query is None else query)
            refused = chosen.refused
            for row in chosen.rows:
                if any(_same(name.strip(), own) for own in row.tags):
                    any_row = True
                    answer.row(sample_fields(row), path=row.path)
    if not any_row and not common.quiet:
        complain(f"no sample has the tag {printable(name)}" if name else "no sample has a tag yet")
    if refused or not any_row:
        raise SystemExit(1)


def _cleaned(name: str) -> str:
    name = name.strip()
    if not name:
        raise click.UsageError("a tag has at least one letter")
    return name


def _same(name: str, other: str) -> bool:
    return name.casefold() == other.casefold()
