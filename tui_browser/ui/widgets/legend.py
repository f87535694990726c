"""The legend: what the map's colours mean, with counts; categories that can be hidden, or a ramp with its values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.records import CLASSES, DRUM_CLASSES
from tui_browser.ui import formatting
from tui_browser.ui.state.colouring import CLASS, Colouring, LegendEntry
from tui_browser.ui.styles import LEVELS, Styles
from tui_browser.ui.widgets.pane import Pane, Span

_SHORT = {
    "hat closed": "closed", "hat open": "open", "off the map": "off map", "percussion": "perc", "perc hand": "hand",
    "perc metal": "metal", "perc wood": "wood",
}  # fmt: skip
_NAME_ROOM = 20


@dataclass(frozen=True, slots=True)
class LegendPiece:
    """A part of the line, for one category or none."""

    spans: tuple[Span, ...]
    entry: LegendEntry | None = None
    folds: bool = False
    """Whether a click unfolds the family, or folds it."""

    @property
    def width(self) -> int:
        return sum(len(text) if text.isascii() else cell_len(text) for text, _ in self.spans)


class Legend(Pane):
    """One line, as detailed as the width allows."""

    DEFAULT_CSS = """
    Legend { width: 1fr; height: 1; }
    """

    @dataclass
    class Clicked(Message):
        """A category was clicked; `alone` for a double click, which hides all others."""

        entry: LegendEntry
        alone: bool

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._colours: Colouring | None = None
        self._counts: Sequence[int] = ()
        self._off: frozenset[str] = frozenset()
        self._at: int | None = None
        self._pieces: list[LegendPiece] = []
        self._open = ""
        """Id of the family whose classes are listed."""
        self._flat = False
        """Whether all classes fit on the line, so that no family is folded."""

    # --- what to show ------------------------------------------------------------------------------------------------

    def explain(self, colours: Colouring, counts: Sequence[int], *, off: frozenset[str] = frozenset()) -> None:
        """Explain these colours; `counts` (256,) are the matching samples by colour index, `off` the ids of hidden
        categories.
        """
        self._colours, self._counts, self._off = colours, counts, off
        self._draw()
        if self._at is not None:
            self.point(min(self._at, len(self.steps) - 1))

    @property
    def entries(self) -> list[LegendEntry]:
        """The categories that can be hidden or shown: those with samples, and hidden ones."""
        if self._colours is None:
            return []
        return [each for each in self._colours.entries() if self._count(each) or each.id in self._off]

    @property
    def steps(self) -> list[LegendEntry]:
        """The entries that are listed: families unless all classes fit, and the classes of the one that is unfolded."""
        if self._flat:
            return [each for each in self.entries if not each.more]
        return [each for each in self.entries if not each.within or each.within == self._open]

    @property
    def chosen(self) -> LegendEntry | None:
        """The category that keys act on; None while the keys act elsewhere."""
        steps = self.steps if self._at is not None else []
        return steps[min(self._at, len(steps) - 1)] if self._at is not None and steps else None

    def point(self, at: int | None) -> None:
        """Let keys act on the category with this index, or on none."""
        self._at = None if at is None or not self.steps else at % len(self.steps)
        self._draw()

    def move(self, by: int) -> None:
        """Let keys act on the category `by` places further."""
        self.point((self._at or 0) + by)

    def unfold(self, family: str) -> None:
        """List the classes of a family, and no longer those of another; of none for an empty id."""
        chosen = self.chosen
        self._open = family
        if chosen is not None:
            steps = [each.id for each in self.steps]
            self._at = steps.index(chosen.within if chosen.id not in steps else chosen.id)
        self._draw()

    def step_in(self) -> None:
        """Unfold the family that keys act on, and go to its first class; elsewhere one place further."""
        chosen = self.chosen
        if chosen is not None and chosen.more and self._open != chosen.id:
            self.unfold(chosen.id)
        self.move(1)

    def step_out(self) -> None:
        """Fold the family of the class that keys act on, and go to it; elsewhere one place back."""
        chosen = self.chosen
        if chosen is not None and self._open and self._open in (chosen.within, chosen.id):
            self.unfold("")
        else:
            self.move(-1)

    def _count(self, entry: LegendEntry) -> int:
        return sum(self._counts[index] for index in entry.indices)

    def _is_off(self, entry: LegendEntry) -> bool:
        return entry.id in self._off or entry.within in self._off

    def _draw(self) -> None:
        self._pieces = self._layout_pieces()
        self.show([[span for piece in self._pieces for span in piece.spans]])

    # --- the line ----------------------------------------------------------------------------------------------------

    def _layout_pieces(self) -> list[LegendPiece]:
        colours = self._colours
        if colours is None or (not sum(self._counts) and colours.by == CLASS and not self._off):
            return []
        if colours.by == CLASS:
            return self._fitting(self._class_lines(colours))
        self._flat = True
        if colours.names:
            return self._cropped([self._category(entry) for entry in self.entries])
        if colours.hues == "ramp":
            return self._ramp(colours)
        return [LegendPiece(((colours.name, self.paint.role("text")),))]

    def _fitting(self, variants: Iterable[list[LegendPiece]]) -> list[LegendPiece]:
        """The first variant of the line that fits; each is shorter than the one before."""
        pieces: list[LegendPiece] = []
        for pieces in variants:
            if sum(piece.width for piece in pieces) - 1 <= self.size.width:
                return pieces
        return self._cropped(pieces)

    def _class_lines(self, colours: Colouring) -> Iterable[list[LegendPiece]]:
        """Ever shorter variants; families are folded unless all their classes fit with their names."""
        there, entries = {each.id for each in self.entries}, colours.entries()
        variants = ((1, 3, 1), (1, 2, 1), (2, 2, 1), (2, 1, 1), (0, 2, 1), (0, 1, 1), (0, 1, 0))
        self._flat = True
        if not any(each.more for each in entries):
            shown = [each for each in entries if each.id in there or each.index < len(CLASSES)]
            many = len(shown) > len(DRUM_CLASSES) + 1  # letters alone would say nothing of so many
            for named, gap, counted in variants[:4] if many else variants:
                yield [self._class(each, named, gap, bool(counted)) for each in shown]
            return
        for named, gap, counted in variants[:4]:
            yield [self._class(each, named, gap, bool(counted)) for each in self.steps]
        self._flat = False
        for letters, named, gap in ((True, 1, 2), (True, 1, 1), (False, 1, 2), (False, 1, 1), (False, 2, 1)):
            yield [piece for each in self.steps for piece in self._folded(each, letters=letters, named=named, gap=gap)]

    def _folded(self, entry: LegendEntry, *, letters: bool, named: int, gap: int) -> list[LegendPiece]:
        """A class, or a family: a mark to unfold it, the letters of its classes, name and count."""
        paint = self.paint
        if not entry.more:
            return [self._class(entry, named, gap, True)]
        is_open, text = entry.id == self._open, paint.role("text")
        marks = ("v", ">") if paint.ascii else ("▾", "▸")
        classes = [each for each in self.entries if each.within == entry.id] if letters and not is_open else []
        spans = [
            (paint.letter(each.index), self._entry_style(each, paint.class_style(each.index, bold=True)))
            for each in classes
        ]
        name = _SHORT.get(entry.name, entry.name) if named == 2 else entry.name
        spans.append((f" {name}" if spans else name, self._entry_style(entry, paint.family_style(entry.name))))
        count = "off" if self._is_off(entry) else f"{self._count(entry):,}" if named == 1 else short(self._count(entry))
        spans += [(f" {count}", paint.role("muted")), (" " * gap, text)]
        mark = LegendPiece(((marks[0] if is_open else marks[1], paint.role("muted")),), entry, folds=True)
        return [mark, LegendPiece(tuple(spans), entry)]

    def _class(self, entry: LegendEntry, named: int, gap: int, counted: bool) -> LegendPiece:
        name = ("", entry.name, _SHORT.get(entry.name, entry.name))[named]
        count = self._count(entry)
        letter = self._entry_style(entry, self.paint.class_style(entry.index, bold=True))
        text = self._entry_style(entry, self.paint.role("text"))
        count_text = ("off" if name else "-") if self._is_off(entry) else f"{count:,}" if name else short(count)
        spans: list[Span] = [(self.paint.letter(entry.index), letter)]
        if name:
            spans.append((f" {name}", text))
        if counted:
            spans.append((f" {count_text}" if name else count_text, self.paint.role("muted")))
        return LegendPiece((*spans, (" " * gap, self.paint.role("text"))), entry)

    def _category(self, entry: LegendEntry) -> LegendPiece:
        paint = self.paint
        off = self._is_off(entry)
        block = ("-" if paint.ascii else "░") if off else "#" if paint.ascii else "█"
        name = formatting.cut_end(entry.name, _NAME_ROOM, ellipsis=paint.ellipsis)
        count_text = "off" if off else short(self._count(entry))
        return LegendPiece(
            (
                (block, self._hue(entry.index)),
                (" ", paint.role("text")),
                (name, self._entry_style(entry, paint.role("text"))),
                (f" {count_text}  ", paint.role("muted")),
            ),
            entry,
        )

    def _ramp(self, colours: Colouring) -> list[LegendPiece]:
        paint, text = self.paint, self.paint.role("text")
        low, high = colours.ends()
        if not low:
            return [LegendPiece(((f"{colours.name}: unknown for all samples", paint.role("muted")),))]
        chosen = self.chosen
        middle = f" {colours.value(colours.steps // 2)} " if self.size.width >= 60 else ""
        fixed = len(colours.name) + len(low) + len(high) + len(middle) + 22
        each = min(3, max(1, (self.size.width - fixed) // (colours.steps + 1)))
        pieces = [LegendPiece(((f"{colours.name}  {low} ", text),))]
        for entry in colours.entries():
            if entry.id == "unknown":
                if not self._counts[entry.index] and entry.id not in self._off:
                    continue
                pieces.append(LegendPiece(((f" {high}   ", text),)))
            elif entry.index == colours.steps // 2 and middle:
                pieces.append(LegendPiece(((middle, text),)))
            off = entry.id in self._off
            block = ("-" if paint.ascii else "░") if off else "#" if paint.ascii else "█"
            style = self._entry_style(entry, self._hue(entry.index)) if entry == chosen else self._hue(entry.index)
            unknown = ((" unknown", paint.role("muted")),) if entry.id == "unknown" else ()
            pieces.append(LegendPiece(((block * each, style), *unknown), entry))
        if pieces[-1].entry is not None and pieces[-1].entry.id != "unknown":
            pieces.append(LegendPiece(((f" {high}", text),)))
        if chosen is not None:
            count_text = "off" if chosen.id in self._off else f"{self._counts[chosen.index]:,}"
            pieces.append(LegendPiece(((f"   {chosen.name}: {count_text}", text),)))
        return pieces

    def _cropped(self, pieces: list[LegendPiece]) -> list[LegendPiece]:
        """As many pieces as fit, including the one that keys act on."""
        start, chosen = 0, self.chosen
        last = next((at for at, piece in enumerate(pieces) if piece.entry is not None and piece.entry == chosen), None)
        while last is not None and start < last:
            if sum(piece.width for piece in pieces[start : last + 1]) <= self.size.width:
                break
            start += 1
        kept: list[LegendPiece] = []
        room = self.size.width
        more = self.paint.ellipsis
        for at, piece in enumerate(pieces[start:], start=start):
            room -= piece.width
            if room < (-1 if at == len(pieces) - 1 else len(more)) and at != last:
                return [*kept, LegendPiece(((more, self.paint.role("muted")),))]
            kept.append(piece)
        return kept

    def _hue(self, index: int) -> Style:
        assert self._colours is not None
        styles = self.paint.hues(self._colours.hues)
        return styles[min(index * LEVELS + 2, len(styles) - 2)]

    def _entry_style(self, entry: LegendEntry, style: Style) -> Style:
        """The style of a category: struck out if hidden, muted if empty, reversed if keys act on it."""
        if self._is_off(entry):
            style = self.paint.role("muted") + Style(strike=True)
        elif not self._count(entry):
            style = self.paint.role("muted")
        return style + Style(reverse=True) if entry == self.chosen else style

    # --- events ------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        at = 0
        for piece in self._pieces:
            at += piece.width
            if event.x < at:
                if piece.entry is not None and piece.folds:
                    self.unfold("" if self._open == piece.entry.id else piece.entry.id)
                elif piece.entry is not None:
                    self.post_message(self.Clicked(piece.entry, event.chain > 1))
                return

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self._draw()

    def on_resize(self) -> None:
        self.resized()
        self._draw()


def short(count: int) -> str:
    """A count in at most four cells: 310, 2.1k, 48k, 1.2M."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if count >= size:
            value = count / size
            return f"{value:.1f}{letter}" if value < 9.95 else f"{value:.0f}{letter}"
    return str(count)
