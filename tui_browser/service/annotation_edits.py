"""Changes of annotations that the app asks for, and what takes each of them back."""

from __future__ import annotations

from tui_browser.service.messages import Annotate, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.store import Store

KEPT = 250
"""Changes that can be taken back: a few more than the app's history has steps."""


class AnnotationEdits:
    """Applies the requests in their order; the caller holds the writer lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._backs: dict[int, AnnotationChange] = {}
        """By the number of the change, the oldest first."""

    def apply(self, request: Annotate | TakeBack) -> None:
        """Make a change, or take one back."""
        if isinstance(request, TakeBack):
            back = self._backs.pop(request.number, None)
            if back is not None:
                self._store.annotate(back)
            return
        back = self._store.annotate(request.change)
        if request.number:
            self._backs.pop(request.number, None)
            self._backs[request.number] = back
            while len(self._backs) > KEPT:
                del self._backs[next(iter(self._backs))]
