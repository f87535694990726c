"""What is known of the selected sample, and its waveform."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.atlas.spectrum import drawn
from tui_browser.atlas.wave import peak_db, wave_rows
from tui_browser.errors import printable
from tui_browser.records import FloatArray
from tui_browser.ui import words
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane, Span

WAVE_ROWS = 5
LEAST_WAVE_ROWS = 3
"""Rows that are kept for the waveform before the last of the figures."""
SPECTRUM_S = 6.0
"""A spectrogram is of the first seconds of a sound: a long one costs no more than a short one."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One sample or guest as the details show it; None and NaN where unknown."""

    path: bytes
    class_index: int
    """Into the theme's colours: 11 for unclassed."""
    class_p: float
    class_name: str = ""
    """Empty for unclassed."""
    duration_s: float = float("nan")
    loudness_db: float = float("nan")
    pitch_hz: float = float("nan")
    brightness_hz: float = float("nan")
    tags: tuple[str, ...] = ()
    favourite: bool = False
    missing: bool = False
    guest: bool = False
    below: str = ""
    """Its folder from the root on; shown where all of it does not fit."""
    note: str = ""
    sample_rate: int | None = None
    channels: int | None = None
    peaks: FloatArray | None = None
    """(n, 2) least and greatest value of each part of the sound."""
    spectrum: FloatArray | None = None
    """(bands, columns) loudness, shown in place of the waveform where it is there."""


