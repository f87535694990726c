"""Verbs `class`, `rate`, `note` and `hide`: what a person says about single samples."""

from __future__ import annotations

import click

from tui_browser.cli.annotation_answer import annotate, tell
from tui_browser.cli.chosen_samples import choose, takes_files
from tui_browser.cli.class_names import class_index
from tui_browser.cli.class_repair import queue, refit, repair
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, pass_common, sample_fields
from tui_browser.cli.hearing import hear
from tui_browser.library.library import Library
from tui_browser.records import CLASSES, HIDDEN
from tui_browser.store.annotation_changes import AnnotationChange

MOST_NOTE_LETTERS = 10_000


@click.group("class")
def class_() -> None:
    """Correct the classes of samples.

    The map, the colours and `class:` in queries go by a corrected class; the model's own stays beside it.
    """


@class_.command("set")
@click.argument("name", metavar="CLASS")
@takes_files
@pass_common
def set_class(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """Say that FILEs are of CLASS."""
    number = class_index(name)
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    change = AnnotationChange(classes=dict.fromkeys(chosen.ids, number))
    tell(common, annotate(common, change, run=f"class set {CLASSES[number]}"), f"class {CLASSES[number]}")
    chosen.exit_if_refused()


@class_.command("clear")
@click.argument("name", metavar="CLASS")
@takes_files
@pass_common
def clear_class(common: CommonOptions, name: str, files: tuple[str, ...], query: str | None) -> None:
    """Take back that FILEs were said to be of CLASS; `any` is every class."""
    wanted = None if name.lower() == "any" else CLASSES[class_index(name)]
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    corrected = [row.id for row in chosen.rows if row.corrected_class and wanted in (None, row.corrected_class)]
    changed = annotate(common, AnnotationChange(classes=dict.fromkeys(corrected)), run=f"class clear {name}")
    tell(common, changed, "the class of the model again")
    chosen.exit_if_refused()


@class_.command("list")
@pass_common
def list_classes(common: CommonOptions) -> None:
    """List the samples whose class was corrected: from what to what, and the path."""
    answer = AnswerWriter(common)
    any_row = False
    with Library.open(common.library_path, hear=hear) as library:
        for row in library.rows_of(library.corrections()):
            any_row = True
            text = f"{row.class_name or 'none'}\t{row.corrected_class}\t{answer.shown(row.path)}"
            answer.row(sample_fields(row), path=row.path, text=text)
    if not any_row:
        if not common.quiet:
            complain("no class was corrected")
        raise SystemExit(1)


@click.command()
@click.argument("rating", metavar="N", type=click.IntRange(min=0, max=5))
@takes_files
@pass_common
def rate(common: CommonOptions, rating: int, files: tuple[str, ...], query: str | None) -> None:
    """Rate FILEs with N, from 1 to 5; 0 takes their rating away."""
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    change = AnnotationChange(ratings=dict.fromkeys(chosen.ids, rating or None))
    tell(common, annotate(common, change, run=f"rate {rating}"), f"rated {rating}" if rating else "no rating")
    chosen.exit_if_refused()


@click.command()
@click.argument("text")
@takes_files
@pass_common
def note(common: CommonOptions, text: str, files: tuple[str, ...], query: str | None) -> None:
    """Write the note TEXT to FILEs, in place of an earlier one; an empty TEXT takes it away."""
    text = text.strip()
    if len(text) > MOST_NOTE_LETTERS:
        raise click.UsageError(f"a note has at most {MOST_NOTE_LETTERS:,} letters")
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    change = AnnotationChange(notes=dict.fromkeys(chosen.ids, text or None))
    tell(common, annotate(common, change, run="note"), "note written" if text else "no note")
    chosen.exit_if_refused()


@click.command()
@click.option("--off", is_flag=True, help="Show them again.")
@takes_files
@pass_common
def hide(common: CommonOptions, off: bool, files: tuple[str, ...], query: str | None) -> None:
    """Leave FILEs out of all results; `is:hidden` in a query finds them."""
    with Library.open(common.library_path, hear=hear) as library:
        chosen = choose(common, library, files, query)
    change = AnnotationChange(flags={HIDDEN: dict.fromkeys(chosen.ids, not off)})
    tell(common, annotate(common, change, run="hide --off" if off else "hide"), "shown again" if off else "hidden")
    chosen.exit_if_refused()


for command in (queue, refit, repair):
    class_.add_command(command)
