"""Selecting many: one by one, a region, what was found, a kind; what is done to all of them; and taking it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, names_of, snapshot
from tests.support.pilot import Drive, driving, present, run
from tests.ui.test_app_library import part
from tui_browser.records import DRUM_CLASSES, FAVOURITE, HEARD, Root
from tui_browser.service.messages import Changed
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.terminal import clipboard
from tui_browser.ui.terminal.clipboard import Copied


def chosen(drive: Drive) -> set[int]:
    return set(drive.controllers.state.selection.ids.tolist())


def test_x_takes_a_sample_in_and_walks_on_in_the_list_and_on_the_map() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            first = drive.selected
            await drive.press("x")
            assert chosen(drive) == {first} and drive.selected == first and "1 sample selected" in drive.text
            await drive.press("right")
            second = drive.selected
            await drive.press("x")
            assert chosen(drive) == {first, second} and drive.selected != second
            await drive.press("tab", "home", "x", "x", "x")
            rows = drive.controllers.cursor.listing.rows[:3]
            in_list = set(bench.library.held.ids[rows].tolist())
            assert in_list ^ chosen(drive) <= {first, second}
            assert drive.text.count("●") >= 2
            await drive.press("home", "x")
            assert len(chosen(drive) & in_list) == 2, "the same key takes it out again"

    run(scenario)


def test_x_in_a_search_goes_on_to_the_next_match_and_tells_the_last_one() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("right", "/")
            await drive.type("class:snare")
            await drive.press("enter")
            rows = drive.matches.rows
            found = bench.library.held.ids[rows].tolist()
            await drive.press("x")
            assert chosen(drive) == {found[0]} and drive.selected == found[1]
            await drive.press("x", "x")
            assert drive.controllers.state.selection.ids.tolist() == found[:3] and drive.selected == found[3]
            await drive.press(*["x"] * (len(found) - 3))
            assert chosen(drive) == set(found) and drive.selected == found[-1]
            assert "that was the last one" in drive.text
            await drive.press("left")
            assert drive.controllers.state.cursor.heading == "left"
            here = drive.selected
            ahead = drive.controllers.cursor.step("left")
            await drive.press("x")
            assert here not in chosen(drive)
            assert ahead is None or drive.controllers.state.row == ahead, "an arrow after the search says where on"

    run(scenario)


def test_a_region_grows_with_each_press_around_the_cursor_and_under_a_search() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            held = bench.library.held
            sizes, row = [], drive.controllers.state.row
            for _ in range(4):
                await drive.press("X")
                sizes.append(len(chosen(drive)))
            assert sizes == sorted(set(sizes)), "each press takes more"
            scale = drive.controllers.presenter.widgets.map.viewport.scale
            xy = drive.controllers.state.map_model.xy
            distance = np.hypot(*((xy - xy[row]) * scale).T)
            inside = np.isin(held.ids, list(chosen(drive)))
            assert distance[inside].max() <= distance[~inside].min(), "what is nearest on the screen"
            assert present(drive.controllers.presenter.widgets.map._selected_cells).any()
            await drive.press("u")
            assert len(chosen(drive)) == sizes[-2]
            await drive.press("ctrl+r")
            assert len(chosen(drive)) == sizes[-1]
            await drive.press("escape", "escape", "/")
            assert not chosen(drive)
            await drive.type("class:snare")
            await drive.press("enter", *"XXXXXXXXXXXXXXXX")
            snares = set(held.ids[held.classes == DRUM_CLASSES.index("snare")].tolist())
            assert chosen(drive) == snares
            assert "all samples shown are selected" in drive.text

    run(scenario)


def test_what_was_found_is_selected_and_survives_a_new_snapshot() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            held = bench.library.held
            await drive.press("/")
            await drive.type("class:kick")
            await drive.press("enter", "asterisk", "escape")
            kicks = held.ids[held.classes == DRUM_CLASSES.index("kick")]
            assert (
                chosen(drive) == set(kicks.tolist()) and f"{len(kicks)} samples selected" in drive.text.splitlines()[0]
            )
            kept = np.flatnonzero(held.ids != kicks[3])[50:]
            bench.library.held = part(held, kept, revision=2)
            bench.service.tell(drive.app, Changed(2))
            await drive.until(lambda: len(drive.controllers.state.map_model) == len(kept))
            map_model = drive.controllers.state.map_model
            rows = drive.controllers.state.selection.rows(map_model)
            assert (map_model.snapshot.classes[rows] == DRUM_CLASSES.index("kick")).all()
            assert len(rows) == int((map_model.snapshot.classes == DRUM_CLASSES.index("kick")).sum())
            await drive.press("f")
            (change,) = bench.service.changes
            assert set(change.flags[FAVOURITE]) == set(map_model.snapshot.ids[rows].tolist())

    run(scenario)


def test_favourites_and_tags_of_many_and_back() -> None:
    held = snapshot(40)
    flags = np.zeros(40, np.uint8)
    flags[3] = FAVOURITE
    ids = held.ids.tolist()
    held = replace(held, flags=flags, tags={ids[1]: ("dark", "warm"), ids[3]: ("warm",), ids[5]: ("warm", "old")})
    bench = Bench(held)

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            asked = bench.service.asked
            drive.controllers.undoable_edits.select(held.ids[[1, 3, 5]])
            await drive.press("f")
            all_three = dict.fromkeys((ids[1], ids[3], ids[5]), True)
            assert bench.service.changes == [AnnotationChange(flags={FAVOURITE: all_three})]
            assert "3 samples are favourites" in drive.text
            await drive.press("u")
            assert bench.service.taken_back == 1
            await drive.press("ctrl+r", "u")
            assert bench.service.changes[0] == bench.service.changes[1] and bench.service.taken_back == 2
            del asked[:]
            await drive.press("t")
            assert "Tags of 3 samples" in drive.text
            await drive.press(*["backspace"] * len("warm "))
            await drive.type("old new")
            await drive.press("enter")
            everyone = (ids[1], ids[3], ids[5])
            add = {"old": (ids[1], ids[3]), "new": everyone}
            assert bench.service.changes == [AnnotationChange(add_tags=add, remove_tags={"warm": everyone})]
            await drive.press("u")
            assert bench.service.taken_back == 1

    run(scenario)


def test_the_selection_is_copied_exported_and_played_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / name).write_bytes(name.encode())
        paths.append(bytes(tmp_path / name))
    held = replace(snapshot(3), names=names_of(paths))
    bench = Bench(library=FakeLibrary(held, roots=[Root(bytes(tmp_path), True, 3)]))
    texts: list[str | bytes] = []

    def copy(text: str | bytes, **_: object) -> Copied:
        texts.append(text)
        return Copied("clipboard", True, ())

    monkeypatch.setattr(clipboard, "copy", copy)

    async def scenario() -> None:
        async with driving(bench, size=(100, 30)) as drive:
            drive.controllers.undoable_edits.select(held.ids[[2, 0]])
            await drive.press("y")
            await drive.until(lambda: bool(texts))
            assert texts == [paths[2] + b"\n" + paths[0] + b"\n"]
            await drive.press("E")
            await drive.type(str(tmp_path / "out"))
            await drive.press("enter")
            await drive.sees("2 files copied")
            assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.wav", "c.wav"]
            assert (tmp_path / "out" / "c.wav").read_bytes() == b"c.wav"
            await drive.press("A")
            assert bench.player.played == [paths[2]]

    run(scenario)


def test_a_kind_is_selected_from_the_list_of_kinds_and_from_the_legend() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench, size=(140, 40)) as drive:
            held = bench.library.held
            await drive.press("S")
            await drive.type("cowbell")
            await drive.press("enter")
            cowbells = set(held.ids[held.classes == DRUM_CLASSES.index("cowbell")].tolist())
            assert chosen(drive) == cowbells
            await drive.press("S")
            await drive.type("others")
            await drive.press("enter")
            assert chosen(drive) == set(held.ids.tolist()) - cowbells
            await drive.press("S")
            await drive.type("none")
            await drive.press("enter")
            assert not chosen(drive)
            await drive.press("s", "right", "x", "escape")
            assert chosen(drive) == set(held.ids[held.classes == 1].tolist())

    run(scenario)


def test_views_are_taken_back_too_and_moves_in_a_row_together() -> None:
    bench = Bench()

    async def scenario() -> None:
        async with driving(bench) as drive:
            view = drive.controllers.presenter.widgets.map
            await drive.press("u")
            assert "nothing to undo" in drive.text
            whole = view.viewport
            await drive.press("+", "+", "L")
            near = view.viewport
            await drive.press("x", "0", "u")
            assert view.viewport == near
            await drive.press("u")
            assert not chosen(drive)
            await drive.press("u")
            assert view.viewport == whole
            await drive.press("ctrl+r")
            assert view.viewport == near
            assert HEARD  # nothing of this is asked of the service
            assert not bench.service.asked

    run(scenario)
