"""The table of commands, its keys, its page in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_browser.errors import ConfigError
from tui_browser.ui.command_screen import CommandScreen
from tui_browser.ui.commands.table import COMMANDS, command_keys
from tui_browser.ui.dialogs.chooser import Chooser
from tui_browser.ui.dialogs.confirm import Confirm
from tui_browser.ui.dialogs.details import DetailsScreen
from tui_browser.ui.dialogs.freesound import FreesoundScreen
from tui_browser.ui.dialogs.help import HelpScreen
from tui_browser.ui.dialogs.picker import Picker
from tui_browser.ui.dialogs.prompt import Prompt
from tui_browser.ui.dialogs.roots import RootsScreen
from tui_browser.ui.keys.command import (
    CHOOSER,
    CONFIRM,
    DETAILS,
    FREESOUND,
    HELP,
    LEGEND,
    MAIN,
    NEEDS,
    PICK,
    PICKER,
    PROMPT,
    ROOTS,
    VISUALISER,
)
from tui_browser.ui.keys.keys import key_name
from tui_browser.ui.keys.manual import markdown
from tui_browser.ui.screens.main import MainScreen
from tui_browser.ui.screens.pick import PickScreen

TABLE = command_keys()
BY_ID, on_screen = TABLE.by_id, TABLE.on_screen
RESERVED = [*"123456789"]
SCREENS: dict[str, type[CommandScreen]] = {
    MAIN: MainScreen, ROOTS: RootsScreen, HELP: HelpScreen, DETAILS: DetailsScreen, CONFIRM: Confirm, PROMPT: Prompt,
    CHOOSER: Chooser, PICK: PickScreen, LEGEND: MainScreen, PICKER: Picker, FREESOUND: FreesoundScreen,
    VISUALISER: MainScreen,
}  # fmt: skip


def test_ids_are_unique_and_every_need_has_its_sentence() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert all(need in NEEDS for command in COMMANDS for need in command.needs)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_of_a_screen_is_carried_out_there(screen: str) -> None:
    for command in on_screen(screen):
        assert SCREENS[screen].carries_out(command.id), (screen, command.id)


@pytest.mark.parametrize("key", RESERVED)
def test_reserved_keys_mean_nothing_yet(key: str) -> None:
    assert command_keys().command(key, screen=MAIN) is None


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("left", "walk_left"), ("h", "walk_left"), ("H", "pan_left"), ("shift+right", "pan_right"), ("L", "pan_right"),
        ("+", "zoom_in"), ("-", "zoom_out"), ("0", "fit"), ("space", "play"), ("p", "play"), ("a", "auto_play"),
        (">", "louder"), ("<", "quieter"), ("}", "faster"), ("{", "slower"), ("o", "loop"),
        ("/", "search"), ("escape", "clear"), ("tab", "switch"), ("n", "next_neighbour"), ("N", "previous_neighbour"),
        ("m", "grid"), ("w", "spectrum"), ("z", "go_class"), ("]", "next_unheard"), ("[", "previous_unheard"),
        ("M", "set_mark"), ("'", "go_mark"), ("b", "back"), ("y", "copy"), ("Y", "copy_as"), ("f", "favourite"),
        ("t", "tag"), ("c", "colour_by"),
        ("enter", "details"),
        (".", "vary"), ("G", "mix"), ("g", "make_here"), ("F", "freesound"), ("W", "keep_made"),
        ("x", "select"), ("X", "select_region"), ("u", "undo"), ("ctrl+r", "redo"), ("s", "legend"),
        ("ctrl+p", "palette"), ("?", "help"), ("q", "quit"), ("ctrl+c", "force_quit"), ("ctrl+z", "suspend"),
    ],
)  # fmt: skip
def test_the_promised_keys(key: str, command: str) -> None:
    found = command_keys().command(key, screen=MAIN)
    assert found is not None and found.id == command


def test_in_pick_enter_chooses_and_everything_else_stays() -> None:
    ids = {command.id for command in on_screen(PICK)}
    assert ids == {command.id for command in on_screen(MAIN)} - {"details"} | {"choose"}
    found = command_keys().command("enter", screen=PICK)
    assert found is not None and found.id == "choose"
    with pytest.raises(ConfigError, match="means both"):
        command_keys({"choose": ["t"]})


def test_a_persons_own_keys_replace_the_tables() -> None:
    keys = command_keys({"copy": ["ctrl+y"], "tag": []})
    assert keys.command("y", screen=MAIN) is None
    assert keys.command("ctrl+y", screen=MAIN) is BY_ID["copy"]
    assert keys.first("tag") == ""
    with pytest.raises(ConfigError, match="means both"):
        command_keys({"copy": ["q"]})
    with pytest.raises(ConfigError, match="favourite"):
        command_keys({"favorite": ["q"]})


def test_a_refusal_names_the_key_that_helps() -> None:
    keys = command_keys({"roots": ["f7"]})
    assert "f7 adds a folder" in keys.refusal(BY_ID["search"], ())
    assert keys.refusal(BY_ID["search"], ("samples",)) == ""


@pytest.mark.parametrize(
    ("key", "character", "name"),
    [("plus", "+", "+"), ("slash", "/", "/"), ("H", "H", "H"), ("space", " ", "space"), ("escape", "\x1b", "escape"),
     ("ctrl+p", "\x10", "ctrl+p"), ("question_mark", "?", "?"), ("shift+left", None, "shift+left"), ("0", "0", "0")],
)  # fmt: skip
def test_key_events_are_spelled_as_the_table_does(key: str, character: str | None, name: str) -> None:
    assert key_name(key, character) == name


def test_the_page_of_keys_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == markdown(command_keys()), "run `make pages`"
