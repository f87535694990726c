"""What all screens share: keys come from the table of commands, and a command `x` is a method `do_x`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Protocol, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui_browser.ui.command import Command
from tui_browser.ui.commands import BY_ID, Keys, key_name
from tui_browser.ui.frugal import FrugalCompositor
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.field import Field, Typing
from tui_browser.ui.widgets.pane import Pane

_TYPING = {
    key: binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.replace(" ", "").split(",")
}
"""Keys that a text field uses itself, beside letters, and what it does with them."""


class Host(Protocol):
    """What a screen needs of the app."""

    keys: Keys
    paint: Paint

    def refuse(self, reason: str) -> None: ...
    def may_paint(self) -> bool: ...
    def quit_now(self, code: int = 0) -> None: ...


class PassedOn(events.Key):
    """A key that came to a screen and was given to the text field that has the focus."""


PassedOn.handler_name = events.Key.handler_name


class Commanded:
    """Keys to commands to methods, for any screen."""

    NAME: ClassVar[str] = ""
    """The screen's name in the table of commands."""
    _held: list[events.Key | Typing] | None = None
    """Keys that wait until the text field is done with the one before them; None while none do."""

    @property
    def host(self) -> Host:
        return cast(Host, cast(Any, self).app)

    def _on_timer_update(self) -> None:
        if self.host.may_paint():  # else the timer goes on, and what changes meanwhile is painted in the same go
            cast(Any, super())._on_timer_update()

    @property
    def mode(self) -> str:
        """Whose keys act: the screen's, or those of a part of it for a while."""
        return self.NAME

    def there(self) -> Collection[str]:
        """What there is of all that commands may need."""
        return ()

    async def on_key(self, event: events.Key) -> None:
        """Every key comes here first, in the order of typing, and has its whole effect before the next one acts.

        A text field that has the focus gets it from here; what is no letter comes back from it, and other keys wait
        for that: it may be the one that ends the typing.
        """
        here, passed = cast(Any, self), isinstance(event, PassedOn)
        event.stop()
        event.prevent_default()
        if here.app._exit:
            return  # what was typed behind the key that ends the app
        if not passed and self._held is not None and here.focused is not None:
            self._held.append(event)
        elif here.app.screen is not self:
            here.app.screen._forward_event(events.Key(event.key, event.character))
        elif not passed and here.focused is not None:
            self._held = None if event.is_printable else []
            here.focused._forward_event(PassedOn(event.key, event.character).set_sender(here.app))
        else:
            await self._act(event)
        if passed or here.focused is None:
            held, self._held = self._held or (), None
            for key in held:
                await (self.on_typing(key) if isinstance(key, Typing) else self.on_key(key))

    async def on_typing(self, event: Typing) -> None:
        """Letters that came together: a text field takes them as one change, elsewhere each is a key."""
        here, keys = cast(Any, self), list(event.keys)
        event.stop()
        while keys and not here.app._exit:
            if here.app.screen is not self:
                here.app.screen._forward_event(Typing(keys))
                return
            if isinstance(here.focused, Field):
                if self._held is not None:
                    self._held.append(Typing(keys))
                else:
                    here.focused._forward_event(Typing(keys))
                return
            key = keys.pop(0)
            await self.on_key(events.Key(key.key, key.character))
            await asyncio.sleep(0)  # signals and answers come in between

    def on_field_cut(self, event: Field.Cut) -> None:
        """More than a text field takes."""
        event.stop()
        self.host.refuse(f"this line takes {event.most:,} letters: the rest was left out")

    async def _act(self, event: events.Key) -> None:
        """Do what a key stands for: in a text field its own use of it, else a command."""
        here = cast(Any, self)
        field = here.focused
        key, keys = key_name(event.key, event.character), self.host.keys
        command = keys.command(key, screen=self.mode)
        if command is None and self.mode != self.NAME:  # a part of the screen has the keys, but no use for this one
            command = keys.command(key, screen=self.NAME)
        if isinstance(field, Input) and event.key == "enter":
            self.entered(field.value)
        elif isinstance(field, Input) and event.key in _TYPING and (command is None or command.id != "force_quit"):
            await here.app.run_action(_TYPING[event.key], field)
        elif command is not None:
            self.perform(command)

    def entered(self, text: str) -> None:
        """The enter key was pressed in the screen's text field, which holds `text`."""

    def perform(self, command: Command | str) -> None:
        """Carry out a command, or say why it cannot be."""
        if isinstance(command, str):
            command = BY_ID[command]
        reason = self.host.keys.refusal(command, self.there())
        if reason:
            self.host.refuse(reason)
            return
        self.handler(command.id)()

    def handler(self, command_id: str) -> Callable[[], None]:
        """The method that carries out a command."""
        method: Callable[[], None] = getattr(self, f"do_{command_id}")
        return method

    @classmethod
    def carries_out(cls, command_id: str) -> bool:
        """Whether this screen has a method for a command."""
        return hasattr(cls, f"do_{command_id}")

    def do_suspend(self) -> None:
        cast(Any, self).app.action_suspend_process()

    def do_force_quit(self) -> None:
        self.host.quit_now()


class CommandScreen(Commanded, Screen[None], inherit_bindings=False):
    """A full screen."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()


class CommandDialog(Commanded, ModalScreen[Any], inherit_bindings=False):
    """A box in the middle of what is below it; `escape` gives nothing back."""

    DEFAULT_CSS = """
    CommandDialog { align: center middle; background: $background 60%; }
    CommandDialog > Vertical {
        width: 80%; max-width: 90; height: auto; max-height: 90%;
        background: $surface; border: round $accent; padding: 0 1;
    }
    CommandDialog.-ascii > Vertical { border: ascii $accent; }
    CommandDialog.-ansi { background: ansi_default; }
    CommandDialog Input { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    CommandDialog Input:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()

    def compose(self) -> ComposeResult:
        self.set_class(self.host.paint.ascii, "-ascii")
        self.set_class(self.host.paint.theme.depth != "truecolor", "-ansi")
        with Vertical():
            yield from self.box()

    def box(self) -> ComposeResult:
        """The widgets in the box."""
        yield from ()

    def repainted(self, paint: Paint) -> None:
        """Another theme."""
        self.set_class(paint.theme.depth != "truecolor", "-ansi")
        for pane in self.query(Pane):
            pane.repainted(paint)
        self.redraw()

    def redraw(self) -> None:
        """Write what is in the box once more."""

    def do_cancel(self) -> None:
        self.dismiss(None)

    def do_close(self) -> None:
        self.dismiss(None)
