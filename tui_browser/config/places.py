"""Paths: the user's folders (XDG), the library, logs, and the files shipped with the program.

No function creates anything except `log_file`.
"""

from __future__ import annotations

import os
import warnings
from typing import Literal

import platformdirs

from tui_browser.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, narrow

APP = "tui-browser"
_LOG_LIMIT_BYTES = 1 << 20


def data_dir() -> str:
    """Folder of data worth keeping: the library, the user's models."""
    return platformdirs.user_data_dir(APP)


def config_dir() -> str:
    """Folder of the user's configuration: `config.toml`, `themes/`."""
    return platformdirs.user_config_dir(APP)


def cache_dir() -> str:
    """Folder of files that may be deleted at any time: logs, the demo library."""
    return platformdirs.user_cache_dir(APP)


def demo_library() -> str:
    """The library file of the demo."""
    return os.path.join(cache_dir(), "demo", "library.db")


def state_dir() -> str:
    """Folder of the app's saved state."""
    return platformdirs.user_state_dir(APP)


def runtime_dir() -> str:
    """Folder of sockets, which lives as long as the user's session; in /tmp where the system has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells of the folder in /tmp
        return platformdirs.user_runtime_dir(APP)


def default_library() -> str:
    """Path of the library: `TUI_BROWSER_LIBRARY`, or `library.db` in the data folder."""
    return os.environ.get("TUI_BROWSER_LIBRARY") or os.path.join(data_dir(), "library.db")


def config_file() -> str:
    return os.path.join(config_dir(), "config.toml")


def freesound_folder() -> str:
    """Where sounds from Freesound go unless a person names another folder."""
    return os.path.join(data_dir(), "freesound")


def freesound_key_file() -> str:
    return os.path.join(config_dir(), "freesound.key")


def state_file() -> str:
    return os.path.join(state_dir(), "state.json")


def log_file(name: str) -> str | None:
    """Create the log of this name, private, in the cache folder; None where it cannot be written.

    A log above 1 MiB is first renamed to `NAME.log.old`, replacing the previous one.
    """
    path = os.path.join(cache_dir(), f"{name}.log")
    try:
        os.makedirs(cache_dir(), mode=PRIVATE_FOLDER, exist_ok=True)
        narrow(cache_dir(), PRIVATE_FOLDER)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE))
        narrow(path, PRIVATE_FILE)
        if os.path.getsize(path) > _LOG_LIMIT_BYTES:
            os.replace(path, f"{path}.old")
    except OSError:
        return None
    return path


def has_working_folder() -> bool:
    """Whether the working folder still exists."""
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def working_folder() -> str:
    """The working folder, or the home folder if it was deleted."""
    return os.getcwd() if has_working_folder() else os.path.expanduser("~")


def shipped(kind: Literal["models", "themes"]) -> str:
    """Folder of shipped models or themes: inside an installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "_data", kind)
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), kind)
