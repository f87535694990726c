"""Names and colours of the kinds of sound on a page, and the page's own colours, from the shipped themes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tui_browser.config.places import shipped
from tui_browser.config.themes import ROLES, Theme, load_theme
from tui_browser.errors import printable


def page_themes() -> tuple[Theme, Theme]:
    """The dark and the light theme as shipped: a page looks the same whoever made it."""
    folders = (shipped("themes"),)
    return load_theme("dark", folders=folders), load_theme("light", folders=folders)


def group_entries(
    groups: Iterable[int], class_names: Sequence[str], themes: tuple[Theme, Theme]
) -> list[dict[str, Any]]:
    """Index, name and both colours of each group that occurs, in the order of the legend."""
    dark, light = themes
    return [
        {
            "index": group,
            "name": group_name(group, class_names),
            "dark": dark.class_colour(group),
            "light": light.class_colour(group),
        }
        for group in sorted(set(groups))
    ]


def group_name(group: int, class_names: Sequence[str]) -> str:
    """A group as a person reads it; `class_names` are those of the groups (`colour_names`)."""
    name = class_names[group] if group < len(class_names) else ""
    return printable(name.replace("_", " ")) if name else "unclassed"


def style_variables(themes: tuple[Theme, Theme]) -> str:
    """The roles of both themes as variables of the style sheet."""
    dark, light = (_variables(theme) for theme in themes)
    asked_for = f'@media (prefers-color-scheme: light) {{\n:root:not([data-theme="dark"]) {{\n{light}}}\n}}\n'
    return f':root {{\n{dark}}}\n{asked_for}:root[data-theme="light"] {{\n{light}}}\n'


def _variables(theme: Theme) -> str:
    scheme = "dark" if theme.dark else "light"
    return f"  color-scheme: {scheme};\n" + "".join(f"  --{role}: {theme.roles[role]};\n" for role in ROLES)
