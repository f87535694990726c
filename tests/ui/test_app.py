"""The app as a person sees it: walking, hearing, finding, keeping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.fakes import snapshot
from tests.support.pilot import Drive, present, scenario
from tui_browser.playback.messages import Ready
from tui_browser.records import DRUM_CLASSES, FAVOURITE
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.commands.table import COMMANDS, command_keys
from tui_browser.ui.dialogs.help import HelpScreen
from tui_browser.ui.state.colouring import CHOICES
from tui_browser.ui.widgets.map_view import MapView
from tui_browser.ui.widgets.sample_list import SampleList


@scenario()
async def test_the_first_sight_has_map_list_details_legend_and_keys(drive: Drive) -> None:
    text = drive.text
    assert "300 samples" in text and "all samples" in text
    assert any("\u2801" <= char <= "\u28ff" for char in text)
    assert "space play" in text and "? help" in text
    for letter in drive.app.paint.theme.class_letters[: len(DRUM_CLASSES)]:
        assert letter in text.splitlines()[-3]
    assert ".wav" in text.splitlines()[-2]


@scenario()
async def test_arrows_and_letters_walk_to_what_lies_in_that_direction(drive: Drive) -> None:
    map_model = drive.controllers.state.map_model
    for key, axis, sign in (("right", 0, 1), ("k", 1, 1), ("h", 0, -1), ("down", 1, -1)):
        before = map_model.place(drive.row)
        await drive.press(key)
        after = map_model.place(drive.row)
        assert sign * (after[axis] - before[axis]) > 0, key


@scenario()
async def test_the_cursor_stays_in_view_when_the_view_is_zoomed(drive: Drive) -> None:
    await drive.press(*["+"] * 5)
    map_view = drive.app.main.query_one(MapView)
    for key in ["l"] * 12 + ["j"] * 12:
        await drive.pilot.press(key)
        map_model = drive.controllers.state.map_model
        assert map_view.viewport.cell_at(map_model.place(drive.row)) is not None
    assert "x" in drive.text.splitlines()[0]
    await drive.press("0")
    assert map_view.viewport.whole


@scenario()
async def test_panning_moves_the_view_and_not_the_cursor(drive: Drive) -> None:
    await drive.press("+", "+")
    selected, view = drive.selected, drive.app.main.query_one(MapView).viewport
    await drive.press("L", "shift+down")
    assert drive.selected == selected and drive.app.main.query_one(MapView).viewport.centre != view.centre


@scenario()
async def test_the_list_follows_the_map_and_walks_by_itself(drive: Drive) -> None:
    await drive.press("right", "right", "tab", "down", "down")
    map_model = drive.controllers.state.map_model
    order = present(map_model.order)
    at = order.tolist().index(drive.row)
    assert f"{at + 1}/300" in drive.text
    selected = drive.selected
    await drive.press("left")
    assert drive.selected == selected
    await drive.press("end")
    assert "300/300" in drive.text
    await drive.press("home", "pagedown")
    assert drive.row == order[drive.app.main.query_one(SampleList).page - 1]


@scenario()
async def test_space_and_p_play_and_stop(drive: Drive) -> None:
    path = drive.controllers.state.path
    await drive.press("space")
    assert drive.bench.player.played == [path] and "♪" in drive.text
    await drive.press("p")
    assert drive.bench.player.stopped == 1 and "♪" not in drive.text
    drive.bench.player.tell(drive.app, Ready("null", False, "no sound device was found"))
    await drive.press("space")
    assert "no sound device" in drive.text


@scenario()
async def test_auto_play_waits_for_the_rest_and_is_remembered(drive: Drive) -> None:
    await drive.press("a")
    assert drive.bench.state.library("/fake/library.db").auto_play
    assert not drive.bench.state.library("/other.db").auto_play and "auto-play" in drive.text
    for _ in range(15):  # as fast as a held key repeats
        drive.app.main.perform("walk_right")
        drive.app.main.perform("walk_down")
    assert drive.bench.player.played == []
    await drive.until(lambda: bool(drive.bench.player.played))
    await drive.pilot.pause(0.2)
    assert drive.bench.player.played == [drive.controllers.state.path]
    await drive.press("a", "right")
    await drive.pilot.pause(0.3)
    assert drive.bench.player.stopped == 1


@scenario()
async def test_search_is_live_and_escape_brings_everything_back(drive: Drive) -> None:
    await drive.press("right", "+", "+", "L")
    map_view = drive.app.main.query_one(MapView)
    selected, viewport, text = drive.selected, map_view.viewport, drive.text
    await drive.press("/")
    await drive.type("cowb")
    map_model = drive.controllers.state.map_model
    cowbells = int(np.count_nonzero(map_model.snapshot.classes == DRUM_CLASSES.index("cowbell")))
    assert f"{cowbells} of 300" in drive.text and "found: cowb" in drive.text
    assert drive.cells.dim.any()
    assert "cowbell" in drive.text.splitlines()[3]
    await drive.press("enter")
    assert map_view.viewport.cell_at(map_model.place(drive.row)) is not None
    for key in ("left", "left", "up", "right"):
        await drive.press(key)
        assert b"cowbell" in drive.path, "a filtered map is walked through what matches"
    await drive.press("escape")
    assert (drive.selected, map_view.viewport) == (selected, viewport)
    assert drive.text == text


@scenario()
async def test_what_is_typed_last_wins_and_nothing_found_is_said(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("zzzz")
    assert "0 of 300" in drive.text
    selected = drive.selected
    await drive.press("enter")
    assert "no sample matches" in drive.text and drive.selected == selected
    await drive.press("backspace", "backspace", "backspace", "backspace")
    assert "of 300" not in drive.text.splitlines()[0]
    await drive.type("kick")
    await drive.press("down", "down")
    assert drive.row == drive.matches.rows[2]
    await drive.press("home", "x", "enter")
    assert drive.controllers.state.search.text == "xkick"


@scenario()
async def test_a_class_word_finds_a_file_whose_name_says_nothing(drive: Drive) -> None:
    classes = np.array([DRUM_CLASSES.index("kick"), DRUM_CLASSES.index("snare")], dtype=np.uint8)
    held = snapshot(2, paths=[b"/pack/1.wav", b"/pack/2.wav"])
    drive.bench.library.held = replace(held, classes=classes, revision=9)
    drive.controllers.snapshots.refresh()
    await drive.until(lambda: len(drive.controllers.state.map_model) == 2)
    await drive.press("/")
    await drive.type("kick")
    assert "1 of 2" in drive.text and drive.controllers.state.path == b"/pack/1.wav"
    await drive.press("escape", "/")
    await drive.type("name:kick")
    assert "0 of 2" in drive.text


@scenario()
async def test_neighbours_in_order_with_rank_and_distance_and_the_way_back(drive: Drive) -> None:
    map_model, anchor, row = drive.controllers.state.map_model, drive.selected, drive.row
    vectors = present(map_model.snapshot.vectors)
    distance = np.linalg.norm(vectors - vectors[row], axis=1)
    nearest = [int(map_model.snapshot.ids[other]) for other in np.argsort(distance, kind="stable") if other != row]
    seen = []
    for _ in range(3):
        await drive.press("n")
        seen.append(drive.selected)
    assert seen == nearest[:3]
    assert "neighbour 3 of 50 · distance" in drive.text and "neighbours of " in drive.text
    await drive.press("N")
    assert drive.selected == nearest[1]
    await drive.press("b")
    assert drive.selected == nearest[2] and "neighbours of" not in drive.text
    await drive.press("b", "b", "b", "b")
    assert drive.selected == anchor
    await drive.press("b")
    assert "the start of your walk" in drive.text


@scenario()
async def test_neighbours_under_a_filter_match_it(drive: Drive) -> None:
    await drive.press("/")
    await drive.type("class:snare")
    await drive.press("enter")
    for _ in range(4):
        await drive.press("n")
        assert b"snare" in drive.path
    count = len(present(drive.controllers.state.cursor.neighbours))
    await drive.sees(f'neighbour 4 of {count} among "class:snare" · distance')
    assert count == len(drive.matches.rows) - 1
    for _ in range(count - 3):
        await drive.press("n")
    await drive.sees(f'this is the last of {count} neighbours among "class:snare"')
    await drive.press("escape")
    search = drive.controllers.state.search
    assert search.active, "the first escape ends the neighbours"
    await drive.press("escape")
    assert not drive.controllers.state.search.active
    await drive.press("s", "space", "escape", "n")
    await drive.sees("neighbour 1 of 50 among the kinds shown")
    await drive.press("escape", "escape", "n")
    await drive.sees("neighbour 1 of 50 · distance")


@scenario()
async def test_the_copied_path_is_shown_in_full(drive: Drive) -> None:
    written = drive.record_writes()
    await drive.press("y")
    await drive.sees("/samples/")
    import base64

    await drive.until(lambda: bool(written))
    assert base64.b64decode(written[0].removeprefix("\x1b]52;c;").removesuffix("\x07")) == drive.controllers.state.path
    await drive.sees("copied")
    assert drive.path.decode() in drive.text


@scenario()
async def test_favourites_and_tags_are_asked_of_the_service(drive: Drive) -> None:
    sample = present(drive.selected)
    await drive.press("f")
    assert drive.bench.service.changes == [AnnotationChange(flags={FAVOURITE: {sample: True}})]
    assert "a favourite" in drive.text
    held = drive.bench.library.held
    flags = held.flags.copy()
    flags[drive.controllers.state.row] = FAVOURITE
    drive.bench.library.held = replace(held, revision=2, flags=flags, tags={sample: ("dark",)})
    drive.controllers.snapshots.refresh()
    await drive.sees("★")
    await drive.sees("#dark")
    await drive.press("f", "t")
    await drive.type(" 808, -")
    await drive.press("backspace", "backspace", "enter")
    assert drive.bench.service.changes[1:] == [
        AnnotationChange(flags={FAVOURITE: {sample: False}}),
        AnnotationChange(add_tags={"808": (sample,)}),
    ]


@scenario()
async def test_colours_go_round_and_the_legend_explains_them(drive: Drive) -> None:
    await drive.press("c")
    assert "length" in drive.text.splitlines()[-3] and "by length" in drive.text
    await drive.press(*["c"] * (len(CHOICES) - 1))
    await drive.until(lambda: "by " not in drive.text.splitlines()[0], what="the classes again")
    await drive.press("c", "escape")
    assert "by " not in drive.text.splitlines()[0]


@scenario()
async def test_a_key_that_cannot_act_says_why(drive: Drive) -> None:
    await drive.press("b")
    assert "this is the start of your walk" in drive.text
    await drive.press("r")
    assert "the newest one" in drive.text


@scenario()
async def test_help_lists_every_binding(drive: Drive) -> None:
    await drive.press("?")
    screen = drive.app.screen
    assert isinstance(screen, HelpScreen)
    lines = ["".join(text for text, _ in line) for line in screen.lines(76)]
    everything = "\n".join(lines)
    for command in COMMANDS:
        for key in command_keys().written(command.id):
            assert key in everything, command.id
    await drive.press("down", "pagedown", "q")
    assert drive.app.screen is drive.app.main


@scenario()
async def test_the_palette_finds_commands_and_says_why_some_cannot_act(drive: Drive) -> None:
    await drive.press("ctrl+p")
    await drive.type("fav")
    assert "▸ Favourite" in drive.text
    await drive.press("enter")
    assert FAVOURITE in drive.bench.service.changes[0].flags
    await drive.press("ctrl+p")
    await drive.type("newer")
    assert "the newest one" in drive.text
    await drive.press("enter", "escape")
    assert drive.app.screen is drive.app.main


@scenario()
async def test_another_theme_is_worn_and_remembered(drive: Drive) -> None:
    await drive.press("ctrl+p")
    await drive.type("theme")
    await drive.press("enter")
    await drive.press("down")
    assert drive.app.paint.theme.name == "light" and drive.bench.state.theme == ""
    await drive.press("enter")
    assert drive.app.paint.theme.name == "light" and drive.bench.state.theme == "light"


@scenario(size=(200, 50))
async def test_details_of_a_sample(drive: Drive) -> None:
    await drive.sees("44.1 kHz stereo")
    await drive.press("enter")
    await drive.sees("abab")
    assert drive.path.decode() in drive.text
    await drive.press("escape")
    assert drive.app.screen is drive.app.main


@scenario(size=(160, 45))
async def test_the_list_names_its_columns(drive: Drive) -> None:
    listing = drive.app.main.query_one(SampleList)
    lines = ["".join(segment.text for segment in line) for line in listing._lines]
    head, first = lines[1], lines[2]
    assert head.split() == ["name", "folder", "length"]
    assert first[head.index("name") - 1] == " " and first[head.index("name")] != " "
    assert first[head.index("folder") - 1] == " " and first[head.index("folder")] in "/~…"
    assert head.rstrip().endswith("length") and first.rstrip()[-1] == "s" and len(head.rstrip()) == len(first.rstrip())
    await drive.pilot.click(SampleList, offset=(5, 1))
    await drive.until(lambda: drive.controllers.state.search.text == "sort:name", what="the list sorted")
    await drive.settle()
    assert listing.row_at(1) is None and drive.bench.player.played == [], "the header is no sample"
    top = listing.row_at(2)
    await drive.pilot.click(SampleList, offset=(5, 2))
    assert drive.row == top and len(drive.bench.player.played) == 1
    await drive.press("n")
    lines = ["".join(segment.text for segment in line) for line in listing._lines]
    assert lines[0].startswith("neighbours of ") and lines[1].split() == ["name", "folder", "distance"]
