"""An app that changes its theme while it runs: chosen beside the map, each one shown as one moves to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.app import App

from tui_browser.config.themes import Theme
from tui_browser.errors import ConfigError
from tui_browser.ui.home.main import MainScreen
from tui_browser.ui.paint import Paint, textual_theme
from tui_browser.ui.ports import Remember
from tui_browser.ui.screens.base import CommandDialog
from tui_browser.ui.screens.chooser import Choice
from tui_browser.ui.screens.picker import Picker
from tui_browser.ui.session import Session
from tui_browser.ui.widgets.pane import Pane
from tui_browser.ui.widgets.search_bar import SearchBar


class ThemedApp(App[int], inherit_bindings=False):
    """Holds the theme that everything is painted in."""

    main: MainScreen
    session: Session
    paint: Paint
    _remember: Remember
    _load_theme: Callable[[str], Theme] | None
    _theme_names: Callable[[], Sequence[str]] | None

    def choose_theme(self) -> None:
        """Other colours, from what is shipped and what lies in the config folder."""
        names = self._theme_names() if self._theme_names is not None else [self.paint.theme.name]
        before = self.paint.theme
        choices = [Choice(name, name, "the theme before this list" if name == before.name else "") for name in names]
        picker = Picker("Theme", choices, now=before.name, show=self._try_theme)
        self.push_screen(picker, lambda name: self.wear(before) if name is None else self._keep_theme(name))

    def _try_theme(self, name: str) -> None:
        if self._load_theme is not None:
            try:
                self.wear(self._load_theme(name))
            except ConfigError as error:
                self.session.failed(error)

    def _keep_theme(self, name: str) -> None:
        if name == self.paint.theme.name:  # else it could not be read, and that was said
            self._remember(lambda state: replace(state, theme=name))

    def wear(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.paint = Paint(theme, self.paint.ascii)
        self.register_theme(textual_theme(theme))
        self.ansi_color = True if theme.depth != "truecolor" else None
        self.theme = f"tui-{theme.name}"
        for screen in self.screen_stack:
            if isinstance(screen, CommandDialog):
                screen.repainted(self.paint)
        for pane in self.main.query(Pane):
            pane.repainted(self.paint)
        self.main.query_one(SearchBar).repainted(self.paint)
        self.session.stage.widgets.map.repainted(self.paint)
        self.session.scenery.recolour()
        self.session.stage.status()
