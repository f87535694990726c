"""The mixer beside the map: a slider for the weight of each sound and one for variance, heard as they are moved."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.timer import Timer

from tui_browser.ui import formatting, layout_mode
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.mixer_actions import MixerActions
from tui_browser.ui.keys.command import MIX
from tui_browser.ui.widgets.details import Facts, waveform
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line

STEP, FAR = 0.05, 0.25
LEAST, MOST = -1.0, 1.0
"""Of a weight; below 0 a sound is subtracted."""
MOST_VARIANCE = 2.0
_REST_S = 0.15
"""How long the sliders rest before the mix is made anew."""
_TRACK, _SHORT_TRACK, _VALUE = 15, 7, 7
"""Cells of a slider, of one in a narrow window, and of its value."""
_NARROW = 40
"""Cells from which sliders are long."""
_WAVE_ROWS = 3
_AROUND = 12
"""Rows of the screen for other things than sliders."""


class MixerDialog(CommandDialog):
    """Stays open until it is closed; the result is None."""

    NAME = MIX
    DEFAULT_CSS = """
    MixerDialog { align: right top; background: transparent; }
    MixerDialog.-ansi { background: transparent; }
    MixerDialog.-tall { align: right bottom; }
    MixerDialog > Vertical { width: 50; max-width: 66%; margin: 1 0 3 0; max-height: 100%; }
    MixerDialog.-compact > Vertical { max-width: 100%; }
    """

    def __init__(self, sounds: Sequence[tuple[str, int]], actions: MixerActions) -> None:
        """`sounds` are names, safe to print, and class indices."""
        super().__init__()
        self._sounds = list(sounds)
        self._actions = actions
        self._weights = [1.0] * len(sounds)
        self._variance = 0.0
        self._at = 0
        self._timer: Timer | None = None
        self._facts: Facts | None = None

    def box(self) -> ComposeResult:
        paint = self.host.paint
        yield Note(paint, [[]], id="title")
        yield Note(paint, [[]] * self._rows(), id="sliders")
        yield Note(paint, [[]] * (_WAVE_ROWS + 3), id="sound")
        yield Hints(paint, self.host.keys, screen=MIX)

    def on_mount(self) -> None:
        self._make()

    def on_resize(self, event: events.Resize) -> None:
        form = layout_mode.form(event.size.width, event.size.height)
        for name in layout_mode.FORMS:
            self.set_class(name == form, f"-{name}")
        self.call_after_refresh(self.redraw)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "sliders":
            at = self._top() + event.y
            if at > len(self._sounds):
                return
            self._at = at
            cells = track_cells(event.widget.size.width)
            cell = event.x - (event.widget.size.width - cells - _VALUE)
            if 0 <= cell < cells:
                low, high = self._range()
                self._set(low + (high - low) * cell / (cells - 1))
            self.redraw()

    def inform(self, facts: Facts | None) -> None:
        """Show the sound that was made."""
        self._facts = facts if facts is not None and facts.title and facts.path else self._facts
        self.redraw()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_mix_up(self) -> None:
        self._select(-1)

    def do_mix_down(self) -> None:
        self._select(1)

    def do_mix_less(self) -> None:
        self._set(self._value - STEP)

    def do_mix_more(self) -> None:
        self._set(self._value + STEP)

    def do_mix_far_less(self) -> None:
        self._set(self._value - FAR)

    def do_mix_far_more(self) -> None:
        self._set(self._value + FAR)

    def do_mix_zero(self) -> None:
        self._set(0.0)

    def do_mix_negate(self) -> None:
        if self._at < len(self._sounds):
            self._set(-self._value)

    def do_mix_alike(self) -> None:
        self._weights = [1.0] * len(self._sounds)
        self._changed()

    def do_mix_again(self) -> None:
        self._make()

    def do_mix_hear(self) -> None:
        self._actions.hear()

    def do_mix_before(self) -> None:
        self._actions.step(-1)

    def do_mix_after(self) -> None:
        self._actions.step(1)

    def do_mix_keep(self) -> None:
        self._actions.keep()

    def do_mix_close(self) -> None:
        if not self._actions.cancel():
            self.dismiss(None)

    # --- sliders -----------------------------------------------------------------------------------------------------

    @property
    def _value(self) -> float:
        return self._weights[self._at] if self._at < len(self._sounds) else self._variance

    def _range(self) -> tuple[float, float]:
        return (LEAST, MOST) if self._at < len(self._sounds) else (0.0, MOST_VARIANCE)

    def _select(self, by: int) -> None:
        self._at = (self._at + by) % (len(self._sounds) + 1)
        self.redraw()

    def _set(self, value: float) -> None:
        low, high = self._range()
        value = round(min(max(value, low), high) / STEP) * STEP
        if self._at < len(self._sounds):
            self._weights[self._at] = round(value, 2)
        else:
            self._variance = round(value, 2)
        self._changed()

    def _changed(self) -> None:
        """A slider was moved: make the mix once they rest."""
        self.redraw()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_REST_S, self._make)

    def _make(self) -> None:
        if not any(self._weights) or (min(self._weights) >= 0 and sum(self._weights) <= 0):
            self._actions.refuse("at least one weight has to be other than 0")
            return
        alike = len(set(self._weights)) == 1 and self._weights[0] > 0
        self._actions.make(None if alike else tuple(self._weights), self._variance)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return max(2, min(len(self._sounds) + 1, self.app.size.height - _AROUND))

    def _top(self) -> int:
        return max(0, min(self._at - self._rows() // 2, len(self._sounds) + 1 - self._rows()))

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint = self.host.paint
        subtracts = min(self._weights) < 0
        title = "Mix, weights as they are" if subtracts else "Mix"
        self.query_one("#title", Note).write([[(title, paint.role("accent", on="surface", bold=True))]])
        sliders = self.query_one("#sliders", Note)
        top, rows, width = self._top(), self._rows(), sliders.size.width
        sliders.write([self._slider(at, width, raw=subtracts) for at in range(top, top + rows)])
        self.query_one("#sound", Note).write(self._sound_lines(width))

    def _slider(self, at: int, width: int, *, raw: bool) -> Line:
        paint, here = self.host.paint, at == self._at
        on = "selection" if here else "surface"
        text, muted = paint.role("text", on=on, bold=here), paint.role("muted", on=on)
        mark = (">" if paint.ascii else "▸") if here else " "
        if at == len(self._sounds):
            name, style, value, low, high, shown = (
                "variance", text, self._variance, 0.0, MOST_VARIANCE, f"{self._variance:.2f}",
            )  # fmt: skip
        else:
            name, value, low, high = self._sounds[at][0], self._weights[at], LEAST, MOST
            style = paint.class_style(self._sounds[at][1], on=on, bold=here)
            total = sum(self._weights)
            shown = f"{value:+.2f}" if raw else f"{100 * value / total:.0f} %" if total else "0 %"
        cells = track_cells(width)
        room = max(3, width - cells - _VALUE - 3)
        name = formatting.cut_middle(name, room, ellipsis=paint.ellipsis).ljust(room)
        accent = paint.role("accent", on=on, bold=True)
        left, knob, right = track(value, low, high, cells=cells, ascii=paint.ascii)
        return [(f"{mark} ", text), (f"{name} ", style), (left, muted), (knob, accent), (right, muted),
                (shown.rjust(_VALUE), text)]  # fmt: skip

    def _sound_lines(self, width: int) -> list[Line]:
        paint, facts = self.host.paint, self._facts
        muted = paint.role("muted", on="surface")
        if facts is None:
            return [[], [("the mix is being made ...", muted)], *[[]] * (_WAVE_ROWS + 1)]
        style = paint.class_style(facts.class_index, on="surface")
        words = [formatting.certainty(facts.class_name, facts.class_p) if facts.class_name else facts.story,
                 formatting.seconds(facts.duration_s)]  # fmt: skip
        lines: list[Line] = [[], [(paint.dot.join(filter(None, words)), style)]]
        if facts.peaks is not None:
            drawn = waveform(facts.peaks, paint, columns=width, rows=_WAVE_ROWS, style=style, muted=muted)
            lines += [[(text, each + style.background_style) for text, each in line] for line in drawn]
        return lines + [[]] * (_WAVE_ROWS + 3 - len(lines))


def track_cells(width: int) -> int:
    """Cells of a slider in a window of this width."""
    return _TRACK if width >= _NARROW else _SHORT_TRACK


def track(value: float, low: float, high: float, *, cells: int = _TRACK, ascii: bool) -> tuple[str, str, str]:
    """A slider as what is left of its knob, the knob, and what is right of it; the middle of -1 to 1 is marked."""
    line, knob, zero = ("-", "O", "+") if ascii else ("─", "●", "┼")
    drawn = [line] * cells
    if low < 0:
        drawn[round(-low / (high - low) * (cells - 1))] = zero
    at = round((value - low) / (high - low) * (cells - 1))
    return "".join(drawn[:at]), knob, "".join(drawn[at + 1 :])
