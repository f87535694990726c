"""What all screens share: from a key to the command that it stands for, and from there to the method that does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Protocol, cast

from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from tui_browser.ui.keys.command import Command
from tui_browser.ui.keys.keys import Keys, key_name
from tui_browser.ui.styles import Styles
from tui_browser.ui.terminal.events import TypedText
from tui_browser.ui.terminal.textual_patches import PatchedScreen, is_exiting
from tui_browser.ui.widgets.field import TextField

_FIELD_KEYS = {
    key: binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.replace(" ", "").split(",")
}
"""Keys that a text field uses itself, beside characters, with their actions."""


class ScreenHost(Protocol):
    """What a screen needs of the app."""

    keys: Keys
    paint: Styles

    def refuse(self, reason: str) -> None: ...
    def choose_theme(self) -> None: ...
    def write_from_thread(self, sequence: str) -> None: ...
    def quit_now(self, code: int = 0) -> None: ...
    def action_suspend_process(self) -> None: ...


class FieldKey(events.Key):
    """A key that the screen has passed to the text field with the focus."""


FieldKey.handler_name = events.Key.handler_name


class CommandScreen(PatchedScreen, Screen[Any], inherit_bindings=False):
    """The method `do_x` carries out the command `x`.

    A key comes to `on_key`, which keeps the order of typing; `_act` finds its command; `perform` carries that out.
    """

    NAME: ClassVar[str] = ""
    """The screen's name in the table of commands."""

    def __init__(self) -> None:
        super().__init__()
        self._delayed_input: list[events.Key | TypedText | events.Paste] | None = None
        """Keys and pastes that wait until the text field is done with the key before them; None while none has to."""

    @property
    def host(self) -> ScreenHost:
        return cast(ScreenHost, self.app)

    @property
    def keys(self) -> Keys:
        return self.host.keys

    @property
    def theme_styles(self) -> Styles:
        return self.host.paint

    @property
    def top_screen(self) -> CommandScreen | None:
        """The screen that has the keys, this one or one above it; None while the app ends."""
        top = self.app.screen if self.app.screen_stack and not is_exiting(self.app) else None
        return top if isinstance(top, CommandScreen) else None

    # --- what a screen says of itself --------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """Whose keys act: the screen's, or for a while those of a part of it."""
        return self.NAME

    def available(self) -> Collection[str]:
        """The needs of commands that are met now."""
        return ()

    def handler(self, command_id: str) -> Callable[[], None]:
        """The method that carries out a command."""
        method: Callable[[], None] = getattr(self, f"do_{command_id}")
        return method

    @classmethod
    def carries_out(cls, command_id: str) -> bool:
        """Whether this screen has a method for a command."""
        return hasattr(cls, f"do_{command_id}")

    def intercept(self, key: str) -> bool:
        """Take a key that is no command now; False where it may be one."""
        return False

    def begin_command(self, command: Command) -> int:
        """Prepare for a command; returns how often to carry it out."""
        return 1

    def end_command(self, command: Command, *, done: bool) -> None:
        """A command was carried out, or with `done` False refused."""

    def position(self) -> object:
        """What a repeated command changes; it is repeated until this stays the same."""
        return None

    def pasted(self, text: str) -> None:
        """Text was pasted while no text field had the focus."""

    def entered(self, text: str) -> None:
        """Enter was pressed in the screen's text field, which holds `text`."""

    # --- from a key to its command -----------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Every key comes here first, in the order of typing, and has its whole effect before the next one acts.

        A text field that has the focus gets it from here and returns what is no character. Other keys wait for that,
        since the key may be the one that leaves the field.
        """
        from_field = isinstance(event, FieldKey)
        event.stop()
        event.prevent_default()
        if is_exiting(self.app):
            return  # typed after the key that ends the app
        if (follower := self._after_escape(event)) is not None:
            await self.on_key(events.Key("escape", "\x1b"))
            await self.on_key(follower)
            return
        if not from_field and self._delayed_input is not None and self.focused is not None:
            self._delayed_input.append(event)
        elif self.app.screen is not self:
            self.app.screen.post_message(events.Key(event.key, event.character))
        elif not from_field and self.focused is not None:
            self._delayed_input = None if event.is_printable else []
            self.focused.post_message(FieldKey(event.key, event.character).set_sender(self.app))
        else:
            await self._act(event)
        if from_field or self.focused is None:
            delayed, self._delayed_input = self._delayed_input or (), None
            for later in delayed:
                if isinstance(later, events.Paste):
                    self.on_paste(later)
                else:
                    await (self.on_typed_text(later) if isinstance(later, TypedText) else self.on_key(later))

    def _after_escape(self, event: events.Key) -> events.Key | None:
        """The key that was typed right after escape: a terminal sends the same for both together and for alt with it.

        None where alt with the key has a use of its own.
        """
        if not event.key.startswith("alt+") or event.key in _FIELD_KEYS:
            return None
        if any(self.keys.command(event.key, screen=screen) for screen in (self.mode, self.NAME)):
            return None
        return events.Key(event.key.removeprefix("alt+"), event.character)

    async def on_typed_text(self, event: TypedText) -> None:
        """Characters that came together: a text field takes them as one change, elsewhere each is a key."""
        keys = list(event.keys)
        event.stop()
        while keys and not is_exiting(self.app):
            if self.app.screen is not self:
                self.app.screen.post_message(TypedText(keys))
                return
            if isinstance(self.focused, TextField):
                self._pass_to_field(TypedText(keys), self.focused)
                return
            key = keys.pop(0)
            await self.on_key(events.Key(key.key, key.character))
            await asyncio.sleep(0)  # signals and answers are handled between two keys

    def on_paste(self, event: events.Paste) -> None:
        """A paste keeps its place among the keys; the text field with the focus takes it, else the screen."""
        event.stop()
        if is_exiting(self.app):
            return
        if self.app.screen is not self:
            self.app.screen.post_message(events.Paste(event.text))
        elif isinstance(self.focused, TextField):
            self._pass_to_field(events.Paste(event.text), self.focused)
        else:
            self.pasted(event.text)

    def _pass_to_field(self, event: TypedText | events.Paste, field: TextField) -> None:
        if self._delayed_input is not None:
            self._delayed_input.append(event)
        else:
            field.post_message(event)

    def on_text_field_truncated(self, event: TextField.Truncated) -> None:
        """The text was longer than the text field takes."""
        event.stop()
        self.host.refuse(f"this line takes {event.most:,} characters: the rest was left out")

    async def _act(self, event: events.Key) -> None:
        """Do what a key stands for: a text field's own use of it, else a command."""
        field, key = self.focused, key_name(event.key, event.character)
        if field is None and self.intercept(key):
            return
        command = self.keys.command(key, screen=self.mode)
        if command is None and self.mode != self.NAME:  # a part of the screen has the keys, but no use for this one
            command = self.keys.command(key, screen=self.NAME)
        if isinstance(field, Input) and event.key == "enter":
            self.entered(field.value)
        elif isinstance(field, Input) and event.key in _FIELD_KEYS and (command is None or command.id != "force_quit"):
            await self.app.run_action(_FIELD_KEYS[event.key], field)
        elif command is not None:
            self.perform(command)

    # --- from a command to its method --------------------------------------------------------------------------------

    def perform(self, command: Command | str) -> None:
        """Carry out a command, or say why it cannot be carried out."""
        command = self.keys.by_id[command] if isinstance(command, str) else command
        times, done = self.begin_command(command), False
        for _ in range(times):
            reason = self.keys.refusal(command, self.available())
            if reason:
                self.host.refuse(reason)
                break
            before = self.position()
            self.handler(command.id)()
            done = True
            if before == self.position() and not command.id.endswith(("er", "_up", "_down")):
                break  # no further that way
        if times:
            self.end_command(command, done=done)

    def do_suspend(self) -> None:
        self.host.action_suspend_process()

    def do_redraw(self) -> None:
        self.refresh()

    def do_force_quit(self) -> None:
        self.host.quit_now()
