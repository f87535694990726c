"""Key map: default keys of the commands, overridden by the user's.

A key may trigger only one command per screen. The table of commands is in `ui`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tui_browser.config.settings import nearest_hint
from tui_browser.errors import ConfigError

EVERYWHERE = "*"
"""Stands for all screens."""

_MODIFIERS = ("ctrl", "alt", "shift", "super")
_ALIASES = {
    " ": "space", "esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup",
    "pgdn": "pagedown", "page_up": "pageup", "page_down": "pagedown", "plus": "+", "minus": "-", "slash": "/",
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "less_than_sign": "<",
    "greater_than_sign": ">", "apostrophe": "'", "full_stop": ".", "comma": ",", "equals_sign": "=",
    "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip
_NAMED = (
    "space", "enter", "escape", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up",
    "down", "left", "right", *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip


def spell(key: str, *, path: str | None = None) -> str:
    """The canonical name of a key: `esc` is `escape`, `shift+h` is `H`, `Ctrl+P` is `ctrl+p`, `plus` is `+`.

    Raises ConfigError for an unknown key.
    """
    head, plus, last = ("", "", key) if len(key) == 1 else key.rpartition("+")
    if plus and not last:  # ctrl++ or +
        head, last = head.removesuffix("+"), "+"
    if len(last) > 1 or last == " ":
        last = _ALIASES.get(last.lower(), last.lower())
    if len(last) != 1 and last not in _NAMED:
        raise ConfigError(f"no key is called {key!r}", path=path, hint=nearest_hint(last, _NAMED))
    if len(last) == 1 and not last.isprintable():
        raise ConfigError(f"no key is called {key!r}", path=path, hint="a letter, a symbol, or a name as in ctrl+p")
    modifiers = {part.strip().lower() for part in head.split("+")} if plus else set()
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise ConfigError(f"no key is called {key!r}", path=path, hint=nearest_hint(modifier, _MODIFIERS))
    if "shift" in modifiers and len(last) == 1 and last.isalpha():
        modifiers.discard("shift")
        last = last.upper()
    if "ctrl" in modifiers and len(last) == 1:
        last = last.lower()
    return "+".join([*(name for name in _MODIFIERS if name in modifiers), last])


def resolve_keys(
    defaults: Mapping[str, Collection[str]],
    overrides: Mapping[str, Collection[str]],
    *,
    screens: Mapping[str, Collection[str]] | None = None,
    path: str | None = None,
) -> dict[str, tuple[str, ...]]:
    """Keys by command, in the order of `defaults`: the user's where given, else the default ones.

    `screens` maps commands to the screens they act on; a command that is not listed acts on all. Raises ConfigError
    (naming `path`) for an unknown command, an unknown key, or two commands on one key of a screen.
    """
    for command in overrides:
        if command not in defaults:
            raise ConfigError(
                f"no command is called {command!r}", path=path, hint=nearest_hint(command, dict(defaults))
            )
    resolved: dict[str, tuple[str, ...]] = {}
    for command, keys in defaults.items():
        chosen = overrides.get(command, keys)
        resolved[command] = tuple(dict.fromkeys(spell(key, path=path) for key in chosen))
    _check_conflicts(resolved, screens or {}, path)
    return resolved


def _check_conflicts(
    resolved: Mapping[str, tuple[str, ...]], screens: Mapping[str, Collection[str]], path: str | None
) -> None:
    holders: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for command, keys in resolved.items():
        own_screens = frozenset(screens.get(command, (EVERYWHERE,)))
        for key in keys:
            for other, other_screens in holders.get(key, ()):
                if own_screens & other_screens or EVERYWHERE in own_screens | other_screens:
                    raise ConfigError(
                        f"key {key!r} means both {other!r} and {command!r}",
                        path=path,
                        hint=f"give one of them another key, or none: {command} = []",
                    )
            holders.setdefault(key, []).append((command, own_screens))
