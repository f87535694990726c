"""Class repair with keys: samples are heard and judged, what is learned is shown before it is taken."""

from __future__ import annotations

import numpy as np

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tui_browser.records import DRUM_CLASSES, SampleId
from tui_browser.service.messages import ClassesRefitted, RefitClasses
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.class_heads import ClassHead
from tui_browser.workbench.class_repair.refit import Refit

HEAD = ClassHead(np.zeros((17, len(DRUM_CLASSES)), dtype=np.float32), 20)


def answers(drive: Drive) -> list[int | None]:
    return [index for change in drive.bench.service.changes for index in change.classes.values()]


def test_samples_are_heard_judged_skipped_and_gone_back_to() -> None:
    async def go(drive: Drive) -> None:
        await drive.press("D")
        await drive.sees("1 of 40")
        played = drive.bench.player.played
        assert len(played) == 1 and "the model says" in drive.text and "K kick" in drive.text
        await drive.press("c")
        assert answers(drive) == [DRUM_CLASSES.index("clap")] and len(played) == 2 and "1 answer" in drive.text
        await drive.press("right", "k", "space")
        assert "4 of 40" in drive.text and len(played) == 5 and played[-1] == played[-2]
        await drive.press("left")
        assert answers(drive)[-1] is None and "3 of 40" in drive.text and "1 answer" in drive.text
        await drive.press("s")
        assert answers(drive)[-1] == DRUM_CLASSES.index("snare")
        (first,) = drive.bench.service.changes[0].classes
        assert played[0] == drive.bench.library.held.names[int(np.searchsorted(drive.bench.library.held.ids, first))]
        await drive.press("q")  # no class's letter, and no command
        assert "Class repair" in drive.text
        await drive.press("escape", "u")
        assert drive.app.screen_stack[-1] is drive.app.main and drive.bench.service.taken_back == 1

    drive_on(Bench(snapshot(300)), go, size=(80, 24))


def test_the_gain_is_shown_before_it_is_taken_and_it_can_be_left() -> None:
    async def go(drive: Drive) -> None:
        bench = drive.bench
        await drive.press("D")
        await drive.sees("1 of 40")
        await drive.press("c", "c", "enter")
        assert bench.service.asked[-1] == RefitClasses(1) and "learning" in drive.text
        bench.service.tell(drive.app, ClassesRefitted(1, None, "2 classes were judged, and 8 are needed"))
        await drive.sees("8 are needed")
        await drive.press("enter")
        refit = Refit("fake", HEAD, 20, 8, 17, 0.41, 0.7, 143, 0.4)
        bench.service.tell(drive.app, ClassesRefitted(1, refit))  # of the request before
        await drive.press("left")
        bench.service.tell(drive.app, ClassesRefitted(2, refit))
        await drive.sees("8 of 20, repaired 17")
        assert "143 samples" in drive.text and "41%, repaired 70%" in drive.text
        before = len(bench.service.changes)
        await drive.press("k", "escape")
        assert "not taken" in drive.text and len(bench.service.changes) == before
        await drive.press("enter")
        bench.service.tell(drive.app, ClassesRefitted(3, refit))
        await drive.sees("repaired 17")
        await drive.press("enter")
        assert bench.service.changes[-1] == AnnotationChange(heads={"fake": HEAD})
        await drive.until(lambda: "1 of 40" in drive.text, what="another queue")
        await drive.press("escape", "u")
        assert drive.app.screen is drive.app.main and bench.service.taken_back == 1

    drive_on(Bench(snapshot(300)), go, size=(120, 40))


def test_answers_of_earlier_days_count() -> None:
    async def go(drive: Drive) -> None:
        held = drive.bench.library.held
        drive.bench.library.corrected = {SampleId(sample): 2 for sample in held.ids[:19].tolist()}
        await drive.press("D")
        await drive.sees("19 answers")
        assert "enter learns from all" in drive.text
        await drive.press("k")
        await drive.sees("20 answers")

    drive_on(Bench(snapshot(60)), go)


def test_only_the_selection_is_asked_about_and_nothing_certain() -> None:
    async def go(drive: Drive) -> None:
        held = drive.bench.library.held
        drive.controllers.undoable_edits.select(held.ids[:12])
        await drive.press("D")
        await drive.sees("of 12")
        await drive.press(*["right"] * 12)
        assert set(drive.bench.player.played) == {held.names[row] for row in range(12)}
        await drive.press("right", "k", "escape")
        assert not answers(drive)

    drive_on(Bench(snapshot(60)), go)
