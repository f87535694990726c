"""The one table of commands: what feeds the keys, the footer, `?`, the palette and docs/keys.md.

A command that cannot act now says why: it names what it `needs`, the screen knows what is there, and `NEEDS` holds the
sentence for what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tui_browser.config.keymap import EVERYWHERE, resolve

MAIN, PICK, ROOTS, HELP, DETAILS, CONFIRM, PROMPT, CHOOSER = (
    "main",
    "pick",
    "roots",
    "help",
    "details",
    "confirm",
    "prompt",
    "chooser",
)

NEEDS = {
    "samples": "the library has no samples yet: {roots} adds a folder",
    "selection": "no sample is selected: an arrow key selects one",
    "vectors": "the sounds are still being loaded; in a moment",
    "trail": "this is where the walk began",
    "offer": "the map shown is the newest one",
    "sounding": "nothing sounds that is long enough",
    "root": "there is no folder to forget",
}
"""What a command may need, and the sentence when it is missing; `{id}` stands for that command's first key."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a person can ask for."""

    id: str
    keys: tuple[str, ...]
    label: str
    """Two words at most, for the footer and the palette."""
    help: str
    """One line for `?`, the palette and the docs."""
    group: str
    screens: tuple[str, ...] = (MAIN, PICK)
    needs: tuple[str, ...] = ()
    hint: int = 0
    """Rank in the footer, 1 first; 0 stays out of it."""


def _command(id: str, keys: str, label: str, help: str, group: str, **more: object) -> Command:
    return Command(id, tuple(keys.split()), label, help, group, **more)  # type: ignore[arg-type]


_PLACE = {"needs": ("samples",)}
_ONE = {"needs": ("samples", "selection")}

