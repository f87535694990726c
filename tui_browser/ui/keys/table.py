"""The one table of commands: what feeds the keys, the footer, `?`, the palette and docs/keys.md.

Its rows stand in `tables`, one file a group; a new group is a new file and its line here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tui_browser.config.keymap import EVERYWHERE, resolve_keys
from tui_browser.ui.keys.command import NEEDS, Command
from tui_browser.ui.keys.rows import annotate, app, cursor, generate, library, play, search, selection, view

COMMANDS: tuple[Command, ...] = (
    *cursor.COMMANDS,
    *play.COMMANDS,
    *search.COMMANDS,
    *view.COMMANDS,
    *selection.COMMANDS,
    *annotate.COMMANDS,
    *generate.COMMANDS,
    *library.COMMANDS,
    *app.COMMANDS,
)

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
        self.of = resolve_keys(
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
