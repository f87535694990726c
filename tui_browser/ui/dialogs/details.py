"""All facts of one sample, on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len

from tui_browser.errors import counted, printable
from tui_browser.map.waveform import peak_db
from tui_browser.records import Credit, SampleRow, Slice, known_hash
from tui_browser.search.licences import licence_of
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.fact_lines import fact_lines
from tui_browser.ui.dialogs.scrolling import ScrollingDialog
from tui_browser.ui.keys.command import DETAILS
from tui_browser.ui.widgets.details import Facts, class_text, remarks, waveform
from tui_browser.ui.widgets.pane import Line

_SHOWN = 32


class DetailsScreen(ScrollingDialog):
    """The facts of the panel, a waveform as wide as the screen, and the row of the library."""

    NAME = DETAILS

    def __init__(self, facts: Facts, row: SampleRow | None) -> None:
        super().__init__()
        self._facts = facts
        self._row = row

    def heading(self) -> Line:
        paint = self.host.paint
        text = self._facts.title or formatting.file_name(self._facts.path)
        name = formatting.cut_middle(text, max(8, self.app.size.width - 10))
        return [(name, paint.role("accent", on="surface", bold=True))]

    def inform(self, facts: Facts, row: SampleRow | None) -> None:
        """Take facts that were loaded meanwhile."""
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
        entries = _entries(facts, self._row, star=paint.star)
        left = max(cell_len(name) for name, _ in entries) + 2
        for name, value in entries:
            for at, part in enumerate(formatting.wrapped(value, max(8, width - left))):
                lines.append([((name if at == 0 else "").ljust(left), muted), (part, on)])
        extra = remarks(replace(facts, user_note="", collections=()), paint, width)  # they have entries
        return [*lines, *([(text, style + on.background_style) for text, style in line] for line in extra)]


def _entries(facts: Facts, row: SampleRow | None, *, star: str) -> list[tuple[str, str]]:
    entries = [("path", printable(facts.path))]
    if facts.title:
        made_from = ", ".join(f"{parent.share} {parent.name}" for parent in facts.parents)
        entries += [("made from", made_from), ("on the map", facts.story)]
    if facts.class_name:
        entries.append(("class", class_text(facts)))
    entries += [
        ("rating", formatting.stars(facts.rating, star)),
        ("your note", printable(facts.user_note.replace("\n", " "))),
        ("collections", ", ".join(map(printable, facts.collections))),
        ("length", formatting.seconds(facts.duration_s)),
        ("loudness", formatting.decibels(facts.loudness_db)),
        ("peak", "" if facts.peaks is None else formatting.peak(peak_db(facts.peaks)).removeprefix("peak ")),
        ("pitch", formatting.hertz(facts.pitch_hz)),
        ("brightness", formatting.hertz(facts.brightness_hz)),
    ]
    if row is not None:
        entries += [
            ("noisiness", f"{row.noisiness:.2f}" if row.noisiness is not None else ""),
            ("attack", formatting.seconds(row.attack_s) if row.attack_s is not None else ""),
            *fact_lines(row),
            ("slices", _slices(row.slices)),
            ("silence before", formatting.seconds(row.onset_s) if row.onset_s else ""),
            (
                "sound",
                f"{formatting.sample_rate(row.sample_rate)}, {formatting.channels(row.channels)}, "
                f"{counted(row.frames, 'frame')}",
            ),
            *_credit(row.credit),
            ("size", counted(row.size, "byte")),
            ("in", printable(row.root)),
            ("content", known_hash(row.content_hash) or "known once the whole file has been read"),
        ]
    return [(name, value) for name, value in entries if value]


def _credit(credit: Credit | None) -> list[tuple[str, str]]:
    """Where a sound comes from and what may be done with it."""
    if credit is None:
        return []
    forbids = ", no commercial use" if licence_of(credit.licence).commercial is False else ""
    return [
        ("licence", f"{credit.licence}{forbids}" + (f" ({credit.licence_url})" if credit.licence_url else "")),
        ("author", credit.author),
        ("title", credit.title),
        ("source", credit.source),
        ("training", "its author wants no model to be trained on it" if credit.refuses_training else ""),
    ]


def _slices(slices: Sequence[Slice]) -> str:
    """The number of slices and the onsets of the first ones."""
    if not slices:
        return ""
    shown = ", ".join(formatting.seconds(part.onset_s) if part.onset_s else "0" for part in slices[:_SHOWN])
    return f"{len(slices)}, at {shown}{' ...' if len(slices) > _SHOWN else ''}"