COMMANDS: tuple[Command, ...] = (
    _command("walk_left", "left h", "Left", "walk to the nearest sample on the left", "Walk", **_PLACE),
    _command("walk_down", "down j", "Down", "walk to the nearest sample below; next row in the list", "Walk", **_PLACE),
    _command("walk_up", "up k", "Up", "walk to the nearest sample above; previous row in the list", "Walk", **_PLACE),
    _command("walk_right", "right l", "Right", "walk to the nearest sample on the right", "Walk", **_PLACE),
    _command("page_up", "pageup", "Page up", "a page up in the list", "Walk", **_PLACE),
    _command("page_down", "pagedown", "Page down", "a page down in the list", "Walk", **_PLACE),
    _command("first", "home", "First", "first row of the list", "Walk", **_PLACE),
    _command("last", "end", "Last", "last row of the list", "Walk", **_PLACE),
    _command("back", "b", "Back", "back along the trail of samples that you came by", "Walk", needs=("trail",), hint=9),
    _command("go_class", "z", "To class", "then the letter of a class: to its nearest sample", "Walk", **_PLACE),
    _command("next_unheard", "]", "Unheard", "to the nearest sample that was not heard yet", "Walk", **_PLACE),
    _command("previous_unheard", "[", "Unheard, back", "back on that way", "Walk", **_PLACE),
    _command("set_mark", "M", "Mark", "then a letter: mark this place with it", "Walk", **_ONE),
    _command("go_mark", "'", "To mark", "then a letter: to the place that was marked with it", "Walk", **_PLACE),
    _command("play", "space p", "Play", "play the sample; stop it while it sounds", "Hear", **_ONE, hint=1),
    _command("auto_play", "a", "Auto-play", "play each sample on which the walk rests, on or off", "Hear", hint=8),
    _command("louder", ">", "Louder", "louder, all that is heard", "Hear"),
    _command("quieter", "<", "Quieter", "quieter", "Hear"),
    _command("faster", "}", "Faster", "a whole tone faster and higher, up to twice", "Hear"),
    _command("slower", "{", "Slower", "a whole tone slower and lower, down to half", "Hear"),
    _command("loop", "o", "Loop", "over and over, or once", "Hear"),
    _command("seek_on", ";", "Later", "five seconds on in a long sound", "Hear", needs=("sounding",)),
    _command("seek_back", ",", "Earlier", "five seconds back in it", "Hear", needs=("sounding",)),
    _command("play_all", "A", "Play all", "play the list in turn from here, until a key is pressed", "Hear", **_PLACE),
    _command("search", "/", "Search", "search names, folders, classes and more, live", "Find", **_PLACE, hint=2),
    _command("clear", "escape", "Clear", "end the search and bring back the view; end neighbours, guest", "Find"),
    _command(
        "next_neighbour", "n", "Similar", "to the next most similar sound of where you first pressed it", "Find",
        needs=("samples", "selection", "vectors"), hint=3,
    ),
    _command(
        "previous_neighbour", "N", "Similar, back", "to the previous one in that list", "Find",
        needs=("samples", "selection", "vectors"),
    ),
    _command("pan_left", "shift+left H", "Pan left", "move the view to the left", "Look", **_PLACE),
    _command("pan_down", "shift+down J", "Pan down", "move the view down", "Look", **_PLACE),
    _command("pan_up", "shift+up K", "Pan up", "move the view up", "Look", **_PLACE),
    _command("pan_right", "shift+right L", "Pan right", "move the view to the right", "Look", **_PLACE),
    _command("zoom_in", "+ =", "Zoom in", "show less of the map, larger", "Look", **_PLACE, hint=10),
    _command("zoom_out", "-", "Zoom out", "show more of the map", "Look", **_PLACE),
    _command("fit", "0", "Fit", "show the whole map", "Look", **_PLACE, hint=11),
    _command("colour_by", "c", "Colour", "colour the map by class, length, brightness, noise, pitch ...", "Look",
             **_PLACE, hint=12),
    _command("colours", "C", "Colours", "colour by folder, tag, heard, copies, groups of like sounds ...", "Look",
             **_PLACE),
    _command("grid", "m", "Map / grid", "each sample in a cell of its own, and back to the map", "Look", **_PLACE),
    _command("layouts", "", "Layout", "UMAP, t-SNE, PCA, grid, or axes of your own choice", "Look", **_PLACE),
    _command("axes", "", "Axes", "let right and up mean a latent dimension, length, pitch ...", "Look", **_PLACE),
    _command("layout_back", "", "Layout back", "the layout that was shown before this one", "Look", **_PLACE),
    _command("labels", "", "Labels", "names of regions on the map, on or off", "Look", **_PLACE),
    _command("switch", "tab", "Map / list", "move between the map and the list", "Look", **_PLACE, hint=6),
    _command("spectrum", "w", "Spectrum", "waveform, or the pitches of the first seconds over time", "Look", **_ONE),
    _command("details", "enter", "Details", "all that is known of the sample", "Look", **_ONE, hint=13,
             screens=(MAIN,)),
    _command("theme", "", "Theme", "choose other colours", "Look"),
    _command("newer_map", "r", "Newer map", "show the better map that has been worked out", "Look", needs=("offer",)),
    _command("copy", "y", "Copy path", "copy the absolute path; it is shown as well", "Keep", **_ONE, hint=4),
    _command("copy_as", "Y", "Copy as", "copy it quoted, as a file URI, for Tidal, SuperCollider, Sonic Pi ...", "Keep",
             **_ONE),
    _command("favourite", "f", "Favourite", "make it a favourite, or no longer", "Keep", **_ONE, hint=7),
    _command("tag", "t", "Tag", "give it tags, or take them away", "Keep", **_ONE, hint=14),
    _command("roots", "R", "Folders", "the folders of the library: add, forget, counts", "Library", hint=15),
    _command("rescan", "", "Look again", "compare all folders with the disk now", "Library"),
    _command("refit", "", "Refit the map", "work the whole map out anew from all samples", "Library", **_PLACE),
    _command("choose", "enter", "Choose", "print the path of this sample, or of all that were taken, and leave", "Pick",
             screens=(PICK,), **_ONE, hint=1),
    _command("choose_more", "x", "Take", "take this sample, too, or leave it again", "Pick", screens=(PICK,), **_ONE,
             hint=2),
    _command("palette", "ctrl+p", "Palette", "find a command by its name", "App"),
    _command("help", "?", "Help", "all keys", "App", hint=5),
    _command("suspend", "ctrl+z", "Suspend", "back to the shell for a while; fg returns", "App", screens=(EVERYWHERE,)),
    _command("quit", "q", "Quit", "leave", "App", hint=16),
    _command("force_quit", "ctrl+c ctrl+q", "Quit", "leave from anywhere", "App", screens=(EVERYWHERE,)),
    _command("root_up", "up k", "Up", "previous folder", "Folders", screens=(ROOTS,)),
    _command("root_down", "down j", "Down", "next folder", "Folders", screens=(ROOTS,)),
    _command("root_add", "a", "Add", "type or paste a folder; tab completes", "Folders", screens=(ROOTS,), hint=1),
    _command(
        "root_forget", "d delete", "Forget", "take the folder out of the library, after a question", "Folders",
        screens=(ROOTS,), needs=("root",), hint=2,
    ),
    _command("root_rescan", "r", "Look again", "compare all folders with the disk now", "Folders", screens=(ROOTS,),
             hint=3),
    _command("close", "escape q", "Close", "back to the map", "Any other screen", screens=(ROOTS, HELP, DETAILS),
             hint=9),
    _command("scroll_up", "up k", "Up", "scroll up", "Any other screen", screens=(HELP, DETAILS)),
    _command("scroll_down", "down j", "Down", "scroll down", "Any other screen", screens=(HELP, DETAILS)),
    _command("scroll_page_up", "pageup", "Page up", "scroll a page up", "Any other screen", screens=(HELP, DETAILS)),
    _command("yes", "y enter", "Yes", "do it", "Any other screen", screens=(CONFIRM,), hint=1),
    _command("no", "n escape q", "No", "leave it", "Any other screen", screens=(CONFIRM,), hint=2),
    _command("cancel", "escape", "Cancel", "leave without a change", "Any other screen", screens=(PROMPT, CHOOSER)),
    _command("complete", "tab", "Complete", "complete the path that is typed", "Any other screen", screens=(PROMPT,)),
    _command("choice_up", "up", "Up", "previous choice", "Any other screen", screens=(CHOOSER,)),
    _command("choice_down", "down", "Down", "next choice", "Any other screen", screens=(CHOOSER,)),
    _command("scroll_page_down", "pagedown space", "Page down", "scroll a page down", "Any other screen",
             screens=(HELP, DETAILS)),
)  # fmt: skip

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}
WRITTEN = {
    "space": "space", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "delete": "del",
    "left": "←", "down": "↓", "up": "↑", "right": "→",
    "shift+left": "shift+←", "shift+down": "shift+↓", "shift+up": "shift+↑", "shift+right": "shift+→",
}  # fmt: skip
_PLAIN = {"←": "left", "↓": "down", "↑": "up", "→": "right"}


