"""Verb `annotations`: all that a person said about samples, as one file; and undo."""

from __future__ import annotations

import click

from tui_browser.cli.common import AnswerWriter, CommonOptions, pass_common
from tui_browser.errors import BrowserError, counted
from tui_browser.library.library import open_for_writing


@click.group("annotations")
def annotations_() -> None:
    """Take back what was said about samples."""


@annotations_.command()
@pass_common
def undo(common: CommonOptions) -> None:
    """Take back the last run of `tag`, `collect`, `class`, `rate`, `note`, `hide` or `annotations import`."""
    with open_for_writing(common.library_path) as store:
        taken = store.take_back()
    if taken is None:
        raise BrowserError("there is nothing to take back", path=common.library_path)
    run, back = taken
    samples, collections = len(back.samples), len(back.collections)
    answer = AnswerWriter(common)
    if common.json:
        answer.row({"undone": run, "samples": samples, "collections": collections})
    parts = [counted(samples, "sample")] if samples else []
    parts += [counted(collections, "collection")] if collections else []
    answer.say(f"taken back: {run}, of {' and '.join(parts)}" if parts else f"taken back: {run}")
