"""Appearance on this terminal: a theme that fits its colours, and whether to draw with ASCII only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tui_browser.config.plain_letters import has_utf8_locale
from tui_browser.config.settings import Settings
from tui_browser.config.themes import DEFAULT_THEME, Theme, load_theme
from tui_browser.errors import ConfigError

Colours = Literal["truecolor", "256", "16", "none"]

_TRUE_COLOUR_TERMS = ("direct", "kitty", "alacritty", "ghostty", "foot", "wezterm")
_NO_COLOUR_TERMS = ("dumb", "unknown", "vt100", "vt102", "vt220")


@dataclass(frozen=True, slots=True)
class Appearance:
    """Theme, colours and characters to draw with."""

    theme: Theme
    colours: Colours
    """Colours of the terminal; 256 and truecolor use the same themes."""
    ascii: bool
    """Whether to draw with ASCII only: no braille, no box-drawing characters."""
    notice: str = ""
    """A sentence for the user when the requested theme could not be loaded, or has keys that mean nothing."""


def choose_appearance(
    settings: Settings, env: Mapping[str, str], *, remembered: str = "", folders: Sequence[str] | None = None
) -> Appearance:
    """The appearance for these settings and environment; a faulty theme is replaced by the default, with a notice.

    `remembered` is the theme last chosen in the app; a theme in the settings takes precedence. Raises ConfigError only
    when the shipped themes cannot be read.
    """
    notice = ""
    try:
        theme = load_theme(settings.theme or remembered or DEFAULT_THEME, folders=folders)
        notice = theme.notice
    except ConfigError as error:
        notice = str(error)
        theme = load_theme(DEFAULT_THEME, folders=folders)
    colours = settings.colour if settings.colour != "auto" else terminal_colours(env)
    if colours == "none" and theme.depth != "none":
        theme = load_theme("mono", folders=folders)
    elif colours == "16" and theme.depth == "truecolor":
        try:
            fitting = load_theme(theme.fallback, folders=folders)
        except ConfigError as error:
            notice = notice or str(error)
            fitting = load_theme("16-colours", folders=folders)
        theme = fitting
    return Appearance(theme, colours, settings.ascii or not supports_utf8(env), notice)


def terminal_colours(env: Mapping[str, str]) -> Colours:
    """Colours of the terminal by the environment: NO_COLOR first, then COLORTERM, then TERM."""
    term = env.get("TERM", "").lower()
    if env.get("NO_COLOR") or term in _NO_COLOUR_TERMS or term.endswith(("-m", "-mono")):
        return "none"
    if env.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if any(word in term for word in _TRUE_COLOUR_TERMS):
        return "truecolor"
    return "256" if "256color" in term else "16"


def supports_utf8(env: Mapping[str, str]) -> bool:
    """Whether the terminal shows braille, by its locale; False on the Linux console, whose font has none."""
    return env.get("TERM") != "linux" and has_utf8_locale(env)