class Details(Pane):
    """Name, folder, class, figures, waveform; from the top as far as there is room."""

    DEFAULT_CSS = """
    Details { width: 1fr; height: 10; }
    """

    @dataclass
    class Sought(Message):
        """A click on the waveform: hear it from here."""

        at_s: float

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._facts: Facts | None = None
        self._wave_top = 0
        self._head: int | None = None

    def inform(self, facts: Facts | None) -> None:
        """Show this sample, or nothing."""
        self._facts = facts
        self.show(self._content())

    def play_head(self, at_s: float | None) -> None:
        """Mark in the waveform how far the sound has come; None for no mark."""
        facts, head = self._facts, None
        if at_s is not None and facts is not None and facts.duration_s > 0:
            head = int(at_s / _shown_s(facts) * self.size.width)
            head = min(head, self.size.width - 1) if at_s <= _shown_s(facts) or facts.spectrum is None else None
        if head != self._head:
            self._head = head
            self.show(self._content())

    def _content(self) -> list[Line]:
        facts = self._facts
        if facts is None or self.size.width < 4:
            return []
        lines = fact_lines(facts, self.paint, self.size.width, most=self.size.height - LEAST_WAVE_ROWS)
        self._wave_top = len(lines)
        room = self.size.height - len(lines)
        style = self.paint.class_style(facts.class_index)
        rows = min(room, max(WAVE_ROWS, self.size.height // 2))
        if facts.spectrum is not None and room >= 1:
            picture = drawn(facts.spectrum, columns=self.size.width, rows=rows, ascii_only=self.paint.ascii)
            lines += [self._with_head([(row, style)]) for row in picture]
        elif facts.peaks is not None and room >= 1:
            picture_of = waveform(
                facts.peaks, self.paint, columns=self.size.width, rows=rows, style=style, muted=self.paint.role("muted")
            )
            lines += [self._with_head(line) for line in picture_of]
        return lines

    def _with_head(self, line: Line) -> Line:
        """A line of the waveform, all of whose characters are one cell wide, with the mark where the sound is."""
        if self._head is None:
            return line
        marked: list[Span] = []
        at = 0
        for text, style in line:
            here = self._head - at
            at += len(text)
            if 0 <= here < len(text):
                head = self.paint.role("accent", bold=True) + Style(reverse=True)
                marked += [(text[:here], style), (text[here], head), (text[here + 1 :], style)]
            else:
                marked.append((text, style))
        return marked

    def on_click(self, event: events.Click) -> None:
        facts = self._facts
        drawn_there = facts is not None and (facts.peaks is not None or facts.spectrum is not None)
        if facts is not None and drawn_there and facts.duration_s > 0 and event.y >= self._wave_top:
            self.post_message(self.Sought(event.x / max(1, self.size.width) * _shown_s(facts)))

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.inform(self._facts)

    def on_resize(self) -> None:
        self.resized()
        self.inform(self._facts)


def _shown_s(facts: Facts) -> float:
    """How long the part of the sound is that is drawn."""
    return facts.duration_s if facts.spectrum is None else min(facts.duration_s, SPECTRUM_S)


def waveform(
    peaks: FloatArray, paint: Paint, *, columns: int, rows: int, style: Style, muted: Style
) -> list[list[Span]]:
    """The waveform on `rows` lines, in its upper right corner the level that its full height stands for."""
    lines: list[list[Span]] = [
        [(row, style)] for row in wave_rows(peaks, columns=columns, rows=rows, ascii_only=paint.ascii)
    ]
    scale = words.peak(peak_db(peaks))
    if rows > 1 and columns > 2 * len(scale):
        lines[0] = [(lines[0][0][0][: columns - len(scale) - 1], style), (f" {scale}", muted)]
    return lines


def fact_lines(facts: Facts, paint: Paint, width: int, *, most: int = 1000) -> list[Line]:
    """The lines above the waveform; of the figures, most important first, no more than lead to `most` lines."""
    name = words.cut_middle(words.file_name(facts.path), width - 2, ellipsis=paint.ellipsis)
    mark = f" {paint.star}" if facts.favourite else ""
    folder = words.folder_name(facts.path)
    folder = folder if cell_len(folder) <= width else facts.below or folder
    said = remarks(facts, paint, width)
    return [
        [(name, paint.role("text", bold=True)), (mark, paint.role("warning"))],
        [(words.cut_start(folder, width, ellipsis=paint.ellipsis), paint.role("muted"))],
        *_flowing(_figures(facts, paint), width, paint)[: max(1, most - 2 - len(said))],
        *said,
    ]


def remarks(facts: Facts, paint: Paint, width: int) -> list[Line]:
    """What is out of the ordinary, and the tags; often nothing."""
    warning = paint.role("warning")
    lines: list[Line] = []
    if facts.missing:
        lines.append([("the file is missing", warning)])
    elif facts.note:
        lines.append([(words.cut_end(facts.note, width, ellipsis=paint.ellipsis), warning)])
    if facts.guest:
        lines.append([("guest, not in the library", warning)])
    if facts.tags:
        tags = " ".join(f"#{printable(tag)}" for tag in facts.tags)
        lines.append([(words.cut_end(tags, width, ellipsis=paint.ellipsis), paint.role("text"))])
    return lines


def _figures(facts: Facts, paint: Paint) -> list[Span]:
    """What is known in numbers, most important first."""
    text, muted = paint.role("text"), paint.role("muted")
    spans: list[Span] = [("no class", muted)]
    if facts.class_name:
        style = paint.class_style(facts.class_index, bold=True)
        spans = [(words.certainty(facts.class_name, facts.class_p), style)]
    pitch, bright = words.hertz(facts.pitch_hz), words.hertz(facts.brightness_hz)
    form = (
        words.sample_rate(facts.sample_rate) if facts.sample_rate else "",
        words.channels(facts.channels) if facts.channels else "",
    )
    for value, style in (
        (words.seconds(facts.duration_s), text),
        (words.decibels(facts.loudness_db), text),
        (f"pitch {pitch}" if pitch else "", text),
        (f"bright {bright}" if bright else "", text),
        (" ".join(filter(None, form)), muted),
    ):
        if value:
            spans.append((value, style))
    return spans


def _flowing(spans: list[Span], width: int, paint: Paint) -> list[Line]:
    """The spans with dots between them, on as many lines as they need."""
    lines: list[list[Span]] = []
    room = 0
    for text, style in spans:
        if lines and cell_len(text) + len(paint.dot) <= room:
            lines[-1] += [(paint.dot, paint.role("text")), (text, style)]
            room -= cell_len(text) + len(paint.dot)
        else:
            lines.append([(text, style)])
            room = width - cell_len(text)
    return list(lines)