class Keys:
    """The table with a person's own keys: which key asks for what, on which screen."""

    def __init__(self, own: Mapping[str, Collection[str]] | None = None, *, path: str | None = None) -> None:
        """Raises ConfigError for an unknown command, a wrong key, or one key with two meanings on a screen."""
        self.of = resolve(
            {command.id: command.keys for command in COMMANDS},
            own or {},
            screens={command.id: command.screens for command in COMMANDS},
            path=path,
        )

    def command(self, key: str, *, screen: str) -> Command | None:
        """The command of a key (as `spell` writes it) on a screen."""
        for command in on_screen(screen):
            if key in self.of[command.id]:
                return command
        return None

    def first(self, command_id: str, *, ascii: bool = False) -> str:
        """A command's first key as a person reads it; empty when it has none."""
        return next(iter(self.written(command_id, ascii=ascii)), "")

    def written(self, command_id: str, *, ascii: bool = False) -> tuple[str, ...]:
        """All keys of a command as a person reads them; with `ascii` without arrows."""
        keys = tuple(WRITTEN.get(key, key) for key in self.of[command_id])
        if not ascii:
            return keys
        return tuple("".join(_PLAIN.get(char, char) for char in key) for key in keys)

    def refusal(self, command: Command, there: Collection[str]) -> str:
        """Why the command cannot act when only `there` is there; empty when it can."""
        for need in command.needs:
            if need not in there:
                return NEEDS[need].format_map({other: self.first(other) or BY_ID[other].label for other in BY_ID})
        return ""


def on_screen(screen: str) -> list[Command]:
    """The commands that act on a screen, in the table's order."""
    return [command for command in COMMANDS if screen in command.screens or EVERYWHERE in command.screens]


def key_name(key: str, character: str | None) -> str:
    """A key event's name as the table spells it: `+` and not `plus`, `H` and not `shift+h`."""
    if character is not None and len(character) == 1 and character.isprintable() and character != " ":
        return character if not key.startswith(("ctrl+", "alt+")) else key
    return key
