"""What the commands of the map have at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from textual.screen import Screen

from tui_browser.ui.command import Command
from tui_browser.ui.screens.chooser import Choice, Chooser
from tui_browser.ui.screens.picker import Picker
from tui_browser.ui.session import Session
from tui_browser.ui.shell import Shell
from tui_browser.ui.stage import Stage


class Panel(Protocol):
    """The screen with the map, as commands see it."""

    shell: Shell

    @property
    def searching(self) -> bool: ...
    @property
    def on_list(self) -> bool: ...
    def activate(self, on_list: bool) -> None: ...
    def show_search_line(self, shown: bool) -> None: ...
    def enter_search_line(self) -> None: ...
    def leave_search_line(self, *, on_list: bool) -> None: ...
    def show_palette(self) -> None: ...
    def open(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None: ...
    def perform(self, command: Command | str) -> None: ...
    def enter_mode(self, mode: str) -> None: ...
    def await_key(self, say: str, then: Callable[[str], None]) -> None: ...


class Doing:
    """A group of commands: `do_x` carries out the command `x`."""

    def __init__(self, session: Session, panel: Panel) -> None:
        self.session = session
        self.panel = panel
        self.stage: Stage = session.stage
        self.walker = session.walker

    def refuse(self, reason: str) -> None:
        """Say why a command does nothing."""
        self.panel.shell.refuse(reason)

    def say(self, text: str) -> None:
        """One sentence."""
        self.stage.say(text)

    def first_key(self, command_id: str) -> str:
        """A command's first key as a person reads it."""
        return self.panel.shell.keys.first(command_id, ascii=self.panel.shell.paint.ascii)

    def pick(
        self,
        title: str,
        choices: list[Choice],
        *,
        now: str,
        show: Callable[[str], None],
        back: Callable[[], None],
        keep: Callable[[str], None] | None = None,
    ) -> None:
        """Let a person choose beside the map: `show` is called for what is moved to, then `keep` or `back`."""

        def chosen(choice: str | None) -> None:
            if choice is None:
                back()
            elif keep is not None:
                keep(choice)

        self.panel.open(Picker(title, choices, now=now, show=show), chosen)

    def choose(self, title: str, choices: list[Choice], then: Callable[[str], None]) -> None:
        """Let a person choose; `then` gets the id of the choice."""
        self.panel.open(Chooser(title, choices), lambda chosen: None if chosen is None else then(chosen))
