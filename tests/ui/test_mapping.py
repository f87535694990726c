"""Layouts and labels as a person meets them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from tests.ui.drive import Drive, driving, run
from tests.ui.fakes import Bench, FakeLibrary, snapshot
from tui_browser.config.settings import Settings
from tui_browser.library.messages import Changed, FitLayout, LayoutChanged, ShowLayout, UndoLayout
from tui_browser.ui.colouring import NAMES
from tui_browser.ui.screens.picker import Picker
from tui_browser.ui.widgets.map_text import names


def test_m_asks_for_the_grid_glides_there_and_back_and_stays_on_its_sample() -> None:
    bench = Bench(settings=Settings(motion=True))

    async def scenario() -> None:
        async with driving(bench) as drive:
            await drive.press("right", "right", "m")
            assert bench.service.asked[-1] == ShowLayout("grid")
            selected, held = drive.selected, bench.library.held
            rng = np.random.default_rng(3)
            bench.library.held = replace(
                held, revision=2, layout="grid", xy=rng.random(held.xy.shape).astype(np.float32)
            )
            bench.service.tell(drive.app, LayoutChanged("grid", 2, 0.2, 0.4), Changed(2))
            await drive.until(lambda: drive.session.morph.running, what="the glide")
            await drive.until(lambda: not drive.session.morph.running, what="the grid")
            assert drive.selected == selected and drive.session.stage.world.snapshot.layout == "grid"
            await drive.press("m")
            assert bench.service.asked[-1] == ShowLayout("")

    run(scenario)


def test_the_palette_leads_to_every_layout_and_to_axes_of_all_latent_dimensions() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            for name in ("tsne", "umap", "near", "grid"):
                await choose_layout(drive, name)
                await drive.press("enter")
                assert bench.service.asked[-1] == ShowLayout(name)
            await choose_layout(drive, "pca")
            await drive.press("enter")
            assert bench.service.asked[-1] == ShowLayout("grid"), "it is shown already"
            drive.app.main.perform("axes")
            await drive.sees("Axis to the right")
            await drive.type("dim")
            assert all(f"dim{number}" in drive.text for number in range(1, 5)) and "dim5" not in drive.text
            await drive.type("3")
            await drive.press("enter")
            await drive.sees("Axis upwards")
            await drive.type("log:length")
            await drive.press("enter")
            assert bench.service.asked[-1] == ShowLayout("x=dim3 y=log:length")
            drive.app.main.perform("layout_back")
            assert bench.service.asked[-1] == UndoLayout()
            drive.app.main.perform("refit")
            assert bench.service.asked[-1] == FitLayout("near")

    run(scenario)


async def choose_layout(drive: Drive, name: str) -> None:
    """Move to a layout in the list beside the map."""
    drive.app.main.perform("layouts")
    await drive.until(lambda: isinstance(drive.app.screen, Picker), what="the list")
    picker = drive.app.screen
    assert isinstance(picker, Picker)
    while picker._choices[picker._at].id != name:
        await drive.press("j")


def places_on_map(drive: Drive) -> list[tuple[int, int]]:
    """Cells of the map that are lit."""
    cells = drive.session.stage.widgets.map.cells
    return [(int(y), int(x)) for y, x in np.argwhere(cells.count > 0)]


def test_a_stored_layout_is_shown_while_one_moves_to_it_and_escape_takes_it_back() -> None:
    held = snapshot(80)
    grid = np.random.default_rng(8).random((80, 2)).astype(np.float32)

    async def scenario() -> None:
        library = FakeLibrary(held)
        library.kept["grid"] = grid
        bench = Bench(library=library)
        async with driving(bench, size=(120, 30)) as drive:
            await drive.press("right", "down")
            selected, before = drive.selected, places_on_map(drive)
            await choose_layout(drive, "grid")
            await drive.until(lambda: places_on_map(drive) != before, what="the grid")
            on_grid = places_on_map(drive)
            assert "grid" in drive.text and not bench.service.asked
            await drive.press("k", "k")
            assert "enter works it out" in drive.text
            await drive.until(lambda: places_on_map(drive) == before, what="what is not stored shows the map before")
            await drive.press("j", "j")
            await drive.until(lambda: places_on_map(drive) == on_grid, what="the grid again")
            await drive.press("escape")
            await drive.until(lambda: places_on_map(drive) == before, what="the map before")
            assert drive.selected == selected and drive.session.stage.world.walk is not None
            assert not bench.service.asked, "nothing was written by looking"
            await choose_layout(drive, "grid")
            await drive.press("enter")
            assert bench.service.asked == [ShowLayout("grid")]
            await drive.until(lambda: drive.session.stage.world.walk is not None, what="a walk on it")
            assert places_on_map(drive) == on_grid and drive.selected == selected
            await drive.press("right")
            assert drive.selected != selected

    run(scenario)


def test_a_library_that_changes_while_a_layout_is_looked_at_is_not_taken_back() -> None:
    held = snapshot(80)

    async def scenario() -> None:
        library = FakeLibrary(held)
        library.kept["grid"] = np.random.default_rng(8).random((80, 2)).astype(np.float32)
        bench = Bench(library=library)
        async with driving(bench, size=(120, 30)) as drive:
            await choose_layout(drive, "grid")
            await drive.until(lambda: drive.session.stage.world.snapshot.layout == "grid")
            library.held = replace(snapshot(90), revision=2)
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: len(drive.session.stage.world) == 90)
            await drive.press("escape")
            assert len(drive.session.stage.world) == 90

    run(scenario)


def test_colours_are_shown_while_one_moves_through_them_and_what_was_hidden_comes_back() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            session = drive.session
            session.scenery.colour("folder")
            await drive.until(lambda: session.stage.world.colours.by == "folder")
            await drive.press("s", "space", "escape")
            hidden = session.sieve.state
            assert hidden
            before = drive.text
            await drive.press("c", "c", "c")
            await drive.until(lambda: session.stage.world.colours.by == session.scenery.colour_by != "folder")
            assert f"by {NAMES[session.scenery.colour_by]}" in drive.text.splitlines()[0]
            await drive.press("escape")
            await drive.until(lambda: session.stage.world.colours.by == "folder", what="the colours before")
            assert session.sieve.state == hidden and drive.text == before

    run(scenario)


def test_w_draws_the_spectrogram_in_place_of_the_waveform(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    at = np.arange(44100) / 44100
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1000 * at) * (at > 0.5), 44100)
    bench = Bench(snapshot(1, paths=[os.fsencode(path)]))

    async def scenario() -> None:
        async with driving(bench, size=(120, 40)) as drive:
            details = drive.session.stage.widgets.details
            await drive.until(lambda: drive.session.inspector.facts.peaks is not None)
            before = drive.text
            await drive.press("w")
            await drive.until(lambda: drive.session.inspector.facts.spectrum is not None)
            lines = ["".join(segment.text for segment in line) for line in details._lines]
            drawn = [line for line in lines if any(0x2800 < ord(char) <= 0x28FF for char in line)]
            pitches = [line for line in drawn if any(char > "\u2800" for char in line)]
            assert pitches and all(set(line[: len(line) // 2 - 3]) <= {"\u2800", " "} for line in pitches[1:])
            await drive.press("w")
            await drive.until(lambda: drive.session.inspector.facts.spectrum is None)
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


def test_a_few_samples_have_their_names_beside_them_none_over_another_and_the_same_ones_after_a_pan() -> None:
    bench = Bench(snapshot(60))

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            view = drive.session.stage.widgets.map
            assert view.in_letters
            await drive.until(lambda: bool(view._overlay.keys() - view._marks().keys()), what="names")
            before = {label.text: label.column for label in names(view.picture, cursor=view._cursor, plain=False)}
            stems = {os.fsdecode(bench.library.held.names[row]).rsplit("/", 1)[1][:-4] for row in range(60)}
            assert set(before) <= stems and len(before) > 10
            cells = [
                (label.row, label.column + at)
                for label in names(view.picture, cursor=view._cursor, plain=False)
                for at in range(len(label.text))
            ]
            assert len(cells) == len(set(cells))
            assert not any(view.cells.count[row, column] for row, column in cells)
            assert sum(text in drive.text for text in before) > 10
            await drive.press("+", "+")
            one = {label.text: label.column for label in names(view.picture, cursor=view._cursor, plain=False)}
            view.look(view.viewport.pan(1, 0))
            two = {label.text: label.column for label in names(view.picture, cursor=view._cursor, plain=False)}
            assert all(two[text] == one[text] - 1 for text in set(one) & set(two)) and len(set(one) & set(two)) > 3

    run(scenario)
