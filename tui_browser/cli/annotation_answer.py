"""What a verb that changes annotations answers: the changed samples, and a sentence."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from tui_browser.cli.chosen_samples import UNDO
from tui_browser.cli.common import AnswerWriter, CommonOptions, complain, sample_fields
from tui_browser.errors import LibraryBusy, counted
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import SampleId
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.edit_queue import EditQueue, QueuedEdit

_PATIENCE_S = 0.5
_WRITER_S = 3.0
"""A process that writes makes queued edits within a second."""


def annotate(common: CommonOptions, change: AnnotationChange, *, run: str) -> set[SampleId]:
    """Make a change that can be taken back; the samples whose own annotations changed.

    While another process writes, it is queued for that one, and waited for a moment.
    """
    try:
        with open_for_writing(common.library_path, wait_s=_PATIENCE_S) as store:
            return store.annotate(change, run=run).samples
    except LibraryBusy as error:
        queue = EditQueue(os.path.realpath(os.path.expanduser(common.library_path)))
        path = queue.add(QueuedEdit(change, run))
        deadline = time.monotonic() + _WRITER_S
        while os.path.exists(path):
            if time.monotonic() > deadline:
                if not common.quiet:
                    complain(f"{error.what}: the change is kept and made when that is done")
                break
            time.sleep(0.05)
        return change.samples


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
