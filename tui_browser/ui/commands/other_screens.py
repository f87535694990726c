"""Commands of dialogs and of all screens; the methods are in the dialogs and in `command_screen`."""

from __future__ import annotations

from tui_browser.config.keymap import EVERYWHERE
from tui_browser.ui.keys.command import (
    CHOOSER,
    CONFIRM,
    DETAILS,
    HELP,
    MODELS,
    PICK,
    PICKER,
    PROMPT,
    ROOTS,
    SAMPLE,
    TAGS,
    Command,
    command,
)

_LIST = "List beside the map"

COMMANDS: tuple[Command, ...] = (
    command(
        "choose",
        "enter",
        "Choose",
        "print the path of this sample, or of all selected ones, and quit",
        "Pick",
        screens=(PICK,),
        needs=SAMPLE,
        hint=1,
    ),
    command("suspend", "ctrl+z", "Suspend", "suspend the app; fg in the shell returns", "App", screens=(EVERYWHERE,)),
    command(
        "redraw",
        "ctrl+l",
        "Redraw",
        "paint the whole screen again, after something else wrote on it",
        "App",
        screens=(EVERYWHERE,),
    ),
    command("force_quit", "ctrl+c ctrl+q", "Quit", "quit from anywhere", "App", screens=(EVERYWHERE,)),
    command("root_up", "up k", "Up", "previous folder", "Folders", screens=(ROOTS,)),
    command("root_down", "down j", "Down", "next folder", "Folders", screens=(ROOTS,)),
    command("root_add", "a", "Add", "type or paste a folder; tab completes", "Folders", screens=(ROOTS,), hint=1),
    command(
        "root_forget",
        "d delete",
        "Forget",
        "remove the folder from the library, after a question",
        "Folders",
        screens=(ROOTS,),
        needs=("root",),
        hint=2,
    ),
    command("root_rescan", "r", "Scan again", "scan all folders for changes now", "Folders", screens=(ROOTS,), hint=3),
    command(
        "close",
        "escape q",
        "Close",
        "back to the map",
        "Any other screen",
        screens=(ROOTS, HELP, DETAILS, MODELS),
        hint=9,
    ),
    command("scroll_up", "up k", "Up", "scroll up", "Any other screen", screens=(HELP, DETAILS)),
    command("scroll_down", "down j", "Down", "scroll down", "Any other screen", screens=(HELP, DETAILS)),
    command("scroll_page_up", "pageup", "Page up", "scroll a page up", "Any other screen", screens=(HELP, DETAILS)),
    command("yes", "y enter", "Yes", "do it", "Any other screen", screens=(CONFIRM,), hint=1),
    command("no", "n escape q", "No", "do not", "Any other screen", screens=(CONFIRM,), hint=2),
    command(
        "cancel", "escape", "Cancel", "close without a change", "Any other screen", screens=(PROMPT, TAGS, CHOOSER)
    ),
    command(
        "complete", "tab", "Complete", "complete the typed path or tag", "Any other screen", screens=(PROMPT, TAGS)
    ),
    command("choice_up", "up", "Up", "previous choice", "Any other screen", screens=(CHOOSER, TAGS)),
    command("choice_down", "down", "Down", "next choice", "Any other screen", screens=(CHOOSER, TAGS)),
    command("picker_down", "down j c tab", "Next", "show the next choice on the map", _LIST, screens=(PICKER,)),
    command("picker_up", "up k C", "Previous", "show the choice before it", _LIST, screens=(PICKER,)),
    command("picker_keep", "enter", "Keep", "keep what is shown", _LIST, screens=(PICKER,), hint=1),
    command("picker_back", "escape q", "Back", "show again what was shown before", _LIST, screens=(PICKER,), hint=2),
    command(
        "scroll_page_down",
        "pagedown space",
        "Page down",
        "scroll a page down",
        "Any other screen",
        screens=(HELP, DETAILS),
    ),
)
