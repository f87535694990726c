"""Going far: classes, marks, counts, what was not heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, driving, present, run
from tui_browser.config.state import SavedState, load_state, save_state
from tui_browser.playback.messages import Started
from tui_browser.records import HEARD
from tui_browser.service.messages import Changed
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.latest_worker import Stoppable
from tui_browser.ui.state.unheard import unheard_region
from tui_browser.ui.widgets.sample_list import SampleList


def row(drive: Drive) -> int:
    found = drive.controllers.state.row
    assert found is not None
    return found


def test_z_and_a_letter_goes_to_the_nearest_of_that_class_where_all_are_equally_sure() -> None:
    held = snapshot(300)
    bench = Bench(replace(held, class_p=np.full(300, 0.9, np.float32)))

    async def scenario() -> None:
        async with driving(bench) as drive:
            held, walk = bench.library.held, present(drive.controllers.state.map_model.walk)
            start = row(drive)
            letter = drive.app.paint.letter(1)
            mask = (held.classes == 1) & (np.arange(len(held)) != start)
            x, y = held.xy[start]
            await drive.press("z")
            await drive.sees("class?")
            await drive.press(letter)
            assert row(drive) == walk.nearest((float(x), float(y)), mask=mask)
            here = row(drive)
            await drive.press("z", letter)
            assert row(drive) != here and held.classes[row(drive)] == 1
            await drive.press("b", "b")
            assert row(drive) == start
            await drive.press("z", "escape")
            assert row(drive) == start
            await drive.press("z", "9")
            assert "no class has the letter 9" in drive.text

    run(scenario)


def test_a_mark_leads_back_also_after_the_next_start() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            await drive.press("'")
            assert "no mark is set yet" in drive.text
            await drive.press("right", "down", "M", "q")
            marked = drive.selected
            assert drive.app.is_running
            await drive.press("left", "left", "left", "up", "'", "q")
            assert drive.selected == marked
            await drive.press("'", "x")
            assert "there is no mark x" in drive.text and drive.selected == marked
            drive.controllers.save()
            assert bench.state.library("/fake/library.db").marks == {"q": marked}

    run(scenario)


def test_z_goes_to_the_surest_of_a_class_then_to_the_next_and_among_equals_to_the_nearest() -> None:
    held = snapshot(300)
    kicks = np.flatnonzero(held.classes == 0)
    sure = np.full(300, 0.3, np.float32)
    sure[kicks] = 0.31
    sure[kicks[5]], sure[kicks[[2, 9]]] = 0.97, 0.8
    bench = Bench(replace(held, class_p=sure))

    async def scenario() -> None:
        async with driving(bench) as drive:
            await drive.press("z", "k")
            assert row(drive) == kicks[5]
            xy = held.xy[kicks[[2, 9]]] - held.xy[kicks[5]]
            nearer = kicks[[2, 9]][np.hypot(*xy.T).argmin()]
            await drive.press("z", "k")
            assert row(drive) == nearer
            await drive.press("z", "k")
            assert {row(drive), nearer} == set(kicks[[2, 9]].tolist())
            reached = {row(drive), nearer, kicks[5]}
            for _ in range(len(kicks) - 3):
                await drive.press("z", "k")
                reached.add(row(drive))
            assert reached == set(kicks.tolist()), "each once"
            await drive.press("z", "k")
            assert "there is no other kick" in drive.text
            await drive.press("left", "left", "z", "k")
            assert row(drive) == kicks[5], "moved by hand, it begins anew"

    run(scenario)


def test_marks_survive_on_disk_and_nonsense_does_not(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    state = SavedState().with_library("/l.db", replace(SavedState().library("/l.db"), marks={"a": 7}))
    assert save_state(state, path) and load_state(path).library("/l.db").marks == {"a": 7}
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"libraries": {"/l.db": {"marks": {"aa": 1, "b": "x", "c": 3}}}}')
    assert load_state(path).library("/l.db").marks == {"c": 3}


def test_a_number_repeats_the_command_after_it_and_0_alone_is_fit() -> None:
    bench, other = Bench(), Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            await drive.press("l", "l", "l")
            once = drive.selected
        async with driving(other) as drive:
            await drive.press("3", "l")
            assert drive.selected == once
            await drive.press("9", "escape", "b")  # what is in between takes the number away
            assert drive.selected != once and len(drive.controllers.state.cursor.trail) == 2
            await drive.press("2", "+")
            assert drive.controllers.presenter.widgets.map.viewport.zoom_level > 2
            await drive.press("0")
            assert drive.controllers.presenter.widgets.map.viewport.whole
            await drive.press("9", "9", "9", "l")  # ends at the edge of the map, and soon

    run(scenario)


def test_what_was_played_is_noted_and_the_next_unheard_is_near() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            first = present(drive.selected)
            await drive.press("space")
            assert not bench.service.asked
            bench.player.tell(drive.app, Started(bench.player.tokens[-1]))
            heard_log = drive.controllers.heard_log
            assert heard_log.unsaved == (first,)
            timer: Stoppable | None = heard_log._timer
            assert timer is not None
            drive.controllers.heard_log.flush()
            assert bench.service.changes == [AnnotationChange(flags={HEARD: {first: True}})]
            held = bench.library.held
            flags = np.full(len(held), HEARD, np.uint8)
            flags[[20, 30]] = 0
            bench.library.held = replace(held, revision=2, flags=flags)
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2)
            reached = []
            for _ in range(2):
                await drive.press("]")
                reached.append(row(drive))
            assert sorted(reached) == [20, 30]
            await drive.press("[")
            assert row(drive) == reached[0]
            await drive.press("]", "]")
            assert "every sample shown was heard" in drive.text
            bench.player.tell(drive.app, Started(999))
            assert drive.controllers.heard_log.unsaved == ()

    run(scenario)


def test_unheard_leads_to_a_region_with_much_to_hear_and_then_to_another() -> None:
    rng = np.random.default_rng(3)
    clouds = [((0.2, 0.2), 300), ((0.35, 0.2), 40), ((0.8, 0.8), 300)]
    xy = np.concatenate([rng.normal(at, 0.02, (count, 2)) for at, count in clouds]).astype(np.float32)
    unheard = np.ones(len(xy), dtype=bool)

    def region(*seen: int) -> tuple[int, int]:
        """Tile and row of where to go next; `seen` are tiles gone to before."""
        return present(unheard_region(xy, unheard, (0.36, 0.2), avoid=frozenset(seen)))

    tile, row = region()
    assert row < 300, "more is worth a little way"
    tiles = {tile}
    while region(*tiles)[0] not in tiles:
        tiles.add(region(*tiles)[0])
    assert len(tiles) > 2, "each region once"
    assert unheard_region(xy, np.zeros(len(xy), dtype=bool), (0.5, 0.5)) is None
    assert unheard_region(np.full((3, 2), np.nan, np.float32), np.ones(3, dtype=bool), (0.5, 0.5)) is None


def test_half_a_screen_up_and_down_on_the_map_and_in_the_list() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            await drive.press("+", "+", "+")
            view = drive.controllers.presenter.widgets.map
            before, y = view.viewport, bench.library.held.xy[row(drive), 1]
            await drive.press("ctrl+d")
            after = view.viewport
            assert after.centre[1] < before.centre[1] and bench.library.held.xy[row(drive), 1] < y
            x, y = bench.library.held.xy[row(drive)]
            assert after.cell_at((float(x), float(y))) is not None
            await drive.press("ctrl+u")
            assert view.viewport.centre[1] > after.centre[1]
            await drive.press("tab", "home", "ctrl+d")
            listing = drive.controllers.cursor.listing
            assert listing.place_of(row(drive)) == listing.page // 2

    run(scenario)


def test_a_list_that_follows_the_map_leaps_to_the_middle_and_one_that_is_walked_goes_on_by_lines() -> None:
    async def scenario() -> None:
        async with driving(Bench(), size=(120, 40)) as drive:
            listing = drive.app.main.query_one(SampleList)
            rows, page = listing.rows, listing.page
            assert len(rows) > 3 * page
            listing.select(int(rows[0]))
            listing.select(int(rows[page - 1]))
            assert listing.top == 0  # still in sight
            listing.select(int(rows[page]))
            assert listing.top == page - page // 2
            listing.activate(True)
            listing.select(int(rows[listing.top + page]))
            assert listing.top == page - page // 2 + 3

    run(scenario)
