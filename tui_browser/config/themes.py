"""Themes: colours of roles, classes and the colour ramp, read from TOML and validated.

A theme may omit any key and inherit it from another with `inherits`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from tui_browser.config.places import config_dir, shipped
from tui_browser.config.settings import MOST_TOML_BYTES, nearest_hint
from tui_browser.errors import ConfigError
from tui_browser.records import CLASSES, FAMILIES, OTHER
from tui_browser.safe_files import read_bounded

ROLES = (
    "background", "surface", "panel", "text", "muted", "accent", "cursor", "warning", "error", "ground", "selection",
)  # fmt: skip
"""Parts of the screen; `ground` is for samples that the filter hides."""
CLASS_KEYS = (*CLASSES, "unclassed")
ANSI_NAMES = (
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "bright_black", "bright_red",
    "bright_green", "bright_yellow", "bright_blue", "bright_magenta", "bright_cyan", "bright_white", "default",
)  # fmt: skip
"""The terminal's own colours, written as `ansi_NAME` as in Textual."""
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse")
MIN_RAMP = 7
DEFAULT_THEME = "dark"

Depth = Literal["truecolor", "16", "none"]
"""Colours that the terminal must have for a theme."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
_TOP_LEVEL_KEYS = (
    "name",
    "dark",
    "depth",
    "fallback",
    "inherits",
    "roles",
    "styles",
    "classes",
    "families",
    "class_letters",
    "ramp",
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb` or `ansi_NAME`, both of which Textual's `Color.parse` accepts."""

    name: str
    dark: bool
    depth: Depth
    fallback: str
    """Name of the theme to use on a terminal with fewer colours."""
    roles: Mapping[str, str]
    """Colour of each of `ROLES`."""
    styles: Mapping[str, str]
    """Text attributes (such as `bold reverse`) of roles that colour alone does not set apart."""
    class_colours: tuple[str, ...]
    """(12,) in the order of `CLASSES`, then unclassed."""
    family_colours: tuple[str, ...]
    """(10,) in the order of `FAMILIES`, for sounds of the class `other`."""
    class_letters: tuple[str, ...]
    """(12,) one character per class, all different, for terminals without colour."""
    ramp: tuple[str, ...]
    """At least 7 colours from low to high, for a map coloured by a descriptor; all equal in monochrome."""

    def class_colour(self, index: int) -> str:
        """Colour of a class, or of family i at index `len(CLASS_KEYS) + i`; any other index is unclassed."""
        if index > len(CLASSES) and index - len(CLASS_KEYS) < len(self.family_colours):
            return self.family_colours[index - len(CLASS_KEYS)]
        return self.class_colours[index if 0 <= index < len(CLASSES) else len(CLASSES)]

    def class_letter(self, index: int) -> str:
        if len(CLASSES) < index < len(CLASS_KEYS) + len(self.family_colours):
            index = CLASSES.index(OTHER)
        return self.class_letters[index if 0 <= index < len(CLASSES) else len(CLASSES)]


def theme_folders() -> tuple[str, ...]:
    """Folders of themes, the user's first, so that their themes override shipped ones of the same name."""
    return os.path.join(config_dir(), "themes"), shipped("themes")


def theme_names(*, folders: Sequence[str] | None = None) -> list[str]:
    """Names of all available themes, sorted; missing folders are ignored."""
    names: set[str] = set()
    for folder in theme_folders() if folders is None else folders:
        if os.path.isdir(folder):
            names.update(entry[:-5] for entry in os.listdir(folder) if entry.endswith(".toml") and entry[0] != ".")
    return sorted(names)


def load_theme(name: str, *, folders: Sequence[str] | None = None) -> Theme:
    """Load the theme of this name; raises ConfigError with the file and the key at fault."""
    folders = theme_folders() if folders is None else folders
    return _load(name, folders, ())


