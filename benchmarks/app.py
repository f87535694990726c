"""The app on a library in a pseudo-terminal, as a person starts it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.terminal import Terminal

HOME_PREFIX = "tui-browser-bench-"


def command() -> list[str]:
    """The installed command, or the module where there is none."""
    installed = os.path.join(os.path.dirname(sys.executable), "tui-browser")
    module = [sys.executable, "-c", "from tui_browser.cli.main import main; main()"]
    return [installed] if os.path.exists(installed) else module


class Home(tempfile.TemporaryDirectory[str]):
    """A home with settings for measuring: silent, nothing else changed."""

    def __init__(self) -> None:
        super().__init__(prefix=HOME_PREFIX, ignore_cleanup_errors=True)
        config = os.path.join(self.name, "config", "tui-browser")
        os.makedirs(config)
        with open(os.path.join(config, "config.toml"), "w") as file:
            file.write('player = "null"\n')


def open_app(library: str, home: str, *, columns: int, rows: int, argv: Sequence[str] = ()) -> Terminal:
    """The app on this library; `argv` runs it in another way than by its command."""
    return Terminal([*(argv or command()), "--library", library], columns=columns, rows=rows, home=home)
