"""The list as a table: columns that a person chooses and orders, and an order by key or click."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, names_of, snapshot
from tests.support.pilot import Drive, driving, run, scenario
from tui_browser.config.list_columns import LIST_COLUMNS, USUAL_COLUMNS
from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState
from tui_browser.records import FEATURES, KEYS, Root, SampleId, Snapshot
from tui_browser.search.file_columns import FileColumns, unknown_files
from tui_browser.service.messages import Changed
from tui_browser.ui.dialogs.columns import ColumnsDialog
from tui_browser.ui.state.list_columns import COLUMNS, fitted_columns, shared_folder
from tui_browser.ui.widgets.sample_list import SampleList

ADDED = datetime(2024, 5, 17, 12).timestamp()
EVERYTHING = Settings(motion=False, list_columns=tuple(name for name in LIST_COLUMNS if name != "distance"))


class DatedLibrary(FakeLibrary):
    """Knows when its samples came in: one each day."""

    def files_of(self, snapshot: Snapshot) -> FileColumns:
        return replace(unknown_files(snapshot.ids), added=ADDED + 86_400 * np.arange(len(snapshot), dtype=np.float64))


def annotated(count: int = 40) -> Snapshot:
    held = snapshot(count)
    ids = [SampleId(each) for each in held.ids.tolist()]
    return replace(held, ratings={ids[3]: 5, ids[7]: 2}, tags={ids[3]: ("dark", "dusty"), ids[9]: ("airy",)})


def lines(drive: Drive) -> list[str]:
    """What the list shows: title, header, rows."""
    return ["".join(segment.text for segment in line) for line in drive.app.main.query_one(SampleList)._lines]


def listed(drive: Drive) -> list[int]:
    return list(drive.controllers.cursor.listing.rows.tolist())


async def click_header(drive: Drive, name: str) -> None:
    await drive.apart()
    await drive.pilot.click(SampleList, offset=(lines(drive)[1].index(name) + 1, 1))
    await drive.settle()


def test_every_column_shows_what_is_known_of_a_sample() -> None:
    held = annotated()
    bench = Bench(library=DatedLibrary(held), settings=EVERYTHING)

    async def go() -> None:
        async with driving(bench, size=(260, 60)) as drive:
            await drive.sees("2024-05-20")
            head = lines(drive)[1]
            assert head.split() == list(EVERYTHING.list_columns)
            line = next(line for line in lines(drive)[2:] if "_0003.wav" in line)
            features = dict(zip(FEATURES, held.features[3].tolist(), strict=True))
            for name, text in {
                "name": "_0003.wav", "folder": "Essentials", "length": " ", "bpm": f"{features['bpm']:.0f}",
                "key": KEYS[int(features["key"])], "loudness": f"{features['loudness_db']:.1f} dB", "rating": "★★★★★",
                "tags": "dark, dusty", "added": "2024-05-20",
            }.items():  # fmt: skip
                assert text in line, name
            for left in ("folder", "class", "key", "rating", "tags", "added"):
                assert line[head.index(left) - 1] == " ", f"{left} stands below its name"

    run(go)


def test_columns_are_chosen_and_ordered_at_once_and_kept_for_the_next_start() -> None:
    bench = Bench(annotated())

    async def go() -> None:
        async with driving(bench, size=(200, 50)) as drive:
            assert lines(drive)[1].split() == list(USUAL_COLUMNS)
            drive.app.main.perform("list_columns")
            await drive.until(lambda: isinstance(drive.app.screen, ColumnsDialog))
            await drive.press("space")
            assert drive.controllers.list_columns.chosen == USUAL_COLUMNS, "the name stays"
            await drive.press("j", "j", "space", "j", "space")
            assert "length" not in lines(drive)[1] and "bpm" in lines(drive)[1]
            await drive.press("h", "h")
            assert lines(drive)[1].split() == ["bpm", "name", "folder"]
            await drive.press("h", "escape")
            assert bench.state.columns == ("bpm", "name", "folder")

    run(go)
    again = Bench(annotated(), state=bench.state)

    async def later() -> None:
        async with driving(again, size=(200, 50)) as drive:
            assert lines(drive)[1].split() == ["bpm", "name", "folder"]
            drive.app.main.perform("list_columns")
            await drive.press("0", "escape")
            assert lines(drive)[1].split() == list(USUAL_COLUMNS)

    run(later)


def test_dates_stay_with_their_samples_when_others_come() -> None:
    library = DatedLibrary(annotated())
    bench = Bench(library=library, settings=EVERYTHING)

    async def go() -> None:
        async with driving(bench, size=(260, 60)) as drive:
            await drive.sees("2024-05-20")
            library.held = replace(annotated(41), revision=2, ids=np.arange(9, 50, dtype=np.int64))
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: drive.controllers.state.map_model.snapshot is library.held)
            await drive.until(lambda: any("_0003.wav" in line and "2024-05-20" in line for line in lines(drive)))

    run(go)


@scenario(size=(60, 14))
async def test_on_a_small_screen_the_dialog_of_columns_follows_its_cursor(drive: Drive) -> None:
    drive.app.main.perform("list_columns")
    await drive.until(lambda: isinstance(drive.app.screen, ColumnsDialog))
    await drive.press("up")
    await drive.sees("▸   distance")
    await drive.press("space")
    assert drive.controllers.list_columns.chosen[-1] == "distance"


def test_a_setting_wins_over_what_was_chosen_and_what_was_saved_wrongly_is_forgotten() -> None:
    chosen = Bench(
        annotated(), settings=Settings(motion=False, list_columns=("name", "key")), state=SavedState(columns=("bpm",))
    )
    damaged = Bench(annotated(), state=SavedState(columns=("nothing", "bpm")))

    async def go() -> None:
        async with driving(chosen, size=(160, 45)) as drive:
            assert lines(drive)[1].split() == ["name", "key"]
        async with driving(damaged, size=(160, 45)) as drive:
            assert lines(drive)[1].split() == list(USUAL_COLUMNS)

    run(go)


@scenario(size=(160, 45))
async def test_a_click_on_a_header_sorts_and_again_the_other_way_round(drive: Drive) -> None:
    durations = drive.controllers.state.map_model.snapshot.features[:, FEATURES.index("duration_s")]
    walk = listed(drive)
    await click_header(drive, "length")
    assert listed(drive) == np.argsort(durations, kind="stable").tolist()
    assert "length▲" in lines(drive)[1] and drive.row == listed(drive)[0], "the shortest is under the cursor"
    assert "sort:dur" in drive.text and lines(drive)[0].startswith("all samples")
    await drive.press("down")
    assert drive.row == listed(drive)[1], "arrows walk the sorted list"
    await click_header(drive, "length")
    assert listed(drive) == np.argsort(-durations, kind="stable").tolist() and "length▼" in lines(drive)[1]
    await drive.press("u", "u")
    assert listed(drive) == walk and "▼" not in lines(drive)[1], "undo leads back to the order of the map"


@scenario(size=(160, 45))
async def test_a_key_sorts_what_a_query_found_and_ends_the_order_again(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("kick")
    await drive.press("enter")
    found = set(listed(drive))
    await drive.press(":")
    await drive.type("name")
    await drive.press("enter")
    await drive.until(lambda: "sort:name kick" in drive.text, what="the order on the search line")
    names = [drive.controllers.state.map_model.snapshot.names[row].split(b"/")[-1] for row in listed(drive)]
    assert names == sorted(names) and set(listed(drive)) == found
    await drive.press(":")
    await drive.sees("again: the other way round")
    await drive.type("map order")
    await drive.press("enter")
    assert drive.controllers.state.search.text == "kick" and set(listed(drive)) == found
    await drive.press("n")
    await click_header(drive, "name")
    assert "neighbours come nearest first" in drive.text and drive.controllers.state.cursor.neighbours is not None


@scenario(size=(160, 45))
async def test_what_a_query_found_is_marked_in_the_names(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("snare !0001")
    await drive.press("enter")
    accent = drive.app.main.theme_styles.role("accent", bold=True)
    rows = drive.app.main.query_one(SampleList)._lines[3:12]
    marked = [[segment.text for segment in line if segment.style == accent] for line in rows]
    assert all("snare" in texts for texts in marked), marked


def test_80x24_keeps_map_and_list_and_the_name_stays_readable() -> None:
    bench = Bench(annotated(), settings=EVERYTHING)

    async def go() -> None:
        async with driving(bench, size=(80, 24)) as drive:
            map_view, listing = drive.controllers.presenter.widgets.map, drive.controllers.presenter.widgets.list
            assert map_view.size.width >= 48 and listing.size.width <= 30 and lines(drive)[1].split()[0] == "name"
            assert all(len(line) <= listing.size.width for line in lines(drive))
            assert ".wav" in lines(drive)[3]

    run(go)


def test_folders_that_do_not_fit_show_what_tells_them_apart() -> None:
    deep = "/lib/" + "/".join(["Very Long Name Of A Sample Pack Volume"] * 3)
    paths = [f"{deep}/{('left', 'right')[row % 2]}/kit {row}/wav/hit{row}.wav".encode() for row in range(30)]
    held = replace(snapshot(30), names=names_of(paths))
    bench = Bench(library=FakeLibrary(held, roots=[Root(b"/lib", True, 30)]))

    async def go() -> None:
        async with driving(bench, size=(200, 50)) as drive:
            await drive.until(lambda: drive.controllers.state.map_model.roots == (b"/lib",))
            await drive.until(lambda: "…/left/kit 12/wav" in drive.text and "…/right/kit 7/wav" in drive.text)

    run(go)
    assert shared_folder(["a/b/c", "a/b/d/e"]) == "a/b/" and shared_folder(["a/b", "a/b"]) == "a/"
    assert shared_folder(["a/b", "c"]) == shared_folder([]) == shared_folder(["", "a"]) == ""


@pytest.mark.parametrize("room", range(0, 160, 7))
def test_columns_never_overlap_nor_leave_the_list(room: int) -> None:
    for chosen in (LIST_COLUMNS, USUAL_COLUMNS, ("tags", "bpm", "name"), ("name",)):
        for distance in (0, 8, 10):
            places = fitted_columns(chosen, room, distance=distance)
            names = [place.column.name for place in places]
            assert "name" in names and ("distance" in names) == bool(distance)
            end = 0
            for place in places:
                assert place.start >= end and place.width >= 0
                end = place.start + place.width
            assert room < 24 or end == room
    assert set(COLUMNS) == set(LIST_COLUMNS)


def test_a_million_rows_cost_what_the_visible_ones_cost() -> None:
    """Processor time of painting the list, beside that of a list of a thousand, in one run."""
    spent = {}

    async def paint(count: int) -> None:
        held = snapshot(1_000)
        bench = Bench(held, settings=EVERYTHING)
        async with driving(bench, size=(200, 50)) as drive:
            listing, model = drive.controllers.presenter.widgets.list, drive.controllers.state.map_model
            rows = np.arange(count, dtype=np.intp) % 1_000
            listing.list(model, replace(listing._listing, rows=rows), None)
            began = time.process_time()
            for top in range(0, 400, 40):
                listing._top = top
                listing._paint_rows()
            spent[count] = time.process_time() - began

    run(lambda: paint(1_000))
    run(lambda: paint(1_000_000))
    assert spent[1_000_000] < 3 * spent[1_000] + 0.05, (spent, os.getloadavg())
