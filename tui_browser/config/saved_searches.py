"""Saved searches: queries by name, in `searches.toml` beside the configuration, for every library of the user."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping

from tui_browser.config.places import config_dir
from tui_browser.errors import ConfigError, printable
from tui_browser.safe_files import PRIVATE_FOLDER, read_bounded, replace_file

_MOST_BYTES = 1 << 20
_MOST_LETTERS = 64
_NAME = re.compile(r"\w[\w.+-]*")
_HEAD = "# Saved searches: `@name` in a query means the query of this name.\n"


def searches_file() -> str:
    return os.path.join(config_dir(), "searches.toml")


def saved_searches(path: str | None = None) -> dict[str, str]:
    """Queries by name, in the order of the file; none where there is no file. Raises ConfigError."""
    path = path or searches_file()
    try:
        held = tomllib.loads(read_bounded(path, _MOST_BYTES).decode())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError("the saved searches cannot be read", path=path, hint=printable(str(error))[:100]) from error
    return {name: query for name, query in held.items() if isinstance(query, str) and _NAME.fullmatch(name)}


def readable_searches() -> dict[str, str]:
    """As `saved_searches`, and none from a file that cannot be read: for those who type a query."""
    try:
        return saved_searches()
    except ConfigError:
        return {}


def save_search(name: str, query: str, *, force: bool = False, path: str | None = None) -> None:
    """Save a query under a name. Raises ConfigError: a strange name, one that is in use (unless `force`), no file."""
    path = path or searches_file()
    name = name.removeprefix("@")
    if not _NAME.fullmatch(name) or len(name) > _MOST_LETTERS:
        hint = "letters, digits, - and _, as in short-kicks"
        raise ConfigError(f"{printable(name[:80])!r} is no name for a search", hint=hint)
    searches = saved_searches(path)
    if name in searches and searches[name] != query and not force:
        hint = f"it is: {printable(searches[name])}; search --save with --force replaces it"
        raise ConfigError(f"a search is called {name} already", path=path, hint=hint)
    _write({**searches, name: query}, path)


def forget_search(name: str, *, path: str | None = None) -> str:
    """Delete a saved search; its query. Raises ConfigError."""
    path = path or searches_file()
    searches = saved_searches(path)
    query = searches.pop(known_name(name, searches))
    _write(searches, path)
    return query


def known_name(name: str, searches: Mapping[str, str]) -> str:
    """The name of a saved search, with or without its `@`; raises ConfigError where there is none."""
    name = name.removeprefix("@")
    if name not in searches:
        close = difflib.get_close_matches(name, searches, n=1)
        hint = f"did you mean {close[0]}?" if close else "search --list-saved lists them"
        raise ConfigError(f"no saved search is called {printable(name)}", hint=hint)
    return name


def _write(searches: Mapping[str, str], path: str) -> None:
    lines = [f"{_toml(name)} = {_toml(query)}\n" for name, query in searches.items()]
    try:
        os.makedirs(os.path.dirname(path), mode=PRIVATE_FOLDER, exist_ok=True)
        replace_file(os.path.realpath(path), (_HEAD + "".join(lines)).encode())
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "a letter that is not Unicode"
        raise ConfigError(f"the saved searches cannot be written: {reason}", path=path) from error


def _toml(text: str) -> str:
    """The text in the quotes of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
