"""All that is known of one sample, on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_browser.atlas.wave import peak_db
from tui_browser.errors import counted, printable
from tui_browser.records import SampleRow, Slice
from tui_browser.ui import words
from tui_browser.ui.command import DETAILS
from tui_browser.ui.screens.scrolling import ScrollingDialog
from tui_browser.ui.widgets.details import Facts, remarks, waveform
from tui_browser.ui.widgets.pane import Line

_HITS = 32


class DetailsScreen(ScrollingDialog):
    """The panel's facts, the waveform as wide as the screen, and what only the library file holds."""

    NAME = DETAILS

    def __init__(self, facts: Facts, row: SampleRow | None) -> None:
        super().__init__()
        self._facts = facts
        self._row = row

    def heading(self) -> Line:
        paint = self.host.paint
        name = words.cut_middle(words.file_name(self._facts.path), max(8, self.app.size.width - 10))
        return [(name, paint.role("accent", on="surface", bold=True))]

    def inform(self, facts: Facts, row: SampleRow | None) -> None:
        """More has become known."""
        self._facts, self._row = facts, row
        if self.is_mounted:
            self.fill()

    def lines(self, width: int) -> Sequence[Line]:
        paint, facts = self.host.paint, self._facts
        on = paint.role("text", on="surface")
        muted = paint.role("muted", on="surface")
        lines: list[Line] = []
        if facts.peaks is not None:
            style = paint.class_style(facts.class_index, on="surface")
            lines += [*waveform(facts.peaks, paint, columns=width, rows=7, style=style, muted=muted), []]
        entries = _entries(facts, self._row)
        left = max(cell_len(name) for name, _ in entries) + 2
        for name, value in entries:
            for at, part in enumerate(words.folded(value, max(8, width - left))):
                lines.append([((name if at == 0 else "").ljust(left), muted), (part, on)])
        extra = remarks(facts, paint, width)
        return [*lines, *([(text, style + on.background_style) for text, style in line] for line in extra)]


def _entries(facts: Facts, row: SampleRow | None) -> list[tuple[str, str]]:
    entries = [("path", printable(facts.path))]
    if facts.class_name:
        entries.append(("class", words.certainty(facts.class_name, facts.class_p)))
    entries += [
        ("length", words.seconds(facts.duration_s)),
        ("loudness", words.decibels(facts.loudness_db)),
        ("peak", "" if facts.peaks is None else words.peak(peak_db(facts.peaks)).removeprefix("peak ")),
        ("pitch", words.hertz(facts.pitch_hz)),
        ("brightness", words.hertz(facts.brightness_hz)),
    ]
    if row is not None:
        entries += [
            ("noisiness", f"{row.noisiness:.2f}" if row.noisiness is not None else ""),
            ("attack", words.seconds(row.attack_s) if row.attack_s is not None else ""),
            ("tempo", f"{row.bpm:g} bpm" if row.bpm is not None else ""),
            ("key", row.key or ""),
            ("hits", _hits(row.hits)),
            ("silence before", words.seconds(row.onset_s) if row.onset_s else ""),
            (
                "sound",
                f"{words.sample_rate(row.sample_rate)}, {words.channels(row.channels)}, {counted(row.frames, 'frame')}",
            ),
            ("size", counted(row.size, "byte")),
            ("in", printable(row.root)),
            ("content", row.content_hash),
        ]
    return [(name, value) for name, value in entries if value]


def _hits(hits: Sequence[Slice]) -> str:
    """How many hits a long sound has, and where the first of them begin."""
    if not hits:
        return ""
    shown = ", ".join(words.seconds(hit.onset_s) if hit.onset_s else "0" for hit in hits[:_HITS])
    return f"{len(hits)}, at {shown}{' ...' if len(hits) > _HITS else ''}"
