"""The details of the sample under the cursor: name, class, figures, waveform or spectrogram."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.errors import printable
from tui_browser.map.spectrogram import spectrogram_cells
from tui_browser.map.waveform import peak_db, waveform_cells
from tui_browser.records import Credit, FloatArray
from tui_browser.search.licences import licence_of
from tui_browser.ui import formatting
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.pane import Line, Pane, Span
from tui_browser.ui.widgets.tick_line import tick_line

WAVE_ROWS = 5
NONCOMMERCIAL = "no commercial use"
"""Mark of a licence that forbids it."""
LEAST_WAVE_ROWS = 3
"""Rows that the waveform keeps, even if figures are left out for it."""
_DIGITS = 9
"""Parents that have a digit on the map."""
SPECTRUM_S = 6.0
"""A spectrogram shows the first seconds of a sound, so a long sound costs no more than a short one."""


@dataclass(frozen=True, slots=True)
class ParentFact:
    """A sound that a made one comes from."""

    share: str
    """As it is shown: `48 %`, or a raw weight."""
    name: str
    class_index: int


@dataclass(frozen=True, slots=True)
class Facts:
    """A sample or guest as the details show it; None and NaN where unknown."""

    path: bytes
    class_index: int
    """Index into the theme's class colours; 11 is unclassed."""
    class_p: float
    class_name: str = ""
    """Empty if unclassed."""
    duration_s: float = float("nan")
    loudness_db: float = float("nan")
    pitch_hz: float = float("nan")
    brightness_hz: float = float("nan")
    tags: tuple[str, ...] = ()
    favourite: bool = False
    rating: int = 0
    """1 to 5; 0 without one."""
    user_note: str = ""
    collections: tuple[str, ...] = ()
    corrected_from: str = ""
    """The model's class, where a person said another."""
    hidden: bool = False
    missing: bool = False
    guest: bool = False
    credit: Credit | None = None
    """Author and licence; None where nothing is known."""
    below: str = ""
    """Folder below the root, for where the whole path does not fit."""
    note: str = ""
    alike: tuple[tuple[str, float], ...] = ()
    """Of a neighbour how alike it is to the anchor, aspect by aspect, 0 to 1."""
    title: str = ""
    """Shown in place of the file's name and folder, for a sound that was made."""
    story: str = ""
    """A line below the title."""
    parents: tuple[ParentFact, ...] = ()
    """What a made sound comes from, the weightiest first."""
    sample_rate: int | None = None
    channels: int | None = None
    peaks: FloatArray | None = None
    """(n, 2) minimum and maximum of each part of the sound, -1 to 1."""
    spectrum: FloatArray | None = None
    """(bands, columns) spectrogram, shown in place of the waveform if present."""
    onsets_s: tuple[float, ...] = ()
    """Where the slices of a long file begin, in seconds."""


