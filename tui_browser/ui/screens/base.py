"""What all screens share: keys come from the table of commands, and a command `x` is the method `do_x`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Protocol, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui_browser.ui.commands import BY_ID, Command, Keys, key_name
from tui_browser.ui.frugal import FrugalCompositor
from tui_browser.ui.paint import Paint

_TYPING_KEYS = frozenset(
    key for binding in Input.BINDINGS if isinstance(binding, Binding) for key in binding.key.replace(" ", "").split(",")
)
"""Keys that a text field uses itself, beside letters."""


class Host(Protocol):
    """What a screen needs of the app."""

    keys: Keys
    paint: Paint

    def refuse(self, reason: str) -> None: ...
    def quit_now(self) -> None: ...


class PassedOn(events.Key):
    """A key that came to a screen and was given to the text field that has the focus."""


PassedOn.handler_name = events.Key.handler_name


class Commanded:
    """Keys to commands to methods, for any screen."""

    NAME: ClassVar[str] = ""
    """The screen's name in the table of commands."""

    @property
    def host(self) -> Host:
        return cast(Host, cast(Any, self).app)

    def there(self) -> Collection[str]:
        """What there is of all that commands may need."""
        return ()

    def on_key(self, event: events.Key) -> None:
        if self._pass_on(event):
            return
        command = self.host.keys.command(key_name(event.key, event.character), screen=self.NAME)
        if command is not None and not self._typing(event.key, command):
            event.stop()
            event.prevent_default()
            self.perform(command)

    def _pass_on(self, event: events.Key) -> bool:
        """Give a key that comes from the app to the screen or the text field that a key before it has opened.

        What the field has no use for comes back from it, and is a command's.
        """
        here = cast(Any, self)
        if here.app.screen is not self:
            here.app.screen._forward_event(events.Key(event.key, event.character))
        elif here.focused is not None and not isinstance(event, PassedOn):
            here.focused._forward_event(PassedOn(event.key, event.character).set_sender(here.app))
        else:
            return False
        event.stop()
        event.prevent_default()
        return True

    def _typing(self, key: str, command: Command) -> bool:
        """Whether a text field has the focus and a use of its own for the key (enter, left, home ...)."""
        field = cast(Any, self).focused
        return isinstance(field, Input) and key in _TYPING_KEYS and command.id != "force_quit"

    def perform(self, command: Command | str) -> None:
        """Carry out a command, or say why it cannot be."""
        if isinstance(command, str):
            command = BY_ID[command]
        reason = self.host.keys.refusal(command, self.there())
        if reason:
            self.host.refuse(reason)
            return
        getattr(self, f"do_{command.id}")()

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

    def do_cancel(self) -> None:
        self.dismiss(None)

    def do_close(self) -> None:
        self.dismiss(None)
