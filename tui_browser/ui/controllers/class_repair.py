"""Class repair: which samples to judge, and the request to learn from the answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection

from tui_browser.records import SampleId, Snapshot
from tui_browser.service.messages import RefitClasses, Request
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.controllers.annotations import AnnotationController
from tui_browser.workbench.class_repair.queue import Doubtful, doubtful_samples
from tui_browser.workbench.class_repair.refit import Refit


class ClassRepair:
    """Asks the index service to learn; what is learned is a change of annotations as any other."""

    def __init__(self, annotations: AnnotationController, *, request: Callable[[Request], None]) -> None:
        self._annotations = annotations
        self._request = request
        self._numbers = itertools.count(1)
        self._judged: set[SampleId] = set()
        """Judged in this session: the snapshot may not know yet."""

    def judged(self, sample: SampleId, name: str) -> None:
        """A person said what this sample is; an empty class takes that back."""
        if name:
            self._judged.add(sample)
        else:
            self._judged.discard(sample)

    def queue(self, snapshot: Snapshot, *, among: Collection[int] | None) -> list[Doubtful]:
        """The samples to judge next; may take a quarter of a second."""
        return doubtful_samples(snapshot, among=among, without=self._judged)

    def refit(self) -> int:
        """Begin to learn; the number of the answer."""
        number = next(self._numbers)
        self._request(RefitClasses(number))
        return number

    def take(self, refit: Refit) -> None:
        """Use what was learned, for samples that nobody judged and for new ones; can be undone."""
        self._annotations.make(AnnotationChange(heads={refit.space: refit.head}), label="class repair")
