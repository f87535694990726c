"""Choosing a layout, an axis or a colour: each is shown on the map while one moves through the list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, run
from tui_browser.config.settings import Settings
from tui_browser.service.messages import Changed, FitLayout, LayoutChanged, ShowLayout, UndoLayout
from tui_browser.ui.dialogs.picker import Picker
from tui_browser.ui.state.colouring import NAMES


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
            await drive.until(lambda: drive.controllers.animation.running, what="the glide")
            await drive.until(lambda: not drive.controllers.animation.running, what="the grid")
            assert drive.selected == selected and drive.controllers.state.map_model.snapshot.layout == "grid"
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
            assert bench.service.asked[-1:] == [UndoLayout()]
            drive.app.main.perform("refit")
            assert bench.service.asked[-1:] == [FitLayout("near")]

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
    return [(int(y), int(x)) for y, x in np.argwhere(drive.cells.count > 0)]


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
            assert drive.selected == selected and drive.controllers.state.map_model.walk is not None
            assert not bench.service.asked, "nothing was written by looking"
            await choose_layout(drive, "grid")
            await drive.press("enter")
            assert bench.service.asked == [ShowLayout("grid")]
            await drive.until(lambda: drive.controllers.state.map_model.walk is not None, what="a walk on it")
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
            await drive.until(lambda: drive.controllers.state.map_model.snapshot.layout == "grid")
            library.held = replace(snapshot(90), revision=2)
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: len(drive.controllers.state.map_model) == 90)
            await drive.press("escape")
            assert len(drive.controllers.state.map_model) == 90

    run(scenario)


def test_colours_are_shown_while_one_moves_through_them_and_what_was_hidden_comes_back() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            controllers = drive.controllers
            controllers.map.colour("folder")
            await drive.until(lambda: controllers.state.map_model.colours.by == "folder")
            await drive.press("s", "space", "escape")
            hidden = controllers.state.visibility.state
            assert hidden
            before = drive.text
            await drive.press("c", "c", "c")
            await drive.until(lambda: controllers.state.map_model.colours.by == controllers.state.colour_by != "folder")
            assert f"by {NAMES[controllers.state.colour_by]}" in drive.text.splitlines()[0]
            await drive.press("escape")
            await drive.until(lambda: controllers.state.map_model.colours.by == "folder", what="the colours before")
            assert controllers.state.visibility.state == hidden and drive.text == before

    run(scenario)
