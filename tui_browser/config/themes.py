"""Themes: colours of roles, classes and the colour ramp, read from TOML and validated.

A theme may omit any key and inherit it from another with `inherits`.
"""

from __future__ import annotations

import os
import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from tui_browser.config.places import config_dir, shipped
from tui_browser.config.settings import MOST_TOML_BYTES, nearest_hint
from tui_browser.config.theme_shades import shades_of
from tui_browser.errors import ConfigError
from tui_browser.records import CLASS_FAMILIES, CLASSES, DRUM_CLASSES, KINDS, OTHER
from tui_browser.safe_files import read_bounded

ROLES = (
    "background", "surface", "panel", "text", "muted", "accent", "cursor", "warning", "error", "ground", "selection",
)  # fmt: skip
"""Parts of the screen; `ground` is for samples that the filter hides."""
UNCLASSED_KEY = "unclassed"
CLASS_KEYS = (*CLASSES, UNCLASSED_KEY)
HUED_FAMILIES = tuple(family for family in CLASS_FAMILIES if family != "drums")
"""Families of which each class has a shade of one hue; drums have colours of their own."""
KIND_LETTERS = {
    "perc_hand": "n", "perc_metal": "g", "perc_wood": "d",
    "bass": "b", "keys": "e", "pluck": "p", "mallet": "m", "strings": "i", "brass": "u", "wind": "w", "synth": "z",
    "voice": "v", "fx": "f", "foley": "j", "loop_drum": "l", "loop_tonal": "q",
}  # fmt: skip
"""Letters of kinds in all themes that name none; where a theme gives one to a drum, another letter is free."""
FORMER_FAMILIES = ("bass", "strings", "winds", "keys", "bells", "foley")
"""Keys of `[families]` in themes that were made for colours by words in paths."""
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
    """(28,) in the order of `CLASSES`, then unclassed."""
    own_colours: Mapping[str, str]
    """Colours of kinds that the theme names itself; all others are shades of their family's hue."""
    family_hues: Mapping[str, str]
    """Colour of each of `HUED_FAMILIES`."""
    class_letters: tuple[str, ...]
    """(28,) one character per class, all different, for terminals without colour."""
    ramp: tuple[str, ...]
    """At least 7 colours from low to high, for a map coloured by a descriptor; all equal in monochrome."""

    notice: str = ""
    """A sentence about keys that mean nothing any more."""

    def class_colour(self, index: int) -> str:
        """Colour of a class by its place in `CLASSES`; any other index is unclassed."""
        return self.class_colours[index if 0 <= index < len(CLASSES) else len(CLASSES)]

    def class_letter(self, index: int) -> str:
        return self.class_letters[index if 0 <= index < len(CLASSES) else len(CLASSES)]

    def family_colour(self, family: str) -> str:
        """Colour of a family as a whole."""
        return self.family_hues.get(family, self.roles["text"])


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
    letters = _letters(table, base, path)
    roles = _merged(table, "roles", ROLES, base.roles if base else {}, path)
    drums = _merged(table, "classes", _DRUM_KEYS, _drum_colours(base), path, also=KINDS)
    own = {**(base.own_colours if base else {}), **{name: drums.pop(name) for name in KINDS if name in drums}}
    hues, notice = _hues(table, base, drums[OTHER], path)
    for section, colours in (("roles", roles), ("classes", drums), ("classes", own), ("families", hues)):
        for key, colour in colours.items():
            _check_colour(f"{section}.{key}", colour, path)
    dark = _typed(table, "dark", bool, path) if "dark" in table or base is None else base.dark
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
        dark=dark,
        depth=depth,
        fallback=_typed(table, "fallback", str, path) if "fallback" in table or base is None else base.fallback,
        roles=MappingProxyType(roles),
        styles=MappingProxyType({key: style for key, style in styles.items() if style}),
        class_colours=_class_colours(drums, hues, own, dark=dark),
        own_colours=MappingProxyType(own),
        family_hues=MappingProxyType(hues),
        class_letters=tuple(letters[key] for key in CLASS_KEYS),
        ramp=tuple(ramp),
        notice=notice or (base.notice if base else ""),
    )


_DRUM_KEYS = (*DRUM_CLASSES, UNCLASSED_KEY)


def _drum_colours(base: Theme | None) -> dict[str, str]:
    if base is None:
        return {}
    return {key: colour for key, colour in zip(CLASS_KEYS, base.class_colours, strict=True) if key in _DRUM_KEYS}


def _class_colours(
    drums: Mapping[str, str], hues: Mapping[str, str], own: Mapping[str, str], *, dark: bool
) -> tuple[str, ...]:
    """The colours of `CLASS_KEYS`: drums as named, kinds as shades of their families, unless they are named too."""
    colours = dict(drums)
    for family, hue in hues.items():
        names = CLASS_FAMILIES[family]
        colours |= dict(zip(names, shades_of(hue, len(names), dark=dark), strict=True))
    return tuple({**colours, **own}[key] for key in CLASS_KEYS)


def _hues(table: Mapping[str, Any], base: Theme | None, other: str, path: str) -> tuple[dict[str, str], str]:
    """The hue of each family, and a notice about former families, which are left out."""
    section = table.get("families", {})
    former = [key for key in FORMER_FAMILIES if isinstance(section, dict) and key in section]
    if former:
        table = {"families": {key: colour for key, colour in section.items() if key not in FORMER_FAMILIES}}
    inherited = base.family_hues if base else dict.fromkeys(HUED_FAMILIES, other)
    hues = _merged(table, "families", HUED_FAMILIES, inherited, path)
    if not former:
        return hues, ""
    named = ", ".join(f"families.{key}" for key in former)
    return hues, f"theme key {named} is not used any more: sounds are coloured by class ({path})"


def _letters(table: Mapping[str, Any], base: Theme | None, path: str) -> dict[str, str]:
    """The letter of each of `CLASS_KEYS`; a kind without one of its own has that of `KIND_LETTERS`, or a free one."""
    known = dict(zip(CLASS_KEYS, base.class_letters, strict=True)) if base else {}
    drums = {key: letter for key, letter in known.items() if key in _DRUM_KEYS}
    named = _merged(table, "class_letters", _DRUM_KEYS, drums, path, also=KINDS)
    for key, letter in named.items():
        if len(letter) != 1 or not letter.isprintable() or letter.isspace():
            raise _wrong(f"class_letters.{key}", letter, "one visible character", path)
    if len(set(named.values())) < len(named):
        raise _wrong("class_letters", "".join(named.values()), "a different character for each class", path)
    taken = set(named.values())
    for key in KINDS:
        if key not in named:
            wanted = (known.get(key, KIND_LETTERS[key]), *KIND_LETTERS.values(), *string.ascii_letters)
            named[key] = next(letter for letter in wanted if letter not in taken)
            taken.add(named[key])
    return named


def _merged(
    table: Mapping[str, Any],
    section: str,
    known: Sequence[str],
    base: Mapping[str, str],
    path: str,
    whole: bool = True,
    also: Sequence[str] = (),
) -> dict[str, str]:
    """All `known` keys of a section, from `base` where it has none, and those of `also` that it has."""
    own = table.get(section, {})
    if not isinstance(own, dict):
        raise _wrong(section, own, f"a table: [{section}]", path)
    _check_keys(own, (*known, *also), f"{section}.", path)
    merged = {key: base.get(key, "") for key in known} | own
    for key in merged:
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
