"""Parameter files: TOML that says what a scene is called and how its ten parameters move.

Shipped files lie beside the scenes; those of a user, in the folder `scenes` of the config folder, are added to them, or
replace a shipped one of the same file name. A parameter that a file leaves out is as in the shipped file.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui_browser.config.places import config_dir
from tui_browser.config.settings import MOST_TOML_BYTES, nearest_hint
from tui_browser.errors import ConfigError
from tui_browser.safe_files import read_bounded
from tui_browser.visualiser.features import BLURS
from tui_browser.visualiser.parameters import Parameter

SCENES = ("particles", "lights", "kaleidoscope")
"""What can be drawn."""
RATES = (0.02, 5.0)
_KEYS = ("scene", "title", "parameter")
_FIELDS = ("name", "avg", "min", "max", "step", "blur", "rate")
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class SceneFile:
    """A scene as `v` reaches it."""

    scene: str
    """One of `SCENES`."""
    title: str
    parameters: tuple[Parameter, ...]
    """Ten, in the order of the shipped file."""


def scene_folder() -> str:
    """The folder of a user's own files."""
    return os.path.join(config_dir(), "scenes")


def load_scenes(folder: str | None = None) -> tuple[list[SceneFile], list[ConfigError]]:
    """The shipped scenes with a user's own, and what is wrong with files that were left out."""
    folder = scene_folder() if folder is None else folder
    scenes = {name: shipped_scene(name) for name in SCENES}
    problems: list[ConfigError] = []
    for entry in _own_files(folder):
        try:
            scenes[entry.removesuffix(".toml")] = load_scene(os.path.join(folder, entry))
        except ConfigError as error:
            problems.append(error)
    return list(scenes.values()), problems


def _own_files(folder: str) -> list[str]:
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return []
    return [entry for entry in entries if entry.endswith(".toml") and entry[0] != "."][:_MOST_FILES]


def shipped_scene(scene: str) -> SceneFile:
    """The scene as it comes with the program."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scenes", f"{scene}.toml")
    return _parse(_read(path), {}, path)


def load_scene(path: str) -> SceneFile:
    """A user's file; raises ConfigError with the file and the key at fault."""
    table = _read(path)
    scene = table.get("scene")
    if scene not in SCENES:
        hint = nearest_hint(scene, SCENES) if isinstance(scene, str) else f"one of {', '.join(SCENES)}"
        raise ConfigError(f"scene cannot be {scene!r}", path=path, hint=hint)
    return _parse(table, {each.name: each for each in shipped_scene(scene).parameters}, path)


def _read(path: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(read_bounded(path, MOST_TOML_BYTES).decode())
    except OSError as error:
        raise ConfigError("the scene cannot be read", path=path, hint=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("the scene is not valid TOML", path=path, hint=str(error)) from error


def _parse(table: Mapping[str, Any], shipped: Mapping[str, Parameter], path: str) -> SceneFile:
    _check_names(table, _KEYS, "scene key", path)
    title, rows = table.get("title", table["scene"]), table.get("parameter", [])
    if not isinstance(title, str) or not title.isprintable() or not 1 <= len(title) <= 40:
        raise ConfigError(f"title cannot be {title!r}", path=path, hint="1 to 40 printable characters")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError("parameters must be tables", path=path, hint="begin each with [[parameter]]")
    own: dict[str, Parameter] = {}
    for row in rows:
        name = row.get("name")
        if shipped and name not in shipped:
            hint = nearest_hint(name, tuple(shipped)) if isinstance(name, str) else f"one of {', '.join(shipped)}"
            raise ConfigError(f"the scene has no parameter {name!r}", path=path, hint=hint)
        if name in own:
            raise ConfigError(f"the parameter {name!r} is there twice", path=path)
        own[name] = _parameter(row, shipped.get(name), path)
    return SceneFile(table["scene"], title, tuple({**shipped, **own}.values()))


def _parameter(row: Mapping[str, Any], shipped: Parameter | None, path: str) -> Parameter:
    name = row["name"]
    _check_names(row, _FIELDS, f"key of {name!r}", path)
    values: dict[str, Any] = {key: value for key, value in row.items() if key != "name"}
    for key, value in values.items():
        is_number = type(value) in (int, float) and math.isfinite(value)
        if not is_number or (key == "blur" and value not in BLURS):
            hint = f"one of {', '.join(map(str, BLURS))}" if key == "blur" else "it must be a number"
            raise ConfigError(f"{name}.{key} cannot be {value!r}", path=path, hint=hint)
        values[key] = int(value) if key == "blur" else float(value)
    if shipped is None:
        missing = [key for key in _FIELDS[1:] if key not in values]
        if missing:
            raise ConfigError(f"{name} lacks {missing[0]}", path=path)
        shipped = Parameter(name, **values)
    parameter = replace(shipped, **values)
    _check_values(parameter, path)
    return parameter


def _check_values(parameter: Parameter, path: str) -> None:
    name, low, high = parameter.name, parameter.min, parameter.max
    if not low <= parameter.avg <= high:
        raise ConfigError(f"{name}.avg cannot be {parameter.avg:g}", path=path, hint=f"{low:g} to {high:g}")
    if not RATES[0] <= parameter.rate <= RATES[1]:
        raise ConfigError(
            f"{name}.rate cannot be {parameter.rate:g}", path=path, hint=f"{RATES[0]} to {RATES[1]:g} changes a second"
        )
    if parameter.step < 0:
        raise ConfigError(f"{name}.step cannot be {parameter.step:g}", path=path, hint="0 for any value")
    for key, value in (("avg", parameter.avg), ("max", high)) if parameter.step else ():
        steps = (value - low) / parameter.step
        if abs(steps - round(steps)) > 1e-6:
            raise ConfigError(
                f"{name}.{key} cannot be {value:g}", path=path, hint=f"a whole number of steps of {parameter.step:g}"
            )


def _check_names(table: Mapping[str, Any], known: Sequence[str], what: str, path: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"no {what} is called {key!r}", path=path, hint=nearest_hint(key, tuple(known)))
