"""Which key asks for which command, on which screen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tui_browser.config.keymap import EVERYWHERE, resolve_keys
from tui_browser.ui.keys.command import NEEDS, Command

WRITTEN = {
    "space": "space", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "delete": "del",
    "left": "←", "down": "↓", "up": "↑", "right": "→",
    "shift+left": "shift+←", "shift+down": "shift+↓", "shift+up": "shift+↑", "shift+right": "shift+→",
}  # fmt: skip
_PLAIN = {"←": "left", "↓": "down", "↑": "up", "→": "right"}


class Keys:
    """The table of commands with a person's own keys."""

    def __init__(
        self, commands: Sequence[Command], own: Mapping[str, Collection[str]], *, path: str | None = None
    ) -> None:
        """Raises ConfigError for an unknown command, a wrong key, or one key with two meanings on a screen."""
        self.commands = commands
        self.by_id: Mapping[str, Command] = {command.id: command for command in commands}
        self.of = resolve_keys(
            {command.id: command.keys for command in commands},
            own,
            screens={command.id: command.screens for command in commands},
            path=path,
        )

    def command(self, key: str, *, screen: str) -> Command | None:
        """The command of a key (as `key_name` writes it) on a screen."""
        for command in self.on_screen(screen):
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

    def refusal(self, command: Command, available: Collection[str]) -> str:
        """Why the command cannot act when only these needs are met; empty when it can."""
        for need in command.needs:
            if need not in available:
                return NEEDS[need].format_map(
                    {id: self.first(id) or command.label for id, command in self.by_id.items()}
                )
        return ""

    def on_screen(self, screen: str) -> list[Command]:
        """The commands that act on a screen, in the table's order."""
        return [each for each in self.commands if screen in each.screens or EVERYWHERE in each.screens]


def key_name(key: str, character: str | None) -> str:
    """A key event's name as the table spells it: `+` and not `plus`, `H` and not `shift+h`."""
    if character is not None and len(character) == 1 and character.isprintable() and character != " ":
        return character if not key.startswith(("ctrl+", "alt+")) else key
    return key
