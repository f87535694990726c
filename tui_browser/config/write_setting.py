"""Changes one setting in config.toml and leaves everything else there as it is, comments included."""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib

from tui_browser.config.places import config_file
from tui_browser.config.settings import MOST_TOML_BYTES, parse_settings
from tui_browser.errors import ConfigError
from tui_browser.safe_files import read_bounded, replace_file


def write_setting(key: str, value: str, *, path: str | None = None) -> None:
    """Set a setting that is a text; the file is created where it is missing, and a link to it stays one.

    Raises ConfigError if the file cannot be read or written, or the line cannot be changed safely.
    """
    path = os.path.realpath(path or config_file())
    try:
        text = read_bounded(path, MOST_TOML_BYTES).decode()
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        text, mode = "", 0o666
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the settings cannot be read", path=path, hint=str(error)[:100]) from error
    try:
        before = tomllib.loads(text)
        changed = _changed(text, key, value)
        if tomllib.loads(changed) != {**before, key: value}:
            raise ValueError("another setting would change")
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is one
        raise ConfigError(
            f"the setting {key!r} cannot be changed here: {error}", path=path, hint="change it in the file"
        ) from error
    parse_settings(tomllib.loads(changed), path=path)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        replace_file(path, changed.encode(), mode=mode)
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "a name that is not UTF-8"
        raise ConfigError(f"the settings cannot be written: {reason}", path=path) from error


def _changed(text: str, key: str, value: str) -> str:
    """The text with the line of `key` replaced; without one, it becomes the first line."""
    line = f"{key} = {json.dumps(value, ensure_ascii=False).replace(chr(0x7F), chr(92) + 'u007f')}"
    lines = text.splitlines(keepends=True)
    for number, old in enumerate(lines):
        if old.lstrip().startswith("["):
            break
        if re.match(rf"\s*{re.escape(key)}\s*=", old):
            comment = re.search(r"(\s+#.*)?(\r?\n)?$", old) if old.count('"') == 2 else None
            ending = (comment[0] if comment else "") or ("\n" if old.endswith("\n") else "")
            return "".join([*lines[:number], line + ending, *lines[number + 1 :]])
    return f"{line}\n{text}"
