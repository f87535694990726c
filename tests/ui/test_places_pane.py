"""The pane of places: walking it filters map and list by a query on the search line, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, drive_on, present, scenario
from tui_browser.config.saved_searches import save_search
from tui_browser.records import HIDDEN, Root, SampleId
from tui_browser.ui.state.place_tree import PlaceNode, place_tree
from tui_browser.ui.widgets.places_pane import PlacesPane
from tui_browser.ui.widgets.search_bar import SearchBar

HOSTILE = b"bad \x1b[31m\n\xff name"
WIDE = (120, 36)


def pane(drive: Drive) -> PlacesPane:
    return drive.app.screen.query_one(PlacesPane)


def line(drive: Drive) -> str:
    bar = drive.app.screen.query_one(SearchBar)
    return bar.field.value if bar.display else ""


def place(drive: Drive) -> PlaceNode:
    return present(drive.controllers.state.places.node)


def found(drive: Drive) -> list[bytes]:
    names = drive.controllers.state.map_model.snapshot.names
    return sorted(names[row] for row in drive.matches.rows.tolist())


async def walk_to(drive: Drive, name: str) -> None:
    """Down to a place, as a person walks."""
    for _ in range(60):
        if place(drive).name == name:
            return
        await drive.press("down")
    raise AssertionError(f"no place {name}; the screen was:\n{drive.text}")


def organised() -> Bench:
    """A library with everything that there are places for."""
    paths = [b"/one/Kicks/a.wav", b"/one/Kicks/deep/b.wav", b"/one/kicks/c.wav", b"/one/" + HOSTILE + b"/d.wav",
             b"/two/e.wav", b"/two/loops/f.wav", b"/two/loops/g.wav"]  # fmt: skip
    held = snapshot(len(paths), paths=paths)
    ids = [SampleId(sample) for sample in held.ids.tolist()]
    flags = held.flags.copy()
    flags[6] = HIDDEN
    held = replace(
        held, flags=flags,
        tags={ids[0]: ("dark", "two words", "\x1b[2J owned\x9b"), ids[1]: ("Dark",), ids[6]: ("dark",)},
        collections={"night set": (ids[4], ids[0]), "empty": (), "\x1b]0;set": (ids[2],)},
    )  # fmt: skip
    save_search("lows", "folder:deep or folder:loops")
    return Bench(library=FakeLibrary(held, roots=[Root(b"/one", True, 4), Root(b"/two", True, 3)]))


def drives(test: Callable[[Drive], Awaitable[None]]) -> None:
    drive_on(organised(), test, size=WIDE)


def test_every_place_finds_as_many_as_it_says() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("ctrl+t")
        await drive.sees("saved searches")
        seen = {}
        for _ in range(40):
            places = drive.controllers.state.places
            if not places.rows[places.at].opened:
                await drive.press("right")
            node = place(drive)
            if node.query:
                assert line(drive) == node.query and line(drive).isprintable()
                seen[node.name] = len(drive.matches)
                assert node.count is None or node.count == len(drive.matches), node
            await drive.press("down")
        assert seen["one"] == 4 and seen["two"] == 2 and seen["loops"] == 1, "hidden samples do not count"
        assert seen["Kicks"] == 2 and seen["kicks"] == 1 and seen["dark"] == 2 and seen["two words"] == 1
        assert seen["\\x1b[2j owned\\x9b"] == 1 and seen["\\x1b]0;set"] == 1, "tags and collections, too"
        assert place(drive).name == "@lows"
        await drive.until(lambda: place(drive).count == 2, what="the count of a saved search")
        assert seen["night set"] == 2 and seen["empty"] == 0 and seen["@lows"] == 2
        assert seen["bad \\x1b[31m\\n\\xff name"] == 1, "a hostile name is written out, and found"

    drives(test)


def test_enter_keeps_the_place_and_esc_takes_it_away() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("ctrl+t")
        await drive.sees("saved searches")
        view = drive.controllers.presenter.widgets.map.viewport
        await walk_to(drive, "two")
        assert found(drive) == [b"/two/e.wav", b"/two/loops/f.wav"] and "2 of 7" in drive.text
        await drive.press("escape")
        assert line(drive) == "" and not drive.controllers.state.search.active
        assert drive.controllers.presenter.widgets.map.viewport == view and not pane(drive).active
        await drive.press("ctrl+t", "up", "down", "enter")
        assert line(drive) == "under:/two" and not pane(drive).active and drive.path.startswith(b"/two/")
        await drive.press("u")
        assert line(drive) == "", "undo takes it back"

    drives(test)


def test_a_place_narrows_what_is_on_the_search_line() -> None:
    async def test(drive: Drive) -> None:
        await drive.press("/")
        await drive.type("folder:deep or folder:loops")
        await drive.press("enter", "ctrl+t")
        await drive.sees("saved searches")
        await walk_to(drive, "two")
        assert line(drive) == "under:/two (folder:deep or folder:loops)" and found(drive) == [b"/two/loops/f.wav"]
        await drive.press("tab", "ctrl+t", "up")
        assert line(drive) == "under:/one (folder:deep or folder:loops)", "the place before is replaced"
        await drive.press("escape")
        assert line(drive) == "folder:deep or folder:loops" and len(drive.matches) == 2

    drives(test)


@scenario(size=WIDE)
async def test_one_key_shows_and_hides_it_and_what_was_open_stays(drive: Drive) -> None:
    await drive.press("ctrl+t")
    await drive.sees("808 Essentials")
    await walk_to(drive, "808 Essentials")
    await drive.press("right")
    await drive.sees("▾ 808 Essentials")
    await drive.press("ctrl+t")
    assert not pane(drive).display and "saved searches" not in drive.text and "under:" in line(drive)
    await drive.press("ctrl+t")
    await drive.sees("▾ 808 Essentials")
    assert place(drive).name == "808 Essentials" and pane(drive).active
    await drive.press("left")
    await drive.sees("▸ 808 Essentials")
    await drive.press("left")
    assert place(drive).name == "samples", "then to what holds it"
    await drive.press("space")
    assert drive.bench.player.played and pane(drive).active, "what is found can be heard on the way"
    row = drive.row
    await drive.press("n")
    assert not pane(drive).active and drive.controllers.state.cursor.neighbours is not None
    await drive.press("down")
    assert place(drive).name == "samples" and drive.row != row


@scenario()
async def test_a_small_terminal_keeps_map_and_list(drive: Drive) -> None:
    await drive.press("ctrl+t")
    await drive.sees("places need 100x16 cells")
    assert not pane(drive).display and drive.controllers.presenter.widgets.map.size.width >= 48
    await drive.pilot.resize_terminal(*WIDE)
    await drive.press("ctrl+t")
    await drive.sees("808 Essentials")
    map_width = drive.controllers.presenter.widgets.map.size.width
    assert map_width >= 40 and drive.controllers.presenter.widgets.list.size.width >= 28
    await drive.pilot.resize_terminal(80, 24)
    await drive.until(lambda: not pane(drive).display)
    assert not pane(drive).active, "the keys act on the map"
    await drive.pilot.resize_terminal(*WIDE)
    await drive.until(lambda: pane(drive).display)


@scenario(size=WIDE)
async def test_a_click_filters_and_the_tree_follows_the_library(drive: Drive) -> None:
    await drive.press("ctrl+t")
    await drive.sees("808 Essentials")
    await drive.press("escape")
    at = next(at for at, row in enumerate(drive.controllers.state.places.rows) if row.node.name == "Studio One")
    await drive.pilot.click(PlacesPane, offset=(6, at + 1))
    await drive.until(lambda: line(drive) == 'under:"/samples/Studio One"')
    assert place(drive).count == len(drive.matches) == 60 and pane(drive).active
    await drive.apart()
    await drive.pilot.click(PlacesPane, offset=(2, at + 1))
    await drive.sees("▾ Studio One")
    held = drive.bench.library.held
    drive.bench.library.held = replace(held, revision=2, tags={SampleId(int(held.ids[0])): ("brand new",)})
    drive.controllers.snapshots.refresh()
    await drive.sees("▸ tags")
    assert place(drive).name == "Studio One", "the cursor stays on its place"


def test_a_path_of_a_thousand_folders_is_no_danger() -> None:
    deep = b"/s" + b"/a" * 2_000
    tree = place_tree(snapshot(2, paths=[deep + b"/x.wav", b"/s/y.wav"]), [b"/s"], ())
    node, levels = tree[0].children[0], 0
    while node.children:
        node, levels = node.children[0], levels + 1
    assert levels == 2_000 and node.count == 1 and tree[0].children[0].count == 2


def test_roots_of_the_same_name_are_told_apart_and_empty_ones_stay() -> None:
    held = snapshot(3, paths=[b"/a/kit/x.wav", b"/b/kit/y.wav", b"/b/kit/in/z.wav"])
    roots = place_tree(held, [b"/a/kit", b"/b/kit", b"/gone", b"/"], ())[0].children
    assert [(root.name, root.count) for root in roots] == [("/a/kit", 1), ("/b/kit", 2), ("gone", 0), ("/", 3)]
    assert roots[3].query == "under:/"
    classes = place_tree(held, [b"/"], ())[1].children
    assert sum(present(each.count) for each in classes) == len(held) and np.unique(held.classes).size == len(classes)
