"""Rating, notes, classes, hiding and collections with keys: for one sample, a selection and a whole result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on, present, scenario
from tui_browser.records import DRUM_CLASSES, HIDDEN, SampleId
from tui_browser.service.messages import Changed
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples
from tui_browser.store.collecting import with_samples
from tui_browser.store.records import CollectionItem, SampleCollection

WIDE = (120, 40)


def collections_bench() -> Bench:
    held = snapshot(30)
    a, b, c, d = map(SampleId, held.ids[[3, 9, 14, 20]].tolist())
    return Bench(replace(held, collections={"Late night": (c, a, b), "x \x1b[31m": (d,)}))


def changes(drive: Drive) -> list[AnnotationChange]:
    return drive.bench.service.changes


async def library_has(drive: Drive, **columns: Any) -> None:
    """The library changed; wait until the app shows it."""
    bench = drive.bench
    bench.library.held = replace(bench.library.held, revision=bench.library.held.revision + 1, **columns)
    bench.service.tell(drive.app, Changed(bench.library.held.revision))
    await drive.until(lambda: drive.controllers.state.map_model.snapshot is bench.library.held, what="the change")
    await drive.settle()


@scenario(WIDE)
async def test_a_rating_is_two_keys_and_shows_in_list_and_details(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press("!")
    assert "rating? 1 to 5" in drive.text
    await drive.press("4")
    assert changes(drive) == [AnnotationChange(ratings={sample: 4})] and "rated ★★★★" in drive.text
    await library_has(drive, ratings={sample: 4})
    assert drive.text.count("4★") == 2  # in the list and in the details
    await drive.press("enter")
    await drive.until(lambda: "rating" in drive.text and "★★★★" in drive.text, what="the details")
    await drive.press("q", "!", "9")
    assert "from 1 to 5" in drive.text and len(changes(drive)) == 1
    await drive.press("!", "0", "u", "ctrl+r")
    assert changes(drive)[1:] == [AnnotationChange(ratings={sample: None})] * 2
    assert drive.bench.service.taken_back == 1
    await drive.press("!", "escape", "5")
    assert len(changes(drive)) == 3


@scenario(WIDE)
async def test_a_note_is_typed_changed_and_taken_away(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press('"')
    await drive.type("the chorus")
    await drive.press("enter")
    assert changes(drive) == [AnnotationChange(notes={sample: "the chorus"})]
    await library_has(drive, user_notes={sample: "the chorus\n\x1b[31m"})
    assert '"the chorus' in drive.text and "\x1b[31m" not in drive.text
    await drive.press('"', *["backspace"] * 40, "enter")
    assert changes(drive)[-1] == AnnotationChange(notes={sample: None})
    await drive.press('"', "escape")
    assert len(changes(drive)) == 2


@scenario(WIDE)
async def test_a_class_is_corrected_by_its_letter(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press("Z")
    assert "class? K S C" in drive.text
    await drive.press("b")
    assert changes(drive) == [AnnotationChange(classes={sample: DRUM_CLASSES.index("cowbell")})]
    assert "class cowbell" in drive.text
    await drive.press("Z", "-")
    assert changes(drive)[-1] == AnnotationChange(classes={sample: None})
    await drive.press("Z", "q")
    assert "no class has the letter q" in drive.text and len(changes(drive)) == 2


@scenario(WIDE)
async def test_hidden_samples_leave_results_and_come_back(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press("_")
    assert changes(drive) == [AnnotationChange(flags={HIDDEN: {sample: True}})] and "is hidden" in drive.text
    flags = drive.bench.library.held.flags.copy()
    flags[drive.row] = HIDDEN
    await library_has(drive, flags=flags)
    assert "hidden from results" in drive.text
    await drive.press("/")
    await drive.type("is:hidden")
    await drive.press("enter")
    assert drive.matches.rows.tolist() == [drive.row]
    await drive.press("_")
    assert changes(drive)[-1] == AnnotationChange(flags={HIDDEN: {sample: False}})


def test_many_samples_are_counted_before_anything_is_said_of_them() -> None:
    async def go(drive: Drive) -> None:
        await drive.press("*", "!")
        assert "Rate: 150 samples?" in drive.text and "u undoes it" in drive.text
        await drive.press("n")
        assert not changes(drive) and drive.app.screen is drive.app.main
        await drive.press("!", "y", "3")
        (change,) = changes(drive)
        assert len(change.ratings) == 150 and "rated ★★★ (150 samples)" in drive.text

    drive_on(Bench(snapshot(150)), go, size=WIDE)


@scenario(WIDE)
async def test_the_whole_result_is_organised_whatever_is_selected(drive: Drive) -> None:
    await drive.press("x", "/")
    await drive.type("class:kick")
    await drive.press("enter")
    found = drive.controllers.state.map_model.snapshot.ids[drive.matches.rows].tolist()
    await drive.press("ctrl+p")
    await drive.type("organise")
    await drive.press("enter")
    assert f"For the {len(found)} samples found" in drive.text
    await drive.type("rate")
    await drive.press("enter", "2")
    (change,) = changes(drive)
    assert sorted(change.ratings) == sorted(found)


# --- collections ------------------------------------------------------------------------------------------------------


@scenario(WIDE)
async def test_samples_go_into_a_new_collection_and_into_one_that_is_there(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press("&")
    assert "Name of the new collection" in drive.text
    await drive.type("Late night")
    await drive.press("enter")
    assert changes(drive) == [AnnotationChange(collect={"Late night": CollectedSamples((sample,))})]
    await library_has(drive, collections={"Late night": (sample,)})
    await drive.press("l", "x", "x", "&")
    await drive.type("late")
    await drive.press("enter")
    assert list(changes(drive)[-1].collect) == ["Late night"] and "2 samples added" in drive.text
    await drive.press("&")
    await drive.type("new")
    await drive.press("enter")
    await drive.type("a\x1bb")
    await drive.press("enter")
    assert len(changes(drive)) == 3


def test_a_collection_is_shown_in_its_order_and_put_into_another() -> None:
    async def go(drive: Drive) -> None:
        held = drive.bench.library.held
        a, b, c = (
            held.collections["Late night"][1],
            held.collections["Late night"][2],
            held.collections["Late night"][0],
        )
        await drive.press("P")
        await drive.sees("2 collections")
        assert "Late night" in drive.text and "3 samples" in drive.text
        await drive.press("enter")
        await drive.settle()

        assert held.ids[drive.matches.rows].tolist() == [c, a, b] and drive.selected == c
        await drive.press("V", "V")
        moved = [change.collect["Late night"] for change in changes(drive)]
        assert [(each.samples, each.before) for each in moved] == [((c,), b), ((c,), None)]
        stored = SampleCollection("Late night", "list", tuple(CollectionItem(each) for each in (c, a, b)))
        for each in moved:
            stored = with_samples(stored, each.samples, place=each.place, before=each.before)
        assert stored.samples == [a, b, c]
        await library_has(drive, collections={**held.collections, "Late night": (a, c, b)})  # the first step arrives
        await drive.press("^")
        assert changes(drive)[-1].collect["Late night"].before == b  # from where the second step will have led
        await library_has(drive, collections={**held.collections, "Late night": (a, c, b)})
        assert drive.controllers.state.map_model.snapshot.ids[drive.matches.rows].tolist() == [a, c, b]
        await drive.press("delete")
        assert changes(drive)[-1] == AnnotationChange(uncollect={"Late night": (c,)})
        assert drive.selected == b  # the next one, for one more
        await drive.press("escape", "delete")
        assert "P lists them" in drive.text

    drive_on(collections_bench(), go, size=WIDE)


def test_collections_are_renamed_made_filled_and_deleted_and_each_is_undone() -> None:
    async def go(drive: Drive) -> None:
        sample = present(drive.selected)
        await drive.press("P")
        await drive.sees("2 collections")
        assert "\x1b[31m" not in drive.text
        await drive.press("r", *["backspace"] * 10)
        await drive.type("Early")
        await drive.press("enter")
        assert changes(drive)[-1] == AnnotationChange(rename={"Late night": "Early"})
        await drive.press("n")
        await drive.type("LATE NIGHT")
        await drive.press("enter")
        assert changes(drive)[-1] == AnnotationChange(collect={"LATE NIGHT": CollectedSamples(())})
        await drive.press("a")
        assert changes(drive)[-1].collect["Late night"].samples == (sample,)
        await drive.press("d")
        assert changes(drive)[-1] == AnnotationChange(collections={"Late night": None})
        assert "u undoes it" in drive.text
        await drive.press("u", "u", "u", "u")
        assert drive.bench.service.taken_back == 4
        drive.bench.library.held = replace(drive.bench.library.held, revision=9, collections={})
        drive.bench.service.tell(drive.app, Changed(9))
        await drive.sees("none yet")
        await drive.press("enter", "r", "d", "escape")
        assert drive.app.screen is drive.app.main

    drive_on(collections_bench(), go)


def test_all_of_it_is_found_by_its_field() -> None:
    async def go(drive: Drive) -> None:
        for query, expected in (("rating:>=4", 12), ("note:chorus", 13), ("in:late", 14), ("is:hidden", 15)):
            await drive.press("/")
            await drive.type(query)
            await drive.press("enter")
            assert [SampleId(int(drive.bench.library.held.ids[row])) for row in drive.matches.rows] == [expected], query
            await drive.press("escape")

    flags = np.zeros(30, dtype=np.uint8)
    flags[5] = HIDDEN
    held = replace(
        snapshot(30), flags=flags, ratings={SampleId(12): 4}, user_notes={SampleId(13): "the Chorus"},
        collections={"Late night": (SampleId(14),)},
    )  # fmt: skip
    drive_on(Bench(held), go)
