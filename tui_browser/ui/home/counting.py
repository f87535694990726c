"""Keys that take something with them: a number before a command repeats it, a letter after it is its object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual import events

from tui_browser.ui.command import Command
from tui_browser.ui.commands import BY_ID, key_name

MOST = 999
"""The greatest number that a command can be told to be done."""


class CountingKeys:
    """Mixed into the screen with the map."""

    _awaits: Callable[[str], None] | None = None
    """What the next key is for, when it is no command."""
    _count = 0

    @property
    def _parts(self) -> Any:
        """The screen itself: its session and stage."""
        return cast(Any, self)

    async def _act(self, event: events.Key) -> None:
        """A key that was awaited is whoever's awaits it, a digit belongs to the command after it."""
        name = key_name(event.key, event.character)
        if self._parts.focused is None:
            awaits, self._awaits = self._awaits, None
            if awaits is not None:
                self._parts.stage.hush(now=True)
                if name != "escape":
                    awaits(name)
                return
            if name.isdecimal() and name.isascii() and len(name) == 1 and (name != "0" or self._count):
                self._count = min(self._count * 10 + int(name), MOST)
                self._parts.stage.say(f"repeat {self._count} times: press a command")
                return
        await cast(Any, super())._act(event)
        self._count = 0

    def perform(self, command: Command | str) -> None:
        """Carry out a command, as often as the number before it says."""
        count, self._count = self._count, 0
        command = BY_ID[command] if isinstance(command, str) else command
        for _ in range(count if count and command.repeats else 1):
            before = self._parts.session.journey.selected, self._parts.stage.widgets.map.viewport
            cast(Any, super()).perform(command)
            after = self._parts.session.journey.selected, self._parts.stage.widgets.map.viewport
            if count and before == after and not command.id.endswith(("er", "_up", "_down")):
                break  # as far as it goes

    def await_key(self, say: str, then: Callable[[str], None]) -> None:
        """Ask for a key; `then` gets its name, nobody escape."""
        self._awaits = then
        self._parts.stage.say(say)