def _load(name: str, folders: Sequence[str], children: tuple[str, ...]) -> Theme:
    candidates = [os.path.join(folder, f"{name}.toml") for folder in folders]
    # A theme may inherit the shipped theme of its own name, so files already loaded are skipped.
    existing = [path for path in candidates if os.path.isfile(path) and path not in children]
    if not existing or os.path.basename(name) != name:
        known = tuple(theme_names(folders=folders)) or (DEFAULT_THEME,)
        raise ConfigError(
            f"no theme is called {name!r}", path=children[-1] if children else None, hint=nearest_hint(name, known)
        )
    path = existing[0]
    try:
        table = tomllib.loads(read_bounded(path, MOST_TOML_BYTES).decode())
    except OSError as error:
        raise ConfigError("the theme cannot be read", path=path, hint=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("the theme is not valid TOML", path=path, hint=str(error)) from error
    _check_keys(table, _TOP_LEVEL_KEYS, "", path)
    parent = table.get("inherits")
    base = _load(_typed(table, "inherits", str, path), folders, (*children, path)) if parent is not None else None
    return _parse(name, table, base, path)


def _parse(name: str, table: Mapping[str, Any], base: Theme | None, path: str) -> Theme:
    classes = dict(zip(CLASS_KEYS, base.class_colours, strict=True)) if base else {}
    letters = dict(zip(CLASS_KEYS, base.class_letters, strict=True)) if base else {}
    letters = _merged(table, "class_letters", CLASS_KEYS, letters, path)
    for key, letter in letters.items():
        if len(letter) != 1 or not letter.isprintable() or letter.isspace():
            raise _wrong(f"class_letters.{key}", letter, "one visible character", path)
    if len(set(letters.values())) < len(letters):
        raise _wrong("class_letters", "".join(letters.values()), "a different character for each class", path)
    roles = _merged(table, "roles", ROLES, base.roles if base else {}, path)
    classes = _merged(table, "classes", CLASS_KEYS, classes, path)
    family_colours = base.family_colours if base else (classes[OTHER],) * len(FAMILIES)
    families = dict(zip(FAMILIES, family_colours, strict=True))
    families = _merged(table, "families", FAMILIES, families, path)
    for section, colours in (("roles", roles), ("classes", classes), ("families", families)):
        for key, colour in colours.items():
            _check_colour(f"{section}.{key}", colour, path)
    styles = _merged(table, "styles", ROLES, base.styles if base else dict.fromkeys(ROLES, ""), path, whole=False)
    for key, style in styles.items():
        for word in style.split():
            if word not in ATTRIBUTES:
                raise _wrong(f"styles.{key}", word, nearest_hint(word, ATTRIBUTES), path)
    ramp = table.get("ramp", list(base.ramp) if base else [])
    if not isinstance(ramp, list) or len(ramp) < MIN_RAMP:
        raise _wrong("ramp", ramp, f"a list of at least {MIN_RAMP} colours", path)
    for number, colour in enumerate(ramp):
        _check_colour(f"ramp[{number}]", colour, path)
    depth = table.get("depth", base.depth if base else "truecolor")
    if depth not in ("truecolor", "16", "none"):
        raise _wrong("depth", depth, "truecolor, 16 or none", path)
    return Theme(
        name=name,
        dark=_typed(table, "dark", bool, path) if "dark" in table or base is None else base.dark,
        depth=depth,
        fallback=_typed(table, "fallback", str, path) if "fallback" in table or base is None else base.fallback,
        roles=MappingProxyType(roles),
        styles=MappingProxyType({key: style for key, style in styles.items() if style}),
        class_colours=tuple(classes[key] for key in CLASS_KEYS),
        family_colours=tuple(families[key] for key in FAMILIES),
        class_letters=tuple(letters[key] for key in CLASS_KEYS),
        ramp=tuple(ramp),
    )


def _merged(
    table: Mapping[str, Any], section: str, known: Sequence[str], base: Mapping[str, str], path: str, whole: bool = True
) -> dict[str, str]:
    own = table.get(section, {})
    if not isinstance(own, dict):
        raise _wrong(section, own, f"a table: [{section}]", path)
    _check_keys(own, known, f"{section}.", path)
    merged = {key: base.get(key, "") for key in known} | own
    for key in known:
        if not isinstance(merged[key], str):
            raise _wrong(f"{section}.{key}", merged[key], "text in quotes", path)
        if whole and not merged[key]:
            raise ConfigError(f"theme key {section}.{key} is missing", path=path, hint='add it, or inherits = "dark"')
    return merged


def _check_keys(table: Mapping[str, Any], known: Sequence[str], prefix: str, path: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"no theme key is called {prefix}{key}", path=path, hint=nearest_hint(key, tuple(known)))


def _typed(table: Mapping[str, Any], key: str, kind: type, path: str) -> Any:
    value = table.get(key)
    if type(value) is not kind:
        raise _wrong(key, value, "true or false" if kind is bool else "text in quotes", path)
    return value


def _check_colour(key: str, colour: Any, path: str) -> None:
    if isinstance(colour, str) and _HEX.match(colour):
        return
    if not isinstance(colour, str) or not colour.startswith("ansi_"):
        raise _wrong(key, colour, "#rrggbb or ansi_NAME", path)
    if colour[5:] not in ANSI_NAMES:
        raise _wrong(key, colour, nearest_hint(colour, tuple(f"ansi_{name}" for name in ANSI_NAMES)), path)


def _wrong(key: str, value: Any, hint: str, path: str) -> ConfigError:
    return ConfigError(f"theme key {key} cannot be {value!r}", path=path, hint=hint)
