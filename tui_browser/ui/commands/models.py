"""The models: which there are, what they can do, and which one the library uses."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import MODELS, Command, command

COMMANDS: tuple[Command, ...] = (
    command("models", "", "Models", "what hears your sounds: choose another model, or see what each can do", "Library"),
    command("model_up", "up k", "Up", "previous model", "Models", screens=(MODELS,)),
    command("model_down", "down j", "Down", "next model", "Models", screens=(MODELS,)),
    command(
        "model_use", "enter", "Use", "move the library to this model; the old map stays until all is encoded anew",
        "Models", screens=(MODELS,), needs=("model",), hint=1,
    ),
    command("model_folder", "a", "Folder", "use the model in a folder", "Models", screens=(MODELS,), hint=2),
)  # fmt: skip


class ModelCommands(CommandGroup):
    """Opens the list of models; the other commands are the list's own."""

    def do_models(self) -> None:
        self.panel.show_models()
