"""A compositor that sends few bytes: only the cells that changed, and only the style attributes that differ.

Textual sends a changed span from the start of its widget's line, with each style in full. Over SSH that is most of the
cost of moving the cursor or panning.

Private API of Textual 8.2.8: _compositor.ChopsUpdate, _compositor.Compositor, _compositor.LayoutUpdate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.strip import Strip

_ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("reverse", "7"), ("strike", "9"))
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}

_VISIBLE_ON_BLANK = frozenset(("4", "7", "9"))
"""Attributes that are visible on a blank as well."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Characters that a terminal obeys; widgets write them out, and none that slips through may reach the terminal."""

Codes = tuple[str, str, str]
"""Attributes, foreground and background as SGR parameters."""
_ONE_CELL_EACH = re.compile(r"[\x20-\x7e\u2800-\u28ff]*").fullmatch
"""Matches text of ASCII and braille, each character of which is one cell."""
_PLAIN: Codes = ("", "39", "49")
_RESET = "\x1b[0m"


class SparseUpdate(ChopsUpdate):
    """A partial update of the screen."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences that paint the spans."""
        pen = Pen(console._color_system)
        parts: list[str] = []
        line = -1
        for y, start, stop in self.spans:
            at = -1
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= stop or end <= start:
                    continue
                first, last = max(x, start), min(end, stop)
                if first != at:
                    parts.append(f"\x1b[{first + 1}G" if y == line else f"\x1b[{y + 1};{first + 1}H")
                    line = y
                parts.append(pen.write(cropped(strip, first - x, last - x)))
                at = last
        return "".join([*parts, pen.reset()])


def cropped(strip: Strip, first: int, last: int) -> Iterable[Segment]:
    """The segments of a strip's cells from `first` to before `last`.

    Textual makes a new strip, with seven caches of its own, for each piece; a moving picture has a hundred in a frame.
    """
    if first <= 0 and last >= strip.cell_length:
        return strip
    parts: list[Segment] = []
    at = 0
    for segment in strip:
        text = segment.text
        if segment.control or not _ONE_CELL_EACH(text):
            return strip.crop(first, last)
        end = at + len(text)
        if end > first:
            parts.append(Segment(text[max(0, first - at) : last - at], segment.style))
        at = end
        if at >= last:
            break
    return parts


class SparseLayout(LayoutUpdate):
    """An update of the whole screen."""

    def render_segments(self, console: Console) -> str:
        """The escape sequences that paint everything."""
        pen = Pen(console._color_system)
        parts: list[str] = []
        for y, line in enumerate(self.strips, self.region.y):
            parts.append(f"\x1b[{y + 1};{self.region.x + 1}H")
            parts += [pen.write(strip) for strip in line]
        return "".join([*parts, pen.reset()])


class SparseCompositor(Compositor):
    """Textual's compositor with small updates."""

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        update = super().render_full_update(simplify)
        return update if simplify else SparseLayout(update.strips, update.region)

    def render_partial_update(self) -> ChopsUpdate | None:
        update = super().render_partial_update()
        return None if update is None else SparseUpdate(update.chops, update.spans, update.chop_ends)


class Pen:
    """Writes segments as text and escape sequences; a change of style sends only the attributes that differ."""

    def __init__(self, system: ColorSystem | None) -> None:
        self._system = system
        self._now = _PLAIN
        self._known: dict[int, tuple[Style, Codes]] = {}
        """Codes by `id(style)`, which is faster than hashing; the style is kept alive so that its id stays unique."""

    def write(self, segments: Iterable[Segment]) -> str:
        """The sequences that write these segments at the terminal's cursor."""
        parts: list[str] = []
        now, known = self._now, self._known
        for text, style, control in segments:
            if control:
                continue
            if style is None:
                wanted = _PLAIN
            elif (held := known.get(id(style))) is not None:
                wanted = held[1]
            else:
                wanted = codes(style, self._system)
                known[id(style)] = style, wanted
            if wanted is not now:
                if text.isspace() and not _VISIBLE_ON_BLANK.intersection(now[0].split(";") + wanted[0].split(";")):
                    wanted = (now[0], now[1], wanted[2])  # only the background of a blank is visible
                if wanted != now:
                    parts.append(f"\x1b[{_transition(now, wanted)}m")
                    now = wanted
            parts.append(text if text.isprintable() else _CONTROLS.sub("", text))
        self._now = now
        return "".join(parts)

    def reset(self) -> str:
        """The sequence that resets the style; empty if none is set."""
        before, self._now = self._now, _PLAIN
        return _RESET if before != _PLAIN else ""


@lru_cache(maxsize=4096)
def _transition(now: Codes, wanted: Codes) -> str:
    """SGR parameters from one style to another: the difference, or a reset and all of it if that is shorter."""
    had, has = now[0].split(";") if now[0] else [], wanted[0].split(";") if wanted[0] else []
    off = dict.fromkeys(_OFF[code] for code in had if code not in has)
    on = [code for code in has if code not in had or _OFF[code] in off]
    changed = [code for code, old in zip(wanted[1:], now[1:], strict=True) if code != old]
    anew = ["0", *has, *(code for code in wanted[1:] if code not in ("39", "49"))]
    return min(";".join([*off, *on, *changed]), ";".join(anew), key=len)


@lru_cache(maxsize=4096)
def codes(style: Style, system: ColorSystem | None) -> Codes:
    """A style's SGR parameters on a terminal with this colour system; None is a terminal without colours."""
    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    if system is None:
        return attributes, "39", "49"
    foreground, background = style.color, style.bgcolor
    return (
        attributes,
        ";".join(foreground.downgrade(system).get_ansi_codes(foreground=True)) if foreground is not None else "39",
        ";".join(background.downgrade(system).get_ansi_codes(foreground=False)) if background is not None else "49",
    )
