"""Settings of `config.toml`: each is a field of `Settings`, documented by the text below it."""

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

from tui_browser.config.list_columns import parse_columns
from tui_browser.config.pathmap import parse_path_map
from tui_browser.config.places import config_file
from tui_browser.config.project import BPM_RANGE, parse_key_name
from tui_browser.config.send_targets import SendTarget, parse_send_targets
from tui_browser.config.templates import check_template
from tui_browser.errors import ConfigError
from tui_browser.safe_files import read_bounded

MOST_TOML_BYTES = 1 << 20
"""Longest settings or theme file."""

PLAYERS = ("auto", "miniaudio", "simpleaudio", "remote", "null")
"""Valid values of `player`, besides `recorder:FILE` and `remote:ADDRESS`."""


DEFAULT_MODEL = "general"
"""The shipped model that new libraries get."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults."""

    theme: str = ""
    """Name of a theme, shipped or from the `themes` folder beside the config file; empty uses the theme last chosen
    in the app, at first `dark`."""
    player: str = "auto"
    """Playback: `auto` (the first that works; over SSH a listener on your laptop is tried first), `miniaudio`,
    `simpleaudio` (sounds under 0.4 s ring on below the next, a stop cuts off after 230 ms, of a long sound the first
    60 s play, a new volume holds from the next sound on, and beats do not play), `remote` or `remote:ADDRESS` (the
    listener only), `null` (silent), or `recorder:FILE`, which writes the sound to a WAV file."""
    model: str = DEFAULT_MODEL
    """Name of a shipped model, or the folder of a model."""
    jobs: int = 0
    """Number of decoder processes while indexing; 0 is one per core."""
    neighbours: Literal["auto", "exact", "pynndescent"] = "auto"
    """Search for similar sounds: `exact` compares every sample; `pynndescent` uses an index that is stored beside the
    library; `auto` uses the index above 1.5 million samples and slices."""
    auto_play_delay_ms: int = 120
    """How long the cursor rests on a sample before auto-play plays it, 0 to 2000."""
    level: bool = True
    """Whether to play all samples equally loud: one-shots by their loudest moment, loops by their loudness (BS.1770);
    false plays them unchanged."""
    tails: bool = False
    """Whether a sound of up to four seconds rings on while the next one plays; false fades it out."""
    project_bpm: float = 0.0
    """Your project's tempo, 30 to 300: loops play at it, or at half or double of it; 0 uses what was last set in the
    app, at first none."""
    project_key: str = ""
    """Your project's key, as `Am` or `F#`: sounds with a key are shifted to it, one-shots not; empty uses what was last
    set in the app, at first none."""
    mouse: bool = True
    """Whether the mouse selects, zooms and drags; false leaves it to the terminal."""
    hover: bool = True
    """Whether the sample under the mouse pointer is named, and played while auto-play is on."""
    click_copies: bool = False
    """Whether a click on the map also copies the path."""
    slow: bool = False
    """Whether to save bandwidth on a slow connection: fewer frames and colours; turned on automatically when output
    lags."""
    plain_textual: bool = False
    """Whether to run on plain Textual, without this program's own driver and painting: for when a newer Textual shows
    something wrong. Slow lines are then slower, and files cannot be dragged out."""
    motion: bool = True
    """Whether the map moves smoothly to a new position; false jumps, and the visualiser moves slowly and does not
    pulse."""
    breathe: bool = False
    """Whether the map lights the sample that plays, and those around it, with the loudness of the sound."""
    colour: Literal["auto", "truecolor", "256", "16", "none"] = "auto"
    """Colours of the terminal; `auto` follows the environment (NO_COLOR, COLORTERM, TERM)."""
    ascii: bool = False
    """Whether to draw with ASCII only; turned on automatically when the locale is not UTF-8."""
    list_columns: tuple[str, ...] = ()
    """Columns of the list, in order, of `name`, `folder`, `class`, `length`, `bpm`, `key`, `loudness`, `rating`,
    `tags`, `added`, `wave` and `distance`; an empty list uses those last chosen in the app, at first name, folder and
    length."""
    control: bool = False
    """Whether the app opens a socket of its own, by which your editors and scripts drive it (control.md); `--control`
    does so once."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: types.MappingProxyType({}))
    """Your own keys: a table of command = "key" or ["key", ...]; an empty list removes the command's keys."""
    templates: Mapping[str, str] = field(default_factory=lambda: types.MappingProxyType({}))
    """Your own copy templates for `Y`: a table of name = "text with {path}"; the fields are listed in
    handing-on.md."""
    path_map: Mapping[str, str] = field(default_factory=lambda: types.MappingProxyType({}))
    """Your folders as another machine sees them: a table of "/srv/samples" = "/Volumes/samples"; `y` and `Y` copy
    paths in this form."""
    send: Mapping[str, SendTarget] = field(default_factory=lambda: types.MappingProxyType({}))
    """Where `send` sends samples by OSC: a table for each program, as in beats.md; without one, nothing is sent."""


_RANGES = {"jobs": (0, 256), "auto_play_delay_ms": (0, 2000)}


