"""A theme as Rich styles: the roles, and the map's colours at four brightnesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme as TextualTheme

from tui_browser.config.themes import Theme
from tui_browser.map.groups import SHADES, shade
from tui_browser.records import CLASSES
from tui_browser.visualiser.canvas import HUES

WHEEL = 12
"""Hues of a circle, for cyclic values: musical keys."""
LEVELS = 4
"""Brightness levels of the map, as in `Cells.level`."""
_TOWARDS_GROUND = (0.34, 0.14, 0.0, 0.0)
_SCENE_TOWARDS_GROUND = (0.62, 0.36, 0.0, 0.0)
_WARM_CLASSES = ("cowbell", "kick", "clap", "tom")
"""Their colours lead from the end of the ramp back to its start."""
_BRIGHTEST = 0.30
"""Blend of the densest cells with the text colour, 0 to 1."""


@dataclass(frozen=True)
class Styles:
    """The styles and marks that widgets draw with; replaced when the theme changes."""

    theme: Theme
    ascii: bool = False
    """Draw ASCII only."""
    _roles: dict[str, Style] = field(default_factory=dict, repr=False)

    def role(self, name: str, *, on: str = "background", bold: bool = False) -> Style:
        """The style of a role, with another role as the background."""
        key = f"{name}/{on}/{bold}"
        if key not in self._roles:
            attributes = self.theme.styles.get(name, "")
            ground = self.theme.styles.get(on, "")
            style_words = {*attributes.split(), *ground.split()} | ({"bold"} if bold else set())
            self._roles[key] = Style(
                color=_rich(self.theme.roles[name]),
                bgcolor=_rich(self.theme.roles[on]),
                **dict.fromkeys(sorted(style_words), True),  # type: ignore[arg-type]
            )
        return self._roles[key]

    def class_style(self, index: int, *, on: str = "background", bold: bool = False) -> Style:
        """The style of a class by its place in `CLASSES`; any other index is unclassed."""
        ground = self.role("text", on=on, bold=bold)
        return ground + Style(color=_rich(self.theme.class_colour(index)))

    def family_style(self, family: str) -> Style:
        """The style of a family's name."""
        return self.role("text", bold=True) + Style(color=_rich(self.theme.family_colour(family)))

    def letter(self, index: int) -> str:
        return self.theme.class_letter(index)

    @cached_property
    def classes(self) -> tuple[Style, ...]:
        """Index i * LEVELS + b: class i of `CLASSES`, then unclassed, at brightness b."""
        return tuple(style for colour in self.theme.class_colours for style in self._levels(colour))

    @cached_property
    def ramp(self) -> tuple[Style, ...]:
        """Index i * LEVELS + b: step i of the ramp at brightness b; the last step is for unknown values."""
        colours = (*self.theme.ramp, self.theme.roles["muted"])
        return tuple(style for colour in colours for style in self._levels(colour))

    @cached_property
    def shades(self) -> tuple[Style, ...]:
        """Index i * LEVELS + b: shade i (`map.groups.shade`) at brightness b; all stand out from the background."""
        low, high = (0.25, 1.0) if self.theme.dark else (0.0, 0.75)
        hexes = (
            "#" + "".join(f"{round(255 * (low + (high - low) * part)):02x}" for part in shade(index))
            for index in range(SHADES**3)
        )
        return tuple(style for colour in hexes for style in self._levels(colour))

    @cached_property
    def ground(self) -> Style:
        """Samples that the filter hides."""
        return self.role("ground")

    @cached_property
    def cursor(self) -> Style:
        """The cursor on the map: reversed, so that it stands out in any theme and without colours."""
        return self.role("cursor", bold=True) + Style(reverse=True)

    @cached_property
    def guest(self) -> Style:
        """A guest's mark on the map."""
        return self.role("warning", bold=True) + Style(reverse=True)

    @cached_property
    def rank(self) -> Style:
        """A neighbour's number on the map."""
        return self.role("accent", bold=True) + Style(reverse=True)

    @cached_property
    def chosen(self) -> Style:
        """Added to a map cell that holds a selected sample."""
        if self.theme.depth == "none":
            return Style(underline=True, bold=True)
        return Style(bgcolor=_rich(self.theme.roles["selection"]), underline=self.theme.depth != "truecolor")

    @cached_property
    def lit(self) -> Style:
        """Added to a map cell that the sound lights."""
        ground, text = self.theme.roles["background"], self.theme.roles["text"]
        if self.theme.depth != "truecolor" or not (ground.startswith("#") and text.startswith("#")):
            return Style(reverse=True)
        return Style(bgcolor=Color.parse(ground).blend(Color.parse(text), 0.3).rich_color, bold=True)

    @cached_property
    def window(self) -> Style:
        """The part of the inset that the map shows."""
        return self.role("text") + Style(reverse=True)

    @cached_property
    def wheel(self) -> tuple[Style, ...]:
        """Index i * LEVELS + b: hue i of twelve at brightness b; the last hue is for unknown values."""
        light, strong = (0.66, 0.62) if self.theme.dark else (0.38, 0.75)
        circle = [Color.from_hsl(step / WHEEL, strong, light).hex for step in range(WHEEL)]
        return tuple(style for colour in (*circle, self.theme.roles["muted"]) for style in self._levels(colour))

    @cached_property
    def scene(self) -> tuple[Style, ...]:
        """Index i * LEVELS + b: hue i of a circle for the visualiser's scenes at brightness b, from faint to bright."""
        colours = [*self.theme.ramp, *(self.theme.class_colour(CLASSES.index(name)) for name in _WARM_CLASSES)]
        circle = [colours[round(step * (len(colours) - 1) / (HUES - 1))] for step in range(HUES)]
        return tuple(style for colour in circle for style in self._levels(colour, _SCENE_TOWARDS_GROUND))

    def hues(self, which: str) -> tuple[Style, ...]:
        """The styles of a scale by name: `classes`, `ramp`, `wheel` or `shades`."""
        return {"classes": lambda: self.classes, "ramp": lambda: self.ramp, "wheel": lambda: self.wheel}.get(
            which, lambda: self.shades
        )()

    def _levels(self, colour: str, towards_ground: tuple[float, ...] = _TOWARDS_GROUND) -> list[Style]:
        ground, text = self.theme.roles["background"], self.theme.roles["text"]
        if self.theme.depth == "truecolor" and colour.startswith("#") and ground.startswith("#"):
            own = Color.parse(colour)
            shades = [own.blend(Color.parse(ground), factor) for factor in towards_ground[:-1]]
            shades.append(own.blend(Color.parse(text), _BRIGHTEST))
            return [Style(color=shade.rich_color, bgcolor=_rich(ground)) for shade in shades]
        base = Style(color=_rich(colour), bgcolor=_rich(ground))
        dim = Style(dim=True) if self.theme.depth == "none" else Style()
        return [base + dim, base, base + Style(bold=True), base + Style(bold=True)]

    @property
    def steps(self) -> int:
        """Number of steps of the ramp."""
        return len(self.theme.ramp)

    # --- marks -------------------------------------------------------------------------------------------------------

    @property
    def star(self) -> str:
        return "*" if self.ascii else "★"

    @property
    def gone(self) -> str:
        return "x" if self.ascii else "✗"

    @property
    def dot(self) -> str:
        """Separator between two facts on a line."""
        return " - " if self.ascii else " · "

    @property
    def ellipsis(self) -> str:
        return "..." if self.ascii else "…"

    @property
    def rule(self) -> str:
        return "-" if self.ascii else "─"

    @property
    def wall(self) -> str:
        return "|" if self.ascii else "│"


def _rich(colour: str) -> RichColor:
    return Color.parse(colour).rich_color


def textual_theme(theme: Theme) -> TextualTheme:
    """The theme for Textual's own widgets (inputs, scrollbars)."""
    roles = theme.roles
    return TextualTheme(
        name=f"tui-{theme.name}",
        primary=roles["accent"],
        secondary=roles["accent"],
        accent=roles["accent"],
        foreground=roles["text"],
        background=roles["background"],
        surface=roles["surface"],
        panel=roles["panel"],
        warning=roles["warning"],
        error=roles["error"],
        success=theme.class_colours[CLASSES.index("hat_closed")],
        dark=theme.dark,
        ansi=theme.depth != "truecolor",
        variables={
            "input-cursor-background": roles["text"],
            "input-cursor-foreground": roles["background"],
            "input-selection-background": roles["selection"],
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "muted": roles["muted"],
            "wall": roles["muted"],
        },
    )
