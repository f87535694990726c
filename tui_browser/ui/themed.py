"""An app whose theme is chosen while it runs: from a list beside the map that previews each theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tui_browser.config.themes import Theme
from tui_browser.errors import ConfigError
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.picker import Picker
from tui_browser.ui.keys.command import Choice
from tui_browser.ui.ports import Remember
from tui_browser.ui.screens.main import MainScreen
from tui_browser.ui.styles import Styles, textual_theme
from tui_browser.ui.terminal.textual_patches import PatchedApp
from tui_browser.ui.widgets.pane import Pane
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.ui.widgets.search_bar import SearchBar


class ThemedApp(PatchedApp, inherit_bindings=False):
    """Holds the theme."""

    main: MainScreen
    paint: Styles
    _remember: Remember
    _load_theme: Callable[[str], Theme] | None
    _theme_names: Callable[[], Sequence[str]] | None

    def choose_theme(self) -> None:
        """Let a person choose a theme, built in or from the config folder."""
        names = self._theme_names() if self._theme_names is not None else [self.paint.theme.name]
        before = self.paint.theme
        choices = [Choice(name, name, "the theme before this list" if name == before.name else "") for name in names]
        picker = Picker("Theme", choices, now=before.name, show=self._preview_theme)
        self.push_screen(picker, lambda name: self.apply_theme(before) if name is None else self._save_theme(name))

    def _preview_theme(self, name: str) -> None:
        if self._load_theme is not None:
            try:
                self.apply_theme(self._load_theme(name))
            except ConfigError as error:
                self.main.controllers.presenter.show_error(error)

    def _save_theme(self, name: str) -> None:
        if name == self.paint.theme.name:  # else it could not be read, which was shown
            self._remember(lambda saved: replace(saved, theme=name))

    def apply_theme(self, theme: Theme) -> None:
        """Show everything in another theme."""
        self.paint = Styles(theme, self.paint.ascii)
        self.register_theme(textual_theme(theme))
        self.ansi_color = True if theme.depth != "truecolor" else None
        self.theme = f"tui-{theme.name}"
        for screen in self.screen_stack:
            if isinstance(screen, CommandDialog):
                screen.repainted(self.paint)
        for pane in self.main.query(Pane):
            pane.repainted(self.paint)
        self.main.query_one(SearchBar).repainted(self.paint)
        self.main.query_one(SceneView).repainted(self.paint)
        controllers = self.main.controllers
        controllers.presenter.widgets.map.repainted(self.paint)
        controllers.map.recolour()
        controllers.presenter.show_status()