def load_settings(path: str | None = None) -> Settings:
    """Settings from the TOML file at `path` (default: the user's); a missing file gives the defaults.

    Raises ConfigError with the file, the key, and the nearest valid key or value.
    """
    path = path or config_file()
    try:
        table = tomllib.loads(read_bounded(path, MOST_TOML_BYTES).decode())
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ConfigError("the settings cannot be read", path=path, hint=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("the settings are not valid TOML", path=path, hint=str(error)) from error
    return parse_settings(table, path=path)


def parse_settings(table: Mapping[str, Any], *, path: str) -> Settings:
    """Settings from a parsed table; `path` is for error messages. Raises ConfigError."""
    kinds = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in kinds:
            raise ConfigError(f"no setting is called {key!r}", path=path, hint=nearest_hint(key, kinds))
        if key == "keys":
            values[key] = _keys(value, path)
        elif key in ("templates", "path_map"):
            values[key] = _texts(key, value, path)
        elif key == "list_columns":
            values[key] = parse_columns(value, path=path)
        elif key == "send":
            values[key] = types.MappingProxyType(parse_send_targets(value, path=path))
        else:
            values[key] = _checked(key, value, kinds[key], path)
    return Settings(**values)


def nearest_hint(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """A hint with the known word nearest to a wrong one, or with all of them when none is near."""
    close = difflib.get_close_matches(word.casefold(), list(known), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"one of {', '.join(known)}"


def documented_settings() -> list[tuple[str, object, str]]:
    """(key, default, text) of every setting, in order, for help and docs."""
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


def settings_page() -> str:
    """The page docs/settings.md: all settings with their defaults."""
    lines = [
        "# Settings",
        "",
        "Settings are in `config.toml` in your config folder (`~/.config/tui-browser/` on Linux,",
        "`~/Library/Application Support/tui-browser/` on macOS). For an unknown key, the error names the nearest one.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    for key, default, text in documented_settings():
        lines.append(f"| `{key}` | `{_as_toml(default)}` | {text} |")
    lines += [
        "",
        "Put your own themes into the folder `themes` beside the file; the shipped ones in `themes/` of the project",
        "show every key. `[classes]` has the colours of drums, `[families]` a hue for each family of other sounds,",
        "whose classes are shades of it (without it, of `other`), unless `[classes]` names one of them, too.",
        "`[class_letters]` has a letter for each. The keys of commands are listed in [keys.md](keys.md).",
        "",
    ]
    return "\n".join(lines)


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:g}" if isinstance(value, int | float) else "[]" if isinstance(value, tuple) else "{}"


def _checked(key: str, value: Any, kind: Any, path: str) -> Any:
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=nearest_hint(str(value), choices))
        return value
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:  # exact, because a bool is an int
        expected = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}[kind]
        raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=f"it must be {expected}")
    low, high = _RANGES.get(key, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=f"{low} to {high}")
    if key == "project_bpm" and value and not BPM_RANGE[0] <= value <= BPM_RANGE[1]:
        hint = "0, or {:g} to {:g}".format(*BPM_RANGE)
        raise ConfigError(f"setting {key!r} cannot be {value!r}", path=path, hint=hint)
    if key == "project_key" and value:
        return _key_name(value, path)
    if key == "player":
        check_player(value, path=path)
    return value


def _key_name(value: str, path: str) -> str:
    try:
        return parse_key_name(value)
    except ConfigError as error:
        raise ConfigError(f"setting 'project_key' cannot be {value!r}", path=path, hint=error.hint) from error


def check_player(value: str, *, path: str | None = None) -> None:
    """Raise ConfigError unless `value` is a valid player."""
    kind, _, target = value.partition(":")
    if value in PLAYERS or (kind in ("recorder", "remote") and target):
        return
    raise ConfigError(
        f"no player is called {value!r}", path=path, hint=nearest_hint(value, (*PLAYERS, "recorder:FILE"))
    )


def _keys(value: Any, path: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ConfigError(
            "setting 'keys' must be a table", path=path, hint='write [keys], then lines such as play = "p"'
        )
    keys: dict[str, tuple[str, ...]] = {}
    for command, given in value.items():
        key_list = [given] if isinstance(given, str) else given
        if not isinstance(key_list, list) or not all(isinstance(key, str) for key in key_list):
            raise ConfigError(f"the keys of {command!r} cannot be {given!r}", path=path, hint='"p" or ["p", "space"]')
        keys[command] = tuple(key_list)
    return types.MappingProxyType(keys)


def _texts(key: str, value: Any, path: str) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ConfigError(
            f"setting {key!r} must be a table", path=path, hint=f'write [{key}], then lines such as "a" = "b"'
        )
    for name, text in value.items():
        if not isinstance(text, str):
            raise ConfigError(f"{key} {name!r} cannot be {text!r}", path=path, hint="it must be text in quotes")
    if key == "templates":
        for name, text in value.items():
            check_template(name, text, path=path)
    else:
        parse_path_map(value, path=path)
    return types.MappingProxyType(dict(value))
