"""What the map's colours mean, with counts: kinds that can be switched off and on, or a ramp with its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.records import CLASSES
from tui_browser.ui import words
from tui_browser.ui.colouring import CLASS, Colouring, Entry
from tui_browser.ui.paint import LEVELS, Paint
from tui_browser.ui.widgets.pane import Pane, Span

_SHORT = {"hat closed": "closed", "hat open": "open", "off the map": "off map"}
_NAME_ROOM = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the line that stands for one kind, or for none."""

    spans: tuple[Span, ...]
    entry: Entry | None = None

    @property
    def width(self) -> int:
        return sum(cell_len(text) for text, _ in self.spans)


class Legend(Pane):
    """One line, as wordy as there is room for."""

    DEFAULT_CSS = """
    Legend { width: 1fr; height: 1; }
    """

    @dataclass
    class Clicked(Message):
        """A click on a kind; `alone` when it was a double one."""

        entry: Entry
        alone: bool

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._colours: Colouring | None = None
        self._counts: Sequence[int] = ()
        self._off: frozenset[str] = frozenset()
        self._at: int | None = None
        self._pieces: list[Piece] = []

    # --- what to show ------------------------------------------------------------------------------------------------

    def explain(self, colours: Colouring, counts: Sequence[int], *, off: frozenset[str] = frozenset()) -> None:
        """Explain these colours; `counts` (256,) are the samples of each index that match, `off` the ids that are not
        shown.
        """
        self._colours, self._counts, self._off = colours, counts, off
        if self._at is not None:
            self._at = min(self._at, len(self.entries) - 1) if self.entries else None
        self._draw()

    @property
    def entries(self) -> list[Entry]:
        """The kinds that can be switched: those that are there, or are off."""
        if self._colours is None:
            return []
        return [each for each in self._colours.entries() if self._count(each) or each.id in self._off]

    @property
    def chosen(self) -> Entry | None:
        """The kind that keys act on; None while they act elsewhere."""
        return self.entries[self._at] if self._at is not None else None

    def point(self, at: int | None) -> None:
        """Let keys act on the kind at this place, or on none."""
        self._at = None if at is None or not self.entries else at % len(self.entries)
        self._draw()

    def move(self, by: int) -> None:
        """Let keys act on another kind."""
        self.point((self._at or 0) + by)

    def _count(self, entry: Entry) -> int:
        return sum(self._counts[index] for index in entry.indices)

    def _is_off(self, entry: Entry) -> bool:
        return entry.id in self._off or entry.within in self._off

    def _draw(self) -> None:
        self._pieces = self._laid_out()
        self.show([[span for piece in self._pieces for span in piece.spans]])

    # --- the line ----------------------------------------------------------------------------------------------------

    def _laid_out(self) -> list[Piece]:
        colours = self._colours
        if colours is None or (not sum(self._counts) and colours.by == CLASS and not self._off):
            return []
        if colours.by == CLASS:
            return self._fitting(self._class_lines(colours))
        if colours.names:
            return self._seen([self._kind(entry) for entry in self.entries])
        if colours.hues == "ramp":
            return self._ramp(colours)
        return [Piece(((colours.name, self.paint.role("text")),))]

    def _fitting(self, ways: Iterable[list[Piece]]) -> list[Piece]:
        """The first of these lines that fits, of those that are ever less wordy."""
        pieces: list[Piece] = []
        for pieces in ways:
            if sum(piece.width for piece in pieces) - 1 <= self.size.width:
                return pieces
        return self._seen(pieces)

    def _class_lines(self, colours: Colouring) -> Iterable[list[Piece]]:
        """With the kinds within a class where they are pointed at, or where there is room for all names."""
        there = self.entries
        shown = [each for each in colours.entries() if each in there or (each.index < len(CLASSES) and not each.within)]
        ways = ((1, 3, 1), (1, 2, 1), (2, 2, 1), (2, 1, 1), (0, 2, 1), (0, 1, 1), (0, 1, 0))
        chosen = self.chosen
        folded = [each for each in shown if not each.within]
        if len(folded) < len(shown):
            inside = chosen is not None and bool(chosen.within or chosen.more)
            for named, gap, counted in ways if inside else ways[:4]:
                yield [self._class(each, named, gap, bool(counted), unfolded=True) for each in shown]
            if inside:
                return
        for named, gap, counted in ways:
            yield [self._class(each, named, gap, bool(counted)) for each in folded]

    def _class(self, entry: Entry, named: int, gap: int, counted: bool, *, unfolded: bool = False) -> Piece:
        if entry.within:
            return self._kind(entry)
        name = ("", entry.name, _SHORT.get(entry.name, entry.name))[named]
        count = self._count(entry)
        letter = self._dressed(entry, self.paint.class_style(entry.index, bold=True))
        text = self._dressed(entry, self.paint.role("text"))
        told = ("off" if name else "-") if self._is_off(entry) else f"{count:,}" if name else short(count)
        spans: list[Span] = [(self.paint.letter(entry.index), letter)]
        if name:
            spans.append((f" {name}", text))
        if counted:
            spans.append((f" {told}" if name else told, self.paint.role("muted")))
        if entry.more:
            marks = ("v", ">") if self.paint.ascii else ("▾", "▸")
            spans.append((marks[0] if unfolded else marks[1], self.paint.role("muted")))
        return Piece((*spans, (" " * gap, self.paint.role("text"))), entry)

    def _kind(self, entry: Entry) -> Piece:
        paint = self.paint
        off = self._is_off(entry)
        block = ("-" if paint.ascii else "░") if off else "#" if paint.ascii else "█"
        name = words.cut_end(entry.name, _NAME_ROOM, ellipsis=paint.ellipsis)
        told = "off" if off else short(self._count(entry))
        return Piece(
            (
                (block, self._hue(entry.index)),
                (" ", paint.role("text")),
                (name, self._dressed(entry, paint.role("text"))),
                (f" {told}  ", paint.role("muted")),
            ),
            entry,
        )

    def _ramp(self, colours: Colouring) -> list[Piece]:
        paint, text = self.paint, self.paint.role("text")
        low, high = colours.ends()
        if not low:
            return [Piece(((f"{colours.name}: unknown for all samples", paint.role("muted")),))]
        chosen = self.chosen
        middle = f" {colours.value(colours.steps // 2)} " if self.size.width >= 60 else ""
        fixed = len(colours.name) + len(low) + len(high) + len(middle) + 22
        each = min(3, max(1, (self.size.width - fixed) // (colours.steps + 1)))
        pieces = [Piece(((f"{colours.name}  {low} ", text),))]
        for entry in colours.entries():
            if entry.id == "unknown":
                if not self._counts[entry.index] and entry.id not in self._off:
                    continue
                pieces.append(Piece(((f" {high}   ", text),)))
            elif entry.index == colours.steps // 2 and middle:
                pieces.append(Piece(((middle, text),)))
            off = entry.id in self._off
            block = ("-" if paint.ascii else "░") if off else "#" if paint.ascii else "█"
            style = self._dressed(entry, self._hue(entry.index)) if entry == chosen else self._hue(entry.index)
            unknown = ((" unknown", paint.role("muted")),) if entry.id == "unknown" else ()
            pieces.append(Piece(((block * each, style), *unknown), entry))
        if pieces[-1].entry is not None and pieces[-1].entry.id != "unknown":
            pieces.append(Piece(((f" {high}", text),)))
        if chosen is not None:
            told = "off" if chosen.id in self._off else f"{self._counts[chosen.index]:,}"
            pieces.append(Piece(((f"   {chosen.name}: {told}", text),)))
        return pieces

    def _seen(self, pieces: list[Piece]) -> list[Piece]:
        """As many pieces as fit, the one that keys act on among them."""
        start, chosen = 0, self.chosen
        last = next((at for at, piece in enumerate(pieces) if piece.entry is not None and piece.entry == chosen), None)
        while last is not None and start < last:
            if sum(piece.width for piece in pieces[start : last + 1]) <= self.size.width:
                break
            start += 1
        kept: list[Piece] = []
        room = self.size.width
        more = self.paint.ellipsis
        for at, piece in enumerate(pieces[start:], start=start):
            room -= piece.width
            if room < (-1 if at == len(pieces) - 1 else len(more)) and at != last:
                return [*kept, Piece(((more, self.paint.role("muted")),))]
            kept.append(piece)
        return kept

    def _hue(self, index: int) -> Style:
        assert self._colours is not None
        styles = self.paint.hues(self._colours.hues)
        return styles[min(index * LEVELS + 2, len(styles) - 2)]

    def _dressed(self, entry: Entry, style: Style) -> Style:
        """The style as it is for a kind that is off, that is chosen, or that nothing is of."""
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
                if piece.entry is not None:
                    self.post_message(self.Clicked(piece.entry, event.chain > 1))
                return

    def repainted(self, paint: Paint) -> None:
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
