"""What a verb that changes annotations answers: the changed samples, and a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from tui_browser.cli.chosen_samples import UNDO
from tui_browser.cli.common import AnswerWriter, CommonOptions, sample_fields
from tui_browser.errors import counted
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId
from tui_browser.store.annotation_changes import AnnotationChange


def annotate(common: CommonOptions, change: AnnotationChange, *, run: str) -> set[SampleId]:
    """Make a change that can be taken back; the samples whose own annotations changed."""
    with open_for_writing(common.library_path) as store:
        return store.annotate(change, run=run).samples


def tell(common: CommonOptions, changed: Iterable[SampleId], what: str) -> None:
    """Write the changed samples (with --json or -0), and `what` happened to how many."""
    samples = sorted(changed)
    answer = AnswerWriter(common)
    if common.json or common.null:
        with Library.open(common.library_path) as library:
            for row in library.rows_of(samples):
                answer.row(sample_fields(row), path=row.path)
    if samples:
        answer.say(f"{what}: {counted(len(samples), 'sample')} ({UNDO})")
    else:
        answer.say(f"{what}: nothing to change")