class Details(Pane):
    """Name, folder, class, figures and waveform, from the top as far as there is room."""

    DEFAULT_CSS = """
    Details { width: 1fr; height: 10; }
    """

    @dataclass
    class SeekRequested(Message):
        """The waveform was clicked: play the sample from this time on."""

        at_s: float

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._facts: Facts | None = None
        self._wave_top = 0
        self._head: int | None = None

    def inform(self, facts: Facts | None) -> None:
        """Show this sample, or nothing for None."""
        self._facts = facts
        self.show(self._content())

    def play_head(self, at_s: float | None) -> None:
        """Mark the playback position in the waveform; None removes the mark."""
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
        wave_rows = LEAST_WAVE_ROWS if facts.path else 0
        lines = fact_lines(facts, self.paint, self.size.width, most=self.size.height - wave_rows)
        self._wave_top = len(lines)
        room = self.size.height - len(lines)
        style = self.paint.class_style(facts.class_index)
        rows = min(room, max(WAVE_ROWS, self.size.height // 2))
        with_ticks = len(facts.onsets_s) > 1 and rows >= LEAST_WAVE_ROWS and facts.duration_s > 0
        rows -= with_ticks
        if facts.spectrum is not None and room >= 1:
            picture = spectrogram_cells(facts.spectrum, columns=self.size.width, rows=rows, ascii_only=self.paint.ascii)
            lines += [self._with_head([(row, style)]) for row in picture]
        elif facts.peaks is not None and room >= 1:
            picture_of = waveform(
                facts.peaks, self.paint, columns=self.size.width, rows=rows, style=style, muted=self.paint.role("muted")
            )
            lines += [self._with_head(line) for line in picture_of]
        if with_ticks and len(lines) > self._wave_top:
            lines.append([(self._ticks(facts), self.paint.role("muted"))])
        return lines

    def _ticks(self, facts: Facts) -> str:
        """The slices that are seen, numbered."""
        shown, width = _shown_s(facts), self.size.width
        columns = [int(onset_s / shown * width) for onset_s in facts.onsets_s if onset_s < shown]
        return tick_line(columns, width, ascii=self.paint.ascii)

    def _with_head(self, line: Line) -> Line:
        """A line of the waveform (one cell for each character) with the playback position marked."""
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
        has_picture = facts is not None and (facts.peaks is not None or facts.spectrum is not None)
        if facts is not None and has_picture and facts.duration_s > 0 and event.y >= self._wave_top:
            self.post_message(self.SeekRequested(event.x / max(1, self.size.width) * _shown_s(facts)))

    def repainted(self, paint: Styles) -> None:
        super().repainted(paint)
        self.inform(self._facts)

    def on_resize(self) -> None:
        self.resized()
        self.inform(self._facts)


def _shown_s(facts: Facts) -> float:
    """Duration of the part of the sound that is drawn, in seconds."""
    return facts.duration_s if facts.spectrum is None else min(facts.duration_s, SPECTRUM_S)


def waveform(
    peaks: FloatArray, paint: Styles, *, columns: int, rows: int, style: Style, muted: Style
) -> list[list[Span]]:
    """The waveform on `rows` lines, with the peak level (its full height) at the top right."""
    lines: list[list[Span]] = [
        [(row, style)] for row in waveform_cells(peaks, columns=columns, rows=rows, ascii_only=paint.ascii)
    ]
    scale = formatting.peak(peak_db(peaks))
    if rows > 1 and columns > 2 * len(scale):
        lines[0] = [(lines[0][0][0][: columns - len(scale) - 1], style), (f" {scale}", muted)]
    return lines


def fact_lines(facts: Facts, paint: Styles, width: int, *, most: int = 1000) -> list[Line]:
    """The lines above the waveform, `most` at most; the least important figures are left out first."""
    if facts.title:
        return _made_lines(facts, paint, width, most=most)
    mark = f" {paint.star}" if facts.favourite else ""
    rating = formatting.rating(facts.rating, paint.star)
    room = width - cell_len(mark) - cell_len(rating) - bool(rating)
    name = formatting.cut_middle(formatting.file_name(facts.path), max(4, room), ellipsis=paint.ellipsis)
    folder = formatting.folder_name(facts.path)
    folder = folder if cell_len(folder) <= width else facts.below or folder
    remark_lines = remarks(facts, paint, width)
    return [
        [(name, paint.role("text", bold=True)), (mark, paint.role("warning")), (rating, paint.role("accent"))],
        [(formatting.cut_start(folder, width, ellipsis=paint.ellipsis), paint.role("muted"))],
        *_wrapped(_figures(facts, paint), width, paint)[: max(1, most - 2 - len(remark_lines))],
        *remark_lines,
    ]


def _made_lines(facts: Facts, paint: Styles, width: int, *, most: int) -> list[Line]:
    """The lines of a made sound, or of what would be made: what it is, and its parents with their shares."""
    title = formatting.cut_middle(facts.title, width, ellipsis=paint.ellipsis)
    lines: list[Line] = [[(title, paint.role("text", bold=True))]]
    if facts.story:
        lines.append([(formatting.cut_end(facts.story, width, ellipsis=paint.ellipsis), paint.role("muted"))])
    if facts.path:
        lines += _wrapped(_figures(facts, paint)[:3], width, paint)
    room = max(1, most - len(lines))
    shown = facts.parents if len(facts.parents) <= room else facts.parents[: room - 1]
    for number, parent in enumerate(shown, start=1):
        digit = f"{number} " if len(facts.parents) > 1 and number <= _DIGITS else "  "
        name = formatting.cut_middle(parent.name, max(4, width - 9), ellipsis=paint.ellipsis)
        lines.append(
            [
                (digit, paint.role("accent", bold=True)),
                (f"{parent.share:>6} ", paint.role("text")),
                (name, paint.class_style(parent.class_index)),
            ]
        )
    if len(shown) < len(facts.parents):
        lines.append([(f"  and {len(facts.parents) - len(shown)} more", paint.role("muted"))])
    return lines


def credit_spans(credit: Credit, paint: Styles) -> list[Span]:
    """Licence and author, with a warning where the licence forbids commercial use."""
    text = paint.role("text")
    spans = [(part, text) for part in (credit.licence, credit.author and f"by {credit.author}") if part]
    if licence_of(credit.licence).commercial is False:
        spans.insert(1, (NONCOMMERCIAL, paint.role("warning")))
    return spans


def remarks(facts: Facts, paint: Styles, width: int) -> list[Line]:
    """Warnings, licence, tags, note and collections; often empty."""
    warning = paint.role("warning")
    lines: list[Line] = []
    if facts.alike:
        text = paint.role("text")
        bars = [(f"{name} {formatting.bar(share, ascii=paint.ascii)}", text) for name, share in facts.alike]
        lines += _wrapped(bars, width, paint)
    if facts.missing:
        lines.append([("the file is missing", warning)])
    elif facts.note:
        lines.append([(formatting.cut_end(facts.note, width, ellipsis=paint.ellipsis), warning)])
    if facts.guest:
        lines.append([("guest, not in the library", warning)])
    if facts.hidden:
        lines.append([("hidden from results", warning)])
    if facts.credit is not None:
        spans = credit_spans(facts.credit, paint)
        lines += _wrapped(spans, width, paint) if spans else []
    if facts.tags:
        tags = " ".join(f"#{printable(tag)}" for tag in facts.tags)
        lines.append([(formatting.cut_end(tags, width, ellipsis=paint.ellipsis), paint.role("text"))])
    if facts.user_note:
        note = " ".join(printable(facts.user_note.replace("\n", " ")).split())
        lines.append([(formatting.cut_end(f'"{note}"', width, ellipsis=paint.ellipsis), paint.role("text"))])
    if facts.collections:
        names = f"in {', '.join(map(printable, facts.collections))}"
        lines.append([(formatting.cut_end(names, width, ellipsis=paint.ellipsis), paint.role("muted"))])
    return lines


def _figures(facts: Facts, paint: Styles) -> list[Span]:
    """Class, length, level and other figures, most important first."""
    text, muted = paint.role("text"), paint.role("muted")
    spans: list[Span] = [("no class", muted)]
    if facts.class_name:
        style = paint.class_style(facts.class_index, bold=True)
        spans = [(class_text(facts), style)]
    pitch, bright = formatting.hertz(facts.pitch_hz), formatting.hertz(facts.brightness_hz)
    form = (
        formatting.sample_rate(facts.sample_rate) if facts.sample_rate else "",
        formatting.channels(facts.channels) if facts.channels else "",
    )
    for value, style in (
        (formatting.seconds(facts.duration_s), text),
        (formatting.decibels(facts.loudness_db), text),
        (f"pitch {pitch}" if pitch else "", text),
        (f"bright {bright}" if bright else "", text),
        (" ".join(filter(None, form)), muted),
    ):
        if value:
            spans.append((value, style))
    return spans


def class_text(facts: Facts) -> str:
    """The class with its probability, or that a person said it."""
    if facts.corrected_from:
        word = formatting.class_word
        same = facts.corrected_from == facts.class_name
        return f"{word(facts.class_name)} by you" + ("" if same else f", not {word(facts.corrected_from)}")
    return formatting.certainty(facts.class_name, facts.class_p)


def _wrapped(spans: list[Span], width: int, paint: Styles) -> list[Line]:
    """The spans, separated by dots, wrapped to the width."""
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
