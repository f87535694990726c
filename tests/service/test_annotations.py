"""Changes of annotations by the index service: made in their order, taken back, and learned from."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from tests.support.clips import ROOT, clip_entry
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HEARD, HIDDEN, SampleId
from tui_browser.service.index_service import IndexService
from tui_browser.service.messages import Annotate, Changed, ClassesRefitted, Notice, RefitClasses, TakeBack
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.store import Store
from tui_browser.workbench.class_repair.fit import LEAST_ANSWERS

A, B, C = map(SampleId, (1, 2, 3))


class Served:
    """A service and what it said."""

    def __init__(self, library: str) -> None:
        self.library = library
        self.events: list[Any] = []
        self.service = IndexService(library, model=None, fallback="drums", jobs=1, emit=self.events.append)

    def handle(self, *requests: Any) -> None:
        for request in requests:
            self.service.handle(request)

    def said(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    library = str(tmp_path / "library.db")
    with Store.open(library, mode="write") as store, store.writing():
        store.add_root(ROOT)
        entries = [clip_entry(b"%d.wav" % n, sound=n) for n in range(30)]
        store.put_clips(entries, space="space", layout="")
        store.set_meta({"space": "space"})
    served = Served(library)
    with served.service:
        yield served


def everything(*ids: SampleId) -> AnnotationChange:
    return AnnotationChange(
        ratings=dict.fromkeys(ids, 4),
        notes=dict.fromkeys(ids, "the chorus"),
        classes=dict.fromkeys(ids, DRUM_CLASSES.index("cowbell")),
        flags={FAVOURITE: dict.fromkeys(ids, True), HIDDEN: dict.fromkeys(ids, True)},
        add_tags={"dark": ids},
        collect={"Late": CollectedSamples(ids)},
    )


def test_each_change_is_made_announced_and_taken_back(served: Served) -> None:
    with Store.open(served.library) as store:
        before = list(store.rows())
        served.handle(Annotate(AnnotationChange(ratings={A: 1}), 1), Annotate(everything(A, B), 2))
        row = store.row(A)
        assert row is not None and (row.rating, row.user_note, row.tags) == (4, "the chorus", ("dark",))
        assert row.corrected_class == "cowbell" and row.favourite and row.hidden and row.collections == ("Late",)
        assert len(served.said(Changed)) == 2
        served.handle(TakeBack(2))
        row = store.row(A)
        assert row is not None and row.rating == 1 and not row.tags
        served.handle(Annotate(everything(A, B), 2), TakeBack(2), TakeBack(2), TakeBack(1), TakeBack(77))
        assert list(store.rows()) == before and not served.said(Notice)


def test_a_change_that_cannot_be_made_is_one_sentence_and_taking_it_back_is_nothing(served: Served) -> None:
    served.handle(Annotate(AnnotationChange(uncollect={"none": [A]}), 1), TakeBack(1))
    (notice,) = served.said(Notice)
    assert "there is no collection none" in notice.text


def test_what_was_heard_is_noted_without_a_number(served: Served) -> None:
    served.handle(Annotate(AnnotationChange(flags={HEARD: {C: True}})), TakeBack(0))
    with Store.open(served.library) as store:
        row = store.row(C)
        assert row is not None and row.heard


def test_classes_are_learned_beside_everything_else_and_taken_as_a_change(served: Served) -> None:
    served.handle(RefitClasses(1))
    answer = await_refit(served)
    assert answer.number == 1 and answer.refit is None and f"{LEAST_ANSWERS} are needed" in answer.reason
    classes = {SampleId(n + 1): DRUM_CLASSES.index("clap") for n in range(15)}
    served.handle(Annotate(AnnotationChange(classes=classes), 1), RefitClasses(2), RefitClasses(3))
    answer = await_refit(served)
    assert answer.number == 3 and answer.refit is not None and answer.refit.answers == 15
    with Store.open(served.library) as store:
        before = store.load().classes.tolist()
        served.handle(Annotate(AnnotationChange(heads={answer.refit.space: answer.refit.head}), 2))
        assert store.class_head("space") is not None
        served.handle(TakeBack(2))
        assert store.class_head("space") is None and store.load().classes.tolist() == before


def await_refit(served: Served) -> ClassesRefitted:
    """Wait for the answer, a minute at most."""
    known = len(served.said(ClassesRefitted))
    jobs = served.service._refits
    for _ in range(60):
        descriptor = jobs.fileno()
        if descriptor is not None:
            wait([descriptor], timeout=1.0)
        jobs.poll()
        if len(served.said(ClassesRefitted)) > known:
            break
    answer = served.said(ClassesRefitted)[-1]
    assert isinstance(answer, ClassesRefitted)
    return answer
