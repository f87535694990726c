"""The project's tempo and key, to which what is heard is brought."""

from __future__ import annotations

from tui_browser.config.project import Project, parse_project
from tui_browser.errors import ConfigError
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import Command, command

COMMANDS: tuple[Command, ...] = (
    command(
        "project",
        "",
        "Project tempo",
        "project tempo and key: play loops at this tempo and tonal sounds in this key; one-shots stay",
        "Hear",
    ),
)


class ProjectCommands(CommandGroup):
    """One line to type; an empty one ends it."""

    def do_project(self) -> None:
        from tui_browser.playback.stretching import can_stretch

        if not can_stretch():
            self.refuse("sounds play as they are: the package python-stretch, which stretches them, is not installed")
            return
        hint = "a tempo, a key or both, as in 120 Am; empty plays all as it is"
        now = self.state.playback.project.text
        self.panel.prompt("Project tempo and key", hint, self._set, value=now)

    def _set(self, text: str) -> None:
        try:
            project = parse_project(text)
        except ConfigError as error:
            self.refuse(f"{error.what}: {error.hint}")
            return
        self.controllers.playback_settings.set_project(project)
        self.say(self._sentence(project))

    def _sentence(self, project: Project) -> str:
        if not project.words:
            return "sounds play at their own tempo and in their own key"
        if self.state.playback.line is not None:
            return f"project: {project.words}; through the listener, sounds play as they are"
        return f"project: {project.words}; one-shots play as they are"
