"""How much each aspect of a sound counts when neighbours are found, and why this neighbour is one."""

from __future__ import annotations

from typing import cast

from textual.app import ComposeResult

from tui_browser.library.likeness import ASPECTS, PLAIN, Weights
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.weight_actions import WeightActions
from tui_browser.ui.keys.command import WEIGHTS
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line, Span

STEPS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_NAME_CELLS = 10


class WeightsDialog(CommandDialog):
    """Each change acts at once; the result is None."""

    NAME = WEIGHTS

    def __init__(self, actions: WeightActions) -> None:
        super().__init__()
        self._actions = actions
        self._at = 0

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]], id="title")
        yield Note(self.host.paint, [[]] * len(ASPECTS), id="weights")
        yield Note(self.host.paint, [[]], id="about")
        yield Hints(self.host.paint, self.host.keys, screen=WEIGHTS)

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_weight_up(self) -> None:
        self._at = (self._at - 1) % len(ASPECTS)
        self.redraw()

    def do_weight_down(self) -> None:
        self._at = (self._at + 1) % len(ASPECTS)
        self.redraw()

    def do_weight_less(self) -> None:
        lower = [step for step in STEPS if step < self._actions.weights()[self._at]]
        self._set(lower[-1] if lower else 0.0)

    def do_weight_more(self) -> None:
        higher = [step for step in STEPS if step > self._actions.weights()[self._at]]
        self._set(higher[0] if higher else STEPS[-1])

    def do_weight_only(self) -> None:
        self._weigh([float(at == self._at) for at in range(len(ASPECTS))])

    def do_weight_reset(self) -> None:
        self._weigh(list(PLAIN))

    def do_weight_close(self) -> None:
        self.dismiss(None)

    def _set(self, weight: float) -> None:
        weights = list(self._actions.weights())
        weights[self._at] = weight
        self._weigh(weights)

    def _weigh(self, weights: list[float]) -> None:
        if any(weights):  # the last one that counts stays
            self._actions.weigh(cast(Weights, tuple(weights)))
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint, alike = self.host.paint, self._actions.alike()
        title = "What makes neighbours" + (", and how alike this one is" if alike else "")
        self.query_one("#title", Note).write([[(title, paint.role("accent", on="surface", bold=True))]])
        self.query_one("#weights", Note).write([self._line(at, alike) for at in range(len(ASPECTS))])
        about = "overall is the vector of the sound; the others are measured by themselves"
        self.query_one("#about", Note).write([[(about, paint.role("muted", on="surface"))]])

    def _line(self, at: int, alike: tuple[float, ...]) -> Line:
        paint, weight = self.host.paint, self._actions.weights()[at]
        on = "selection" if at == self._at else "surface"
        mark = (">" if paint.ascii else "▸") if at == self._at else " "
        text, muted = paint.role("text", on=on, bold=at == self._at), paint.role("muted", on=on)
        steps = sum(step <= weight for step in STEPS) - 1
        counts = formatting.bar(steps / (len(STEPS) - 1), cells=len(STEPS) - 1, ascii=paint.ascii)
        line: list[Span] = [
            (f"{mark} {ASPECTS[at].ljust(_NAME_CELLS)}", text),
            (f"counts {counts} {f'{weight:g}'.ljust(5)}", text if weight else muted),
        ]
        if alike:
            line.append((f"  alike {formatting.bar(alike[at], ascii=paint.ascii)}", muted))
        return line
