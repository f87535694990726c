"""Layouts and labels as a person meets them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import driving, present, run
from tui_browser.config.state import SavedState, SavedView
from tui_browser.layouts.axes import AxisScale
from tui_browser.map.label_placement import Label
from tui_browser.map.viewport import Viewport
from tui_browser.service.messages import Changed, GenerateSound, LayoutChanged
from tui_browser.ui.widgets.map_line import NAME, RANK
from tui_browser.ui.widgets.map_text import Detail, detail_of, names


def test_w_draws_the_spectrogram_in_place_of_the_waveform(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    at = np.arange(44100) / 44100
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1000 * at) * (at > 0.5), 44100)
    bench = Bench(snapshot(1, paths=[os.fsencode(path)]))

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            details = drive.controllers.presenter.widgets.details
            await drive.until(lambda: present(drive.controllers.details.facts).peaks is not None)
            before = drive.text
            await drive.press("w")
            await drive.until(lambda: present(drive.controllers.details.facts).spectrum is not None)
            lines = ["".join(segment.text for segment in line) for line in details._lines]
            drawn = [line for line in lines if any(0x2800 < ord(char) <= 0x28FF for char in line)]
            pitches = [line for line in drawn if any(char > "\u2800" for char in line)]
            assert pitches and all(set(line[: len(line) // 2 - 3]) <= {"\u2800", " "} for line in pitches[1:])
            await drive.press("w")
            await drive.until(lambda: present(drive.controllers.details.facts).spectrum is None)
            assert drive.text == before

    run(scenario)


def test_regions_have_names_that_can_be_switched_off_and_never_hide_the_cursor() -> None:
    held = snapshot(3000)
    words = [b"dusty", b"vinyl", b"tape", b"room", b"acid", b"metal", b"wood", b"jazz", b"lofi", b"dub", b"glass"]
    paths = [b"/s/%b/%d.wav" % (words[kind], row) for row, kind in enumerate(held.classes.tolist())]
    bench = Bench(snapshot(3000, paths=paths))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            await drive.sees("snare vinyl")
            await drive.press("right", "down")
            assert "◆" in drive.text
            drive.app.main.perform("labels")
            await drive.pilot.pause(0.1)
            assert "snare vinyl" not in drive.text
            drive.app.main.perform("labels")
            await drive.sees("snare vinyl")

    run(scenario)


def test_an_overview_of_few_samples_is_bold_dots_and_names_and_marks_come_by_zoom_and_by_a_key() -> None:
    bench = Bench(snapshot(60))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            view = drive.controllers.presenter.widgets.map
            assert (view.detail, view.in_letters) == (Detail.DOTS, False)
            lone = drive.cells.bits[drive.cells.count == 1]
            assert len(lone) > 20 and set(np.bitwise_count(lone).tolist()) == {4}, "2 x 2 dots each"
            await drive.press("+")
            assert (view.detail, view.in_letters) == (Detail.NAMES, False)
            assert any(kind == NAME for _, kind in view.captions.texts)
            await drive.press("+")
            assert (view.detail, view.in_letters) == (Detail.MARKS, True)
            await drive.press("0")
            assert view.detail == Detail.DOTS
            for detail, notice in (
                (Detail.NAMES, "names beside"), (Detail.MARKS, "letters"), (Detail.DOTS, "dots at every zoom"),
                (Detail.DOTS, "come by zoom"),
            ):  # fmt: skip
                await drive.press("d")
                assert (view.detail, view.in_letters) == (detail, detail is Detail.MARKS) and notice in drive.text
            await drive.press("d", "d", "d", "+", "+", "+")
            assert (view.detail, view.in_letters) == (Detail.DOTS, False)

    run(scenario)


def test_many_samples_are_single_dots_at_fit_and_bold_ones_by_zoom() -> None:
    bench = Bench(snapshot(3000))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            assert (np.bitwise_count(drive.cells.bits[drive.cells.count == 1]) == 1).all()
            await drive.press("+", "+", "+")
            assert (np.bitwise_count(drive.cells.bits[drive.cells.count == 1]) == 4).all()

    run(scenario)


def test_a_map_fills_its_pane_and_a_click_and_a_new_sound_find_the_place_in_the_layout() -> None:
    held = snapshot(400)
    bench = Bench(replace(held, xy=(held.xy * np.array([0.2, 0.3], np.float32) + np.array([0.5, 0.1], np.float32))))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            view, map_model = drive.controllers.presenter.widgets.map, drive.controllers.state.map_model
            dots = view.viewport.to_dots(map_model.xy)
            low, high = np.percentile(dots, (2.5, 97.5), axis=0)
            assert ((high - low) / view.viewport.dots >= 0.9).all()
            row = 17
            await drive.pilot.click(view, offset=present(view.viewport.cell_at(map_model.place(row))))
            near = drive.row
            assert (
                np.abs(view.viewport.to_dots(map_model.xy[near]) - view.viewport.to_dots(map_model.xy[row])).max() <= 4
            )
            await drive.press("g")
            made = bench.service.asked[-1]
            assert isinstance(made, GenerateSound)
            np.testing.assert_allclose(np.array(made.at), bench.library.held.xy[near].astype(np.float64), atol=1e-4)

    run(scenario)


def test_the_nine_nearest_are_marked_on_the_map_until_the_list_ends() -> None:
    bench = Bench(snapshot(400))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            view, map_model = drive.controllers.presenter.widgets.map, drive.controllers.state.map_model
            await drive.press("n")
            near = drive.controllers.state.cursor.neighbours
            assert near is not None
            digits = {char: cell for cell, (char, kind) in view._overlay.cells.items() if kind == RANK}
            seen = 0
            for rank, sample in enumerate(near.ids[:9], start=1):
                cell = view.viewport.cell_at(map_model.place(present(map_model.row_of(sample))))
                at = digits.get(str(rank))
                if cell is not None and at is not None:
                    assert abs(at[0] - cell[0]) + abs(at[1] - cell[1]) <= 1
                    seen += 1
            assert seen >= 5
            await drive.press("escape")
            assert not any(kind == RANK for _, kind in view._overlay.cells.values())

    run(scenario)


def test_the_cursor_never_begins_on_a_sample_without_a_dot() -> None:
    held = snapshot(50)
    xy = held.xy.copy()
    xy[:10] = np.nan
    left_at = SavedState(libraries={}).with_library("/fake/library.db", SavedView(int(held.ids[3]), "class"))
    for state in (None, left_at):
        bench = Bench(replace(held, xy=xy), state=state)

        async def scenario(bench: Bench = bench) -> None:
            async with driving(bench) as drive:
                assert np.isfinite(drive.controllers.state.map_model.xy[drive.controllers.state.row]).all()
                assert drive.cells.count.any() and "◆" in drive.text

        run(scenario)
    early = replace(held, xy=np.full_like(xy, np.nan))

    async def later() -> None:
        bench = Bench(early)
        async with driving(bench) as drive:
            bench.library.held = replace(held, revision=2, xy=xy)
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2, what="the places")
            assert np.isfinite(drive.controllers.state.map_model.xy[drive.controllers.state.row]).all()

    run(later)


def test_names_of_samples_are_none_over_another_and_the_same_ones_after_a_pan() -> None:
    bench = Bench(snapshot(60))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            view = drive.controllers.presenter.widgets.map
            await drive.press("d")
            await drive.until(
                lambda: bool(view._overlay.cells.keys() - view._overlay.marks(view.viewport, ascii=False).keys()),
                what="names",
            )

            def labels() -> list[Label]:
                return names(present(view.picture), cursor=view._overlay.cursor, plain=False)

            before = {label.text: label.column for label in labels()}
            stems = {os.fsdecode(bench.library.held.names[row]).rsplit("/", 1)[1][:-4] for row in range(60)}
            assert set(before) <= stems and len(before) > 10
            cells = [(label.row, label.column + at) for label in labels() for at in range(len(label.text))]
            assert len(cells) == len(set(cells))
            assert not any(drive.cells.count[row, column] for row, column in cells)
            assert sum(text in drive.text for text in before) > 10
            await drive.press("+", "+")
            zoomed = {label.text: label.column for label in labels()}
            view.look(view.viewport.pan(1, 0))
            panned = {label.text: label.column for label in labels()}
            kept = set(zoomed) & set(panned)
            assert all(panned[text] == zoomed[text] - 1 for text in kept) and len(kept) > 3

    run(scenario)


def test_axes_have_titles_ticks_and_units_on_the_edges_that_go_with_the_view() -> None:
    held = snapshot(300)
    name = "x=log:length y=pitch"
    scales = AxisScale(0.05, 5.0, True), AxisScale(0.0, 2000.0)
    xy = np.column_stack(
        [scale.apply(held.features[:, at].astype(np.float64)) for scale, at in zip(scales, (0, 3), strict=True)]
    )
    bench = Bench(replace(held, layout=name, xy=xy.astype(np.float32)))
    bench.library.axis_scales[name] = scales

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            await drive.sees("↑ pitch")
            view, map_model = drive.controllers.presenter.widgets.map, drive.controllers.state.map_model
            lines = [line[: view.size.width] for line in drive.text.splitlines()[1 : 1 + view.size.height]]
            assert lines[-1].endswith("length (log) →") and "0.50 s" in lines[-1] and "?" in lines[-1]

            def cell_of(x: float, y: float) -> tuple[int, int]:
                """Column and row of a place in the layout."""
                drawn_x, drawn_y = map_model.stretch.apply(np.array([x, y]))
                return present(view.viewport.cell_at((float(drawn_x), float(drawn_y))))

            column = lines[-1].index("0.50 s") + 3
            x, _ = cell_of(float(scales[0].apply(np.array([0.5]))[0]), 0.5)
            assert abs(column - x) <= 1
            row = next(at for at, line in enumerate(lines) if line.startswith("1.0 kHz"))
            _, y = cell_of(0.5, float(scales[1].apply(np.array([1000.0]))[0]))
            assert row == y
            inside = [line[:7] for line in lines[1:-1] if "Hz" not in line[:7] and not line.startswith("?")]
            assert not any(line.strip() for line in inside), "no dot below the numbers"
            await drive.press("+", "+", "+")
            bottom = drive.text.splitlines()[view.size.height][: view.size.width]
            assert bottom != lines[-1] and bottom.endswith("length (log) →")
            bench.library.held = replace(held, revision=2)
            bench.service.tell(drive.app, LayoutChanged("pca", 2, 0.2, 0.4), Changed(2))
            await drive.until(lambda: "length (log)" not in drive.text, what="the edges gone")

    run(scenario)


def test_where_few_samples_are_in_view_they_have_their_names_however_many_there_are_elsewhere() -> None:
    view = Viewport(100, 40).zoom(4.0, about=(0.5, 0.5))
    assert detail_of(view, 20_000, shown=3000) is Detail.DOTS
    assert detail_of(view, 20_000, shown=40) is Detail.NAMES
    assert detail_of(Viewport(100, 40), 40, shown=40) is Detail.DOTS, "an overview is dots"
    assert detail_of(view, 400, shown=40) is Detail.MARKS
