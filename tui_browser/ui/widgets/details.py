"""What is known of the selected sample, and its waveform."""

from __future__ import annotations

from dataclasses import dataclass

from tui_browser.atlas.wave import wave_rows
from tui_browser.errors import printable
from tui_browser.records import CLASSES, FloatArray
from tui_browser.ui import words
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane

WAVE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """One sample or guest as the details show it; None and NaN where unknown."""

    path: bytes
    class_index: int
    """Into the theme's colours: 11 for unclassed."""
    class_p: float
    duration_s: float = float("nan")
    loudness_db: float = float("nan")
    pitch_hz: float = float("nan")
    brightness_hz: float = float("nan")
    tags: tuple[str, ...] = ()
    favourite: bool = False
    missing: bool = False
    guest: bool = False
    note: str = ""
    sample_rate: int | None = None
    channels: int | None = None
    peaks: FloatArray | None = None
    """(columns, 2) least and greatest value of each column."""


class Details(Pane):
    """Name, folder, class, figures, waveform; from the top as far as there is room."""

    DEFAULT_CSS = """
    Details { width: 1fr; height: 10; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._facts: Facts | None = None

    @property
    def columns(self) -> int:
        """Columns of the waveform, two to a cell."""
        return max(1, self.size.width * 2)

    def inform(self, facts: Facts | None) -> None:
        """Show this sample, or nothing."""
        self._facts = facts
        self.show(self._content())

    def _content(self) -> list[Line]:
        facts = self._facts
        if facts is None or self.size.width < 4:
            return []
        lines = fact_lines(facts, self.paint, self.size.width)
        room = self.size.height - len(lines)
        if facts.peaks is not None and room >= 1:
            style = self.paint.class_style(facts.class_index)
            rows = min(room, max(WAVE_ROWS, self.size.height // 2))
            waveform = wave_rows(facts.peaks, columns=self.size.width, rows=rows, ascii_only=self.paint.ascii)
            lines += [[(row, style)] for row in waveform]
        return lines

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.inform(self._facts)

    def on_resize(self) -> None:
        self._lines = []
        self.inform(self._facts)


def fact_lines(facts: Facts, paint: Paint, width: int) -> list[Line]:
    """The lines above the waveform."""
    muted, text = paint.role("muted"), paint.role("text")
    name = words.cut_middle(words.file_name(facts.path), width - 2, ellipsis=paint.ellipsis)
    mark = f" {paint.star}" if facts.favourite else ""
    lines: list[Line] = [
        [(name, paint.role("text", bold=True)), (mark, paint.role("warning"))],
        [(words.cut_start(words.folder_name(facts.path), width, ellipsis=paint.ellipsis), muted)],
        [*_class_line(facts, paint), *_figures(facts, paint, ("duration_s", "loudness_db"), lead=True)],
    ]
    second = _figures(facts, paint, ("pitch_hz", "brightness_hz"), lead=False)
    sound = [words.sample_rate(facts.sample_rate)] if facts.sample_rate else []
    sound += [words.channels(facts.channels)] if facts.channels else []
    if sound:
        second = [*second, (paint.dot if second else "", muted), (paint.dot.join(sound), muted)]
    lines.append(second)
    if facts.missing:
        lines.append([("the file is not there now", paint.role("warning"))])
    elif facts.note:
        lines.append([(words.cut_end(facts.note, width, ellipsis=paint.ellipsis), paint.role("warning"))])
    if facts.guest:
        lines.append([("a guest: not in the library", paint.role("warning"))])
    if facts.tags:
        tags = " ".join(f"#{printable(tag)}" for tag in facts.tags)
        lines.append([(words.cut_end(tags, width, ellipsis=paint.ellipsis), text)])
    return lines


def _class_line(facts: Facts, paint: Paint) -> Line:
    style = paint.class_style(facts.class_index, bold=True)
    if facts.class_index >= len(CLASSES):
        return [("no class", paint.role("muted"))]
    return [(words.certainty(CLASSES[facts.class_index], facts.class_p), style)]


def _figures(facts: Facts, paint: Paint, names: tuple[str, ...], *, lead: bool) -> Line:
    values = {
        "duration_s": words.seconds(facts.duration_s),
        "loudness_db": words.decibels(facts.loudness_db),
        "pitch_hz": words.hertz(facts.pitch_hz),
        "brightness_hz": f"bright {words.hertz(facts.brightness_hz)}" if words.hertz(facts.brightness_hz) else "",
    }
    shown = paint.dot.join(values[name] for name in names if values[name])
    return [((paint.dot if lead and shown else "") + shown, paint.role("text"))] if shown else []
