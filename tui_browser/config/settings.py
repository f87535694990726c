"""What a person may set in `config.toml`; every key is a field of `Settings` with its text below it."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

from tui_browser.config.pathmap import path_map
from tui_browser.config.places import config_file
from tui_browser.config.templates import check as check_template
from tui_browser.errors import ConfigError

PLAYERS = ("auto", "miniaudio", "simpleaudio", "remote", "null")
"""The players that can be named; `recorder:FILE` and `remote:ADDRESS` are two more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The program's settings; without a file, these defaults."""

    theme: str = ""
    """Name of a theme, shipped or from the `themes` folder beside the config file; empty is the last one chosen in
    the app, at first `dark`."""
    player: str = "auto"
    """What plays: `auto` (the first that works; over SSH a listener on your laptop comes first), `miniaudio`,
    `simpleaudio`, `remote` or `remote:ADDRESS` (always the listener), `null` (silent), or `recorder:FILE`, which
    writes what would be heard to a WAV file."""
    model: str = "drums"
    """Name of a shipped model, or the folder of one."""
    jobs: int = 0
    """Processes that decode while indexing; 0 is one for each core."""
    auto_play_delay_ms: int = 120
    """How long the cursor rests on a sample before auto-play sounds it, 0 to 2000."""
    level: bool = True
    """Whether all samples sound equally loud: one-shots by their loudest moment, loops by their loudness (BS.1770);
    false plays them as they are."""
    tails: bool = False
    """Whether a sound of up to four seconds rings to its end beside the next one; false fades it out."""
    mouse: bool = True
    """Whether the mouse selects, zooms and drags; false leaves it to the terminal."""
    hover: bool = True
    """Whether the pointer shows what it rests on, and plays it while auto-play is on."""
    click_copies: bool = False
    """Whether a click on the map copies the path as well."""
    slow: bool = False
    """Whether to send less over a slow line: fewer frames and colours; it is so by itself where output lags."""
    plain_textual: bool = False
    """Whether to run on Textual as it is, without this program's own driver and painting: for when a newer Textual
    shows something wrong. Slow lines are then slower, and files cannot be dragged out."""
    motion: bool = True
    """Whether the map glides to its new place; false jumps."""
    colour: Literal["auto", "truecolor", "256", "16", "none"] = "auto"
    """Colours of the terminal; `auto` asks the environment (NO_COLOR, COLORTERM, TERM)."""
    ascii: bool = False
    """Draw with ASCII only; it is so by itself where the locale is not UTF-8."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: types.MappingProxyType({}))
    """Own keys: a table of command = "key" or ["key", ...]; an empty list takes the command's keys away."""
    templates: Mapping[str, str] = field(default_factory=lambda: types.MappingProxyType({}))
    """Own copy templates for `Y`: a table of name = "text with {path}"; the fields are listed in handing-on.md."""
    path_map: Mapping[str, str] = field(default_factory=lambda: types.MappingProxyType({}))
    """Where another machine sees your folders: a table of "/srv/samples" = "/Volumes/samples"; what `y` and `Y` copy
    is written that way."""


_RANGES = {"jobs": (0, 256), "auto_play_delay_ms": (0, 2000)}


def load_settings(path: str | None = None) -> Settings:
    """The settings in the TOML file at `path` (default: the user's); a missing file gives the defaults.

    Raises ConfigError that names the file, the key and, for a wrong key or value, the nearest right one.
    """
    path = path or config_file()
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ConfigError("the settings cannot be read", path=path, hint=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("the settings are not TOML", path=path, hint=str(error)) from error
    return parse_settings(table, path=path)


def parse_settings(table: Mapping[str, Any], *, path: str) -> Settings:
    """The settings in a parsed table; `path` is only named in errors. Raises ConfigError."""
    kinds = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in kinds:
            raise ConfigError(f"no setting is called {key!r}", path=path, hint=nearest(key, kinds))
        if key == "keys":
            values[key] = _keys(value, path)
        elif key in ("templates", "path_map"):
            values[key] = _texts(key, value, path)
        else:
            values[key] = _checked(key, value, kinds[key], path)
    return Settings(**values)


def nearest(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """A hint that names the known word nearest to a wrong one, or all of them when none is near."""
    close = difflib.get_close_matches(word.casefold(), list(known), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"one of {', '.join(known)}"


def documented() -> list[tuple[str, object, str]]:
    """(key, default, text) of every setting, in order: what help and docs are made of."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts: dict[str, str] = {}
    key = ""
    for statement in body.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            key = statement.target.id
        elif key and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            texts[key] = " ".join(str(statement.value.value).split())
    defaults = Settings()
    return [(f.name, getattr(defaults, f.name), texts[f.name]) for f in dataclasses.fields(Settings)]


def _checked(key: str, value: Any, kind: Any, path: str) -> Any:
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=nearest(str(value), choices))
        return value
    if type(value) is not kind:  # exact: TOML's true is no number
        wanted = {str: "text in quotes", int: "a whole number", bool: "true or false"}[kind]
        raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=f"it is {wanted}")
    low, high = _RANGES.get(key, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=f"{low} to {high}")
    if key == "player":
        check_player(value, path=path)
    return value


def check_player(value: str, *, path: str | None = None) -> None:
    """Raises ConfigError unless `value` names a player."""
    kind, colon, rest = value.partition(":")
    if value in PLAYERS or (kind in ("recorder", "remote") and colon and rest):
        return
    raise ConfigError(f"no player is called {value!r}", path=path, hint=nearest(value, (*PLAYERS, "recorder:FILE")))


def _keys(value: Any, path: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ConfigError("setting 'keys' is no table", path=path, hint='write [keys], below it lines as play = "p"')
    keys: dict[str, tuple[str, ...]] = {}
    for command, pressed in value.items():
        several = [pressed] if isinstance(pressed, str) else pressed
        if not isinstance(several, list) or not all(isinstance(key, str) for key in several):
            raise ConfigError(f"the keys of {command!r} cannot be {pressed!r}", path=path, hint='"p" or ["p", "space"]')
        keys[command] = tuple(several)
    return types.MappingProxyType(keys)


def _texts(key: str, value: Any, path: str) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ConfigError(f"setting {key!r} is no table", path=path, hint=f'write [{key}], below it lines as "a" = "b"')
    for name, text in value.items():
        if not isinstance(text, str):
            raise ConfigError(f"{key} {name!r} cannot be {text!r}", path=path, hint="it is text in quotes")
    if key == "templates":
        for name, text in value.items():
            check_template(name, text, path=path)
    else:
        path_map(value, path=path)
    return types.MappingProxyType(dict(value))
