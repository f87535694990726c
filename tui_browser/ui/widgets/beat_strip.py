"""The beat below the map: a line for each track, a cell for each step, and the step that is heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message

from tui_browser.errors import printable
from tui_browser.kits.pattern import STEPS_A_BAR, STEPS_A_BEAT, Pattern
from tui_browser.ui import formatting
from tui_browser.ui.state.beat import BeatState
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.key_pane import KeyPane
from tui_browser.ui.widgets.pane import Line, Span

HEAD = 2
"""Lines above the tracks: what plays, and the steps."""
_NAME = 10
_LABEL = _NAME + 5
"""Columns before the first step."""
_WIDEST = 4
"""Most columns of a step."""
_SHADES = ((0.95, "█", "#"), (0.65, "▓", "X"), (0.35, "▒", "x"), (0.0, "░", "o"))
"""Least velocity of a shade, its sign and the one of a plain ASCII screen."""


class BeatStrip(KeyPane):
    """As many bars as fit around the chosen step; while a beat plays, a few cells change at each step."""

    DEFAULT_CSS = """
    BeatStrip { width: 1fr; height: 10; max-height: 50%; border-top: solid $wall; display: none; }
    """

    @dataclass
    class Chosen(Message):
        """A track was clicked; `step` is None where the click was on its name."""

        row: int
        step: int | None

    def __init__(self, paint: Styles, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._beat = BeatState()
        self._hues: Sequence[int] = ()
        self._empty = ""
        self._tracks = 0

    def tell(self, beat: BeatState, hues: Sequence[int], *, empty: str) -> None:
        """Show the beat; `hues` are class indices of its tracks, `empty` says what to do where there is none."""
        self._beat, self._hues, self._empty = beat, hues, empty
        tracks = len(beat.at_hand.pattern.tracks) if beat.at_hand is not None else 1
        if tracks != self._tracks:  # each change of the height paints the whole screen
            self._tracks = tracks
            self.styles.height = tracks + HEAD + 1
        self.draw()

    def draw(self) -> None:
        """Repaint the lines; only cells that changed are sent."""
        if not self.size.width or not self.size.height:
            return
        beat, paint = self._beat, self.paint
        if beat.at_hand is None:
            self.show([self._title("beat"), [(f" no beat yet: {self._empty}", paint.role("muted"))]])
            return
        pattern, page = beat.at_hand.pattern, max(1, self.size.height - HEAD)
        self._top = max(0, min(self._top, beat.row, len(pattern.tracks) - page))
        self._top = max(self._top, beat.row - page + 1)
        steps = self._steps(pattern)
        rows = range(self._top, min(len(pattern.tracks), self._top + page))
        self.show([self._title(self._words(pattern)), self._ruler(steps), *(self._row(row, steps) for row in rows)])

    # --- where steps stand -------------------------------------------------------------------------------------------

    def _steps(self, pattern: Pattern) -> range:
        """The steps that are shown: all, or so many bars around the chosen one."""
        bar = STEPS_A_BAR + STEPS_A_BAR // STEPS_A_BEAT
        bars = max(1, (self.size.width - _LABEL) // bar)
        if pattern.bars <= bars:
            return range(pattern.steps)
        first = min(max(0, self._beat.step // STEPS_A_BAR - bars // 2), pattern.bars - bars) * STEPS_A_BAR
        return range(first, min(pattern.steps, first + bars * STEPS_A_BAR))

    def _cell(self, steps: range) -> int:
        """Columns of a step."""
        gaps = len(steps) // STEPS_A_BEAT
        return max(1, min(_WIDEST, (self.size.width - _LABEL - gaps) // max(1, len(steps))))

    # --- lines -------------------------------------------------------------------------------------------------------

    def _words(self, pattern: Pattern) -> str:
        walk = self._beat.walk
        words = [printable(pattern.name), f"{pattern.bpm:g} bpm", f"swing {pattern.swing:g} %"]
        words += [f"{pattern.bars} bars"] if pattern.bars > 1 else []
        words += ["plays"] if self._beat.playing else []
        words += [f"walking: {printable(pattern.tracks[walk.row].name)}"] if walk is not None else []
        return self.paint.dot.join(words)

    def _title(self, text: str) -> Line:
        style = self.paint.role("accent", bold=True) if self.active else self.paint.role("muted")
        return [(f" {formatting.cut_end(text, max(1, self.size.width - 1), ellipsis=self.paint.ellipsis)}", style)]

    def _ruler(self, steps: range) -> Line:
        """Numbers of bars and beats, with a mark over the step that is heard."""
        paint, cell = self.paint, self._cell(steps)
        muted, head = paint.role("muted"), paint.role("accent", bold=True)
        spans: list[Span] = [(" " * _LABEL, muted)]
        for step in steps:
            beat, place = step // STEPS_A_BEAT, step % STEPS_A_BEAT
            number = f"{beat // STEPS_A_BEAT + 1}" if beat % STEPS_A_BEAT == 0 else "."
            heard = step == self._beat.heard
            sign = ("v" if paint.ascii else "▼") if heard else number if place == 0 else " "
            spans.append((sign.ljust(cell)[:cell] + self._gap(step), head if heard else muted))
        return spans

    @staticmethod
    def _gap(step: int) -> str:
        return " " if step % STEPS_A_BEAT == STEPS_A_BEAT - 1 else ""

    def _row(self, row: int, steps: range) -> Line:
        paint, beat = self.paint, self._beat
        if beat.at_hand is None:
            return []
        track, pattern = beat.at_hand.pattern.tracks[row], beat.at_hand.pattern
        hue, here = self._hues[row] if row < len(self._hues) else -1, row == beat.row
        audible = track in pattern.audible
        walked = beat.walk is not None and beat.walk.row == row
        mark = ("~" if paint.ascii else "♪") if walked else (">" if paint.ascii else "▸") if here else " "
        name = formatting.cut_end(printable(track.name), _NAME, ellipsis=paint.ellipsis)
        flag = "S" if track.solo else "M" if track.muted else " "
        own = paint.class_style(hue) if audible else paint.role("muted")
        spans: list[Span] = [
            (mark, paint.role("accent", bold=True)),
            (f"{paint.letter(hue)} ", own),
            (name + " " * (_NAME - cell_len(name)), paint.role("text" if audible else "muted", bold=here)),
            (f"{flag} ", paint.role("warning", bold=True)),
        ]
        cell = self._cell(steps)
        for step in steps:
            velocity = track.velocities[step]
            sign, style = self._sign(velocity, step), own if velocity else paint.role("ground")
            body = (sign * max(1, cell - 1) if velocity else sign).ljust(cell)[:cell]
            if step == beat.heard and velocity and audible:
                style = paint.role("text", bold=True) + Style(reverse=True)
            if here and step == beat.step and self.active:
                style = self.paint.cursor
            edge = body[max(1, cell - 1) :]
            spans += [(body[: max(1, cell - 1)], style), (edge + self._gap(step), paint.role("muted"))]
        return spans

    def _sign(self, velocity: float, step: int) -> str:
        if not velocity:
            return "." if self.paint.ascii else "·"
        return next(plain if self.paint.ascii else sign for least, sign, plain in _SHADES if velocity >= least)

    # --- events ------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        event.stop()
        beat, row = self._beat, self._top + event.y - HEAD - 1  # the line above is the border
        if beat.at_hand is None or event.y <= HEAD or row >= len(beat.at_hand.pattern.tracks):
            return
        steps = self._steps(beat.at_hand.pattern)
        cell, at = self._cell(steps), event.x - _LABEL
        beat_width = cell * STEPS_A_BEAT + 1
        place = (at // beat_width) * STEPS_A_BEAT + min(at % beat_width // cell, STEPS_A_BEAT - 1)
        inside = at >= 0 and place < len(steps)
        self.post_message(self.Chosen(row, steps[place] if inside else None))
