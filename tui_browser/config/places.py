"""Where things lie: the user's folders (XDG), the library, logs, and what is shipped with the program.

Nothing is created by asking, except the folder of a log that is about to be written.
"""

from __future__ import annotations

import os
from typing import Literal

import platformdirs

APP = "tui-browser"
_LOG_LIMIT_BYTES = 1 << 20


def data_dir() -> str:
    """The folder of what a person would miss: the library, own models."""
    return platformdirs.user_data_dir(APP)


def config_dir() -> str:
    """The folder of what a person writes: `config.toml`, `themes/`."""
    return platformdirs.user_config_dir(APP)


def cache_dir() -> str:
    """The folder of what may be deleted at any time: logs, the demo library."""
    return platformdirs.user_cache_dir(APP)


def demo_library() -> str:
    """The library file of the demo."""
    return os.path.join(cache_dir(), "demo", "library.db")


def state_dir() -> str:
    """The folder of what the app remembers by itself."""
    return platformdirs.user_state_dir(APP)


def default_library() -> str:
    """The library file: `TUI_BROWSER_LIBRARY`, or the one in the data folder."""
    return os.environ.get("TUI_BROWSER_LIBRARY") or os.path.join(data_dir(), "library.db")


def config_file() -> str:
    return os.path.join(config_dir(), "config.toml")


def state_file() -> str:
    return os.path.join(state_dir(), "state.json")


def log_file(name: str) -> str | None:
    """The log of this name in the cache folder, or None where none can be written.

    A log beyond 1 MiB is set aside as `NAME.log.old` first, so that two of them are the most there is.
    """
    path = os.path.join(cache_dir(), f"{name}.log")
    try:
        os.makedirs(cache_dir(), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        if os.path.getsize(path) > _LOG_LIMIT_BYTES:
            os.replace(path, f"{path}.old")
    except OSError:
        return None
    return path


def has_working_folder() -> bool:
    """Whether the folder that the program works in is still there."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def working_folder() -> str:
    """The folder that the program works in; home where that one is gone."""
    return os.getcwd() if has_working_folder() else os.path.expanduser("~")


def shipped(kind: Literal["models", "themes"]) -> str:
    """The folder of what the program brings: inside an installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "_data", kind)
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), kind)
