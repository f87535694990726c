"""A theme as ready-made styles: of the roles, and of the map's colours at four brightnesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme as TextualTheme

from tui_browser.atlas.groups import SHADES, shade
from tui_browser.config.themes import Theme
from tui_browser.records import CLASSES

WHEEL = 12
"""Hues of a circle, for what goes round: keys."""
LEVELS = 4
"""Brightnesses of the map, as `Cells.level` counts them."""
_TOWARDS_GROUND = (0.34, 0.14, 0.0, 0.0)
_BRIGHTEST = 0.30
"""How far the densest cells go towards the text's colour."""


@dataclass(frozen=True)
class Paint:
    """Everything that a widget draws with; made anew when the theme changes."""

    theme: Theme
    ascii: bool = False
    """Nothing but ASCII is drawn."""
    _roles: dict[str, Style] = field(default_factory=dict, repr=False)

    def role(self, name: str, *, on: str = "background", bold: bool = False) -> Style:
        """A role's colour on another role's as the ground."""
        key = f"{name}/{on}/{bold}"
        if key not in self._roles:
            attributes = self.theme.styles.get(name, "")
            ground = self.theme.styles.get(on, "")
            words = {*attributes.split(), *ground.split()} | ({"bold"} if bold else set())
            self._roles[key] = Style(
                color=_rich(self.theme.roles[name]),
                bgcolor=_rich(self.theme.roles[on]),
                **dict.fromkeys(sorted(words), True),  # type: ignore[arg-type]
            )
        return self._roles[key]

    def class_style(self, index: int, *, on: str = "background", bold: bool = False) -> Style:
        """A class's colour, of an unclassed sample for any index that is no class."""
        ground = self.role("text", on=on, bold=bold)
        return ground + Style(color=_rich(self.theme.class_colour(index)))

    def letter(self, index: int) -> str:
        return self.theme.class_letter(index)

    @cached_property
    def classes(self) -> tuple[Style, ...]:
        """Style of class i (12 with unclassed, then the families) at brightness b at i * LEVELS + b."""
        colours = (*self.theme.class_colours, *self.theme.family_colours)
        return tuple(style for colour in colours for style in self._levels(colour))

    @cached_property
    def ramp(self) -> tuple[Style, ...]:
        """Style of step i of the ramp at brightness b at i * LEVELS + b; the last step stands for unknown values."""
        colours = (*self.theme.ramp, self.theme.roles["muted"])
        return tuple(style for colour in colours for style in self._levels(colour))

    @cached_property
    def shades(self) -> tuple[Style, ...]:
        """Style of shade i (see `atlas.groups.shade`) at brightness b at i * LEVELS + b, none lost on the ground."""
        low, high = (0.25, 1.0) if self.theme.dark else (0.0, 0.75)
        hexes = (
            "#" + "".join(f"{round(255 * (low + (high - low) * part)):02x}" for part in shade(index))
            for index in range(SHADES**3)
        )
        return tuple(style for colour in hexes for style in self._levels(colour))

    @cached_property
    def ground(self) -> Style:
        """Dots that the filter leaves out."""
        return self.role("ground")

    @cached_property
    def cursor(self) -> Style:
        """The cursor on the map: inverse, so that it stands out on any theme and without colours."""
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
        """What is added to a cell or a row of the selection."""
        if self.theme.depth == "none":
            return Style(underline=True, bold=True)
        return Style(bgcolor=_rich(self.theme.roles["selection"]), underline=self.theme.depth != "truecolor")

    @cached_property
    def window(self) -> Style:
        """The part of the small map that the big one shows."""
        return self.role("text") + Style(reverse=True)

    @cached_property
    def wheel(self) -> tuple[Style, ...]:
        """Style of hue i of a circle of twelve at brightness b at i * LEVELS + b; the last one stands for unknown."""
        light, strong = (0.66, 0.62) if self.theme.dark else (0.38, 0.75)
        circle = [Color.from_hsl(step / WHEEL, strong, light).hex for step in range(WHEEL)]
        return tuple(style for colour in (*circle, self.theme.roles["muted"]) for style in self._levels(colour))

    def hues(self, which: str) -> tuple[Style, ...]:
        """The styles that colour indices mean: `classes`, `ramp`, `shades` or `wheel`."""
        return {"classes": lambda: self.classes, "ramp": lambda: self.ramp, "wheel": lambda: self.wheel}.get(
            which, lambda: self.shades
        )()

    def _levels(self, colour: str) -> list[Style]:
        ground, text = self.theme.roles["background"], self.theme.roles["text"]
        if self.theme.depth == "truecolor" and colour.startswith("#") and ground.startswith("#"):
            own = Color.parse(colour)
            shades = [own.blend(Color.parse(ground), factor) for factor in _TOWARDS_GROUND[:-1]]
            shades.append(own.blend(Color.parse(text), _BRIGHTEST))
            return [Style(color=shade.rich_color, bgcolor=_rich(ground)) for shade in shades]
        base = Style(color=_rich(colour), bgcolor=_rich(ground))
        dim = Style(dim=True) if self.theme.depth == "none" else Style()
        return [base + dim, base, base + Style(bold=True), base + Style(bold=True)]

    @property
    def steps(self) -> int:
        """Steps of the ramp."""
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
        """Between two facts on one line."""
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
    """The theme as Textual's own widgets (inputs, scrollbars) know it."""
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
