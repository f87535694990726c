"""Neighbours in the app: bars, where they were looked for, like this and not like that, weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import Drive, drive_on
from tui_browser.dsp.picture_part import SIZE, joined, unit
from tui_browser.records import FEATURES, SampleId, Snapshot
from tui_browser.ui.state.cursor import HARDLY_ALIKE
from tui_browser.ui.state.search import SavedMapView


def _sounds(count: int = 60) -> Snapshot:
    """Samples in groups of ten that sound alike, the last one like nothing."""
    held, rng = snapshot(count), np.random.default_rng(2)
    groups = np.repeat(rng.standard_normal((count // 10, 16)), 10, axis=0)
    groups[-1] = -3 * groups[0]
    pictures = 1.0 + 0.5 * rng.standard_normal((count, SIZE))
    pictures[:-1] = 1.0 + 0.05 * pictures[:-1]
    pictures[-1] = -1.0
    sounds = groups + 0.3 * rng.standard_normal(groups.shape)
    vectors = joined(unit(sounds.astype(np.float32)), unit(pictures.astype(np.float32)))
    features = held.features.copy()
    features[:, FEATURES.index("duration_s")] = rng.lognormal(0, 1.5, count)
    return replace(held, vectors=vectors, features=features)


def test_neighbours_have_bars_and_the_details_say_why() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("n")
        await drive.sees("neighbour 1 of 50")
        assert "neighbours" in drive.text.splitlines()[0], "the header says so"
        assert "▰▰" in drive.text and HARDLY_ALIKE not in drive.text
        await drive.sees("timbre ▰")
        await drive.sees("length ▱")
        await drive.press("escape")
        await drive.settle()
        assert "neighbours" not in drive.text.splitlines()[0] and "timbre" not in drive.text

    drive_on(Bench(_sounds()), test, size=(110, 40))


def test_c5_neighbours_under_a_filter_stay_inside_it_and_the_header_says_so() -> None:
    async def test(drive: Drive) -> None:
        view = SavedMapView(drive.controllers.presenter.widgets.map.viewport, None, False)
        drive.controllers.search.search_untyped("class:kick", view)
        await drive.until(lambda: drive.controllers.state.search.matches is not None)
        drive.app.screen.query_one("#search").display = False
        matches = set(drive.matches.rows.tolist())
        drive.controllers.cursor.go(drive.controllers.state.map_model.id_at(min(matches)))
        for key in ("n", "n", "N", "3", "n", "b"):
            await drive.press(key)
            assert drive.row in matches
        await drive.press("n")
        assert 'neighbours among "class:kick"' in drive.text.splitlines()[0]

    drive_on(Bench(_sounds()), test, size=(110, 40))


def test_poor_neighbours_say_so() -> None:
    held = _sounds()

    async def test(drive: Drive) -> None:
        drive.controllers.cursor.go(drive.controllers.state.map_model.id_at(len(held) - 1))
        await drive.press("n")
        await drive.sees(HARDLY_ALIKE)

    drive_on(Bench(held), test, size=(110, 40))


def test_like_this_and_not_like_that_change_the_list() -> None:
    async def test(drive: Drive) -> None:
        state = drive.controllers.state
        await drive.press("$")
        await drive.sees("select the sounds first")
        await drive.press("#")
        await drive.sees("finds neighbours first")
        await drive.press("n", "n")
        first = state.cursor.neighbours
        assert first is not None and drive.selected == first.ids[1]
        liked = drive.selected
        await drive.press("$")
        await drive.sees("neighbours of 2 sounds")
        second = state.cursor.neighbours
        assert second is not None and liked not in second.ids and first.anchor not in second.ids
        await drive.press("n")
        unliked = drive.selected
        await drive.press("#")
        await drive.sees("2 sounds, not 1")
        third = state.cursor.neighbours
        assert third is not None and unliked not in third.ids
        await drive.press("escape", "x", "left", "x", "$")
        await drive.sees("50 neighbours of 2 sounds")

    drive_on(Bench(_sounds()), test, size=(110, 40))


def test_weights_act_at_once_and_can_be_taken_back() -> None:
    async def test(drive: Drive) -> None:
        state = drive.controllers.state
        await drive.press("n")
        plain = state.cursor.neighbours
        assert plain is not None
        await drive.press("|")
        await drive.sees("how alike this one is")
        await drive.press("up", "right", "right", "right", "right", "right")
        await drive.sees("length 4")
        weighed = state.cursor.neighbours
        assert weighed is not None and weighed.ids != plain.ids
        row = state.map_model.row_of(plain.anchor)
        lengths = np.log2(state.map_model.snapshot.features[:, FEATURES.index("duration_s")])

        def gap(ids: tuple[SampleId, ...]) -> float:
            rows = np.array([state.map_model.row_of(sample) for sample in ids], dtype=np.intp)
            return float(np.median(np.abs(lengths[rows] - lengths[row])))

        assert gap(weighed.ids[:9]) < gap(plain.ids[:9])
        await drive.press("0")
        again = state.cursor.neighbours
        assert again is not None and again.ids == plain.ids
        await drive.press("escape")
        await drive.settle()
        assert "weighed" not in drive.text

    drive_on(Bench(_sounds()), test, size=(110, 40))
