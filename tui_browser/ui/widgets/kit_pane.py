"""The kit beside the map: a line for each slot, and how the chosen one is played."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui_browser.errors import printable
from tui_browser.kits.kit import Slot
from tui_browser.map.waveform import waveform_cells
from tui_browser.ui import formatting
from tui_browser.ui.state.beat import BeatState
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.key_pane import KeyPane
from tui_browser.ui.widgets.pane import Line

_WAVE = 8
"""Columns of the waveform of a slot."""
_LEVEL = 4
_FACTS = 4
"""Lines below the slots."""


class KitPane(KeyPane):
    """A title, the slots around the chosen one, and facts of that."""

    DEFAULT_CSS = """
    KitPane { width: 32; height: 1fr; border-left: solid $wall; display: none; }
    """

    @dataclass
    class Chosen(Message):
        """A slot was clicked; `twice` is the second click of a double one."""

        row: int
        twice: bool

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._beat = BeatState()
        self._hues: Sequence[int] = ()
        self._empty = ""

    def tell(self, beat: BeatState, hues: Sequence[int], *, empty: str) -> None:
        """Show the kit; `hues` are class indices of its slots, `empty` says what to do where there is none."""
        self._beat, self._hues, self._empty = beat, hues, empty
        self.draw()

    def draw(self) -> None:
        """Repaint the lines."""
        if not self.size.width or not self.size.height:
            return
        beat, paint = self._beat, self.paint
        if beat.at_hand is None:
            muted = paint.role("muted")
            self.show([self._title("kit"), [(" no kit yet", muted)], [(f" {self._empty}", muted)]])
            return
        slots = beat.at_hand.kit.slots
        facts = _FACTS if self.size.height >= len(slots) + 1 + _FACTS else 0
        page = max(1, self.size.height - 1 - facts)
        self._top = max(0, min(self._top, beat.row, len(slots) - page))
        self._top = max(self._top, beat.row - page + 1)
        shown = range(self._top, min(len(slots), self._top + page))
        lines = [self._title(self._heading()), *(self._row(row, slots[row]) for row in shown)]
        if facts:
            lines += [[], *self._facts(slots[beat.row])]
        self.show(lines)

    def _heading(self) -> str:
        beat = self._beat
        if beat.at_hand is None:
            return "kit"
        walking = f" walking: {beat.at_hand.kit.slots[beat.walk.row].role}" if beat.walk is not None else ""
        return f"{printable(beat.at_hand.kit.name)}{'*' if beat.unsaved else ''}{walking}"

    def _title(self, text: str) -> Line:
        style = self.paint.role("accent", bold=True) if self.active else self.paint.role("muted")
        return [(f" {formatting.cut_end(text, max(1, self.size.width - 1), ellipsis=self.paint.ellipsis)}", style)]

    def _row(self, row: int, slot: Slot) -> Line:
        paint, width, beat = self.paint, self.size.width, self._beat
        here, hue = row == beat.row, self._hues[row] if row < len(self._hues) else -1
        bar = self._bar() if here and self.active else None
        walked = beat.walk is not None and beat.walk.row == row
        mark = ("~" if paint.ascii else "♪") if walked else (">" if paint.ascii else "▸") if here else " "
        room = max(1, width - _WAVE - _LEVEL - 7)
        name = formatting.cut_end(printable(slot.role), room, ellipsis=paint.ellipsis)
        level = f"{slot.level_db:+.0f}" if slot.level_db else ""
        lock = ("L" if paint.ascii else "■") if slot.locked else " "
        text = bar or paint.role("text", bold=here)
        own = bar or paint.class_style(hue)
        return [
            (mark, bar or paint.role("accent", bold=True)),
            (f"{paint.letter(hue)} ", own),
            (name + " " * (room - cell_len(name) + 1), text),
            (self._wave(slot), own),
            (f" {lock}", bar or paint.role("warning")),
            (level.rjust(_LEVEL), bar or paint.role("muted")),
        ]

    def _wave(self, slot: Slot) -> str:
        sound = self._beat.sound(slot)
        if sound is None:
            return " " * _WAVE
        if sound.peaks is None:
            return f"{self.paint.gone} gone".ljust(_WAVE)
        wave: str = waveform_cells(sound.peaks, columns=_WAVE, rows=1, ascii_only=self.paint.ascii)[0]
        return wave

    def _facts(self, slot: Slot) -> list[Line]:
        paint, width = self.paint, max(1, self.size.width - 1)
        name = printable(os.path.basename(slot.path))
        pan = "middle" if not slot.pan else f"{abs(slot.pan):.1f} {'left' if slot.pan < 0 else 'right'}"
        words = [f"level {slot.level_db:+g} dB", f"pan {pan}"]
        more = [f"pitch {slot.pitch_semitones:+g}", f"choke {slot.choke}" if slot.choke else "no choke"]
        more += ["locked"] if slot.locked else []
        lines = [
            formatting.cut_middle(name, width, ellipsis=paint.ellipsis),
            *(paint.dot.join(w) for w in (words, more)),
        ]
        return [[(f" {line}", paint.role("text" if at == 0 else "muted"))] for at, line in enumerate(lines)]

    # --- events ------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        event.stop()
        beat, row = self._beat, self._top + event.y - 1
        if beat.at_hand is not None and event.y >= 1 and row < len(beat.at_hand.kit.slots):
            self.post_message(self.Chosen(row, twice=event.chain > 1))
