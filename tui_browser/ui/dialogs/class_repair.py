"""Class repair: one doubtful sample after another is heard and judged by one key; then the classes are learned anew."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tui_browser.errors import counted
from tui_browser.records import colour_places
from tui_browser.service.messages import ClassesRefitted
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.dialogs.repair_actions import RepairActions
from tui_browser.ui.keys.command import REPAIR
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.classes import own_classes, place_of_name, typed_letter
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line, Span
from tui_browser.workbench.class_repair.fit import LEAST_ANSWERS
from tui_browser.workbench.class_repair.queue import Doubtful
from tui_browser.workbench.class_repair.refit import Refit

_ENOUGH = 20
"""Answers after which learning is proposed."""
_BAR = 30
"""Cells of the bar of progress."""


class ClassRepairScreen(CommandDialog):
    """Stays open until it is closed; the result is None."""

    NAME = REPAIR

    def __init__(self, actions: RepairActions) -> None:
        super().__init__()
        self._actions = actions
        self._queue: list[Doubtful] | None = None
        self._at = 0
        self._answers: dict[int, str] = {}
        """By place in the queue; an empty class was skipped."""
        self._judged_before = 0
        """Answers of earlier queues and days."""
        self._number: int | None = None
        """Of the request whose answer is waited for."""
        self._refit: Refit | None = None
        self._notice = "looking for the most doubtful samples ..."
        self._worker: LatestWorker | None = None

    def box(self) -> ComposeResult:
        yield Note(self.host.paint, [[]] * 2, id="title")
        yield Note(self.host.paint, [[]] * 4, id="sample")
        yield Note(self.host.paint, [[]] * self._class_rows(), id="classes")
        yield Note(self.host.paint, [[]], id="about")
        yield Hints(self.host.paint, self.host.keys, screen=REPAIR)

    def on_mount(self) -> None:
        self._worker = LatestWorker(self.app, "class repair", failed=lambda error: self._say(str(error)))
        self._read()

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def _read(self) -> None:
        if self._worker is not None:
            self._worker.submit(self._actions.read, lambda answer: self._take_queue(*answer))

    def _take_queue(self, queue: Sequence[Doubtful], judged: int) -> None:
        self._judged_before = max(judged, self._judged_before + self._judged)
        self._queue, self._at, self._answers = list(queue), 0, {}
        if not queue:
            self._say(f"nothing is in doubt among {self._actions.scope}")
        else:
            self._say("")
            self._hear()

    @property
    def _judged(self) -> int:
        return sum(bool(name) for name in self._answers.values())

    # --- keys --------------------------------------------------------------------------------------------------------

    def intercept(self, key: str) -> bool:
        """The letter of a class is the answer."""
        letters = self._letters()
        letter = typed_letter(key, letters) if len(key) == 1 else ""
        if not letter:
            return False
        if self._refit is None and self._present() is not None:
            self._answer(letters[letter])
        return True

    def _letters(self) -> dict[str, str]:
        names, paint = self._actions.class_names, self.host.paint
        return {paint.letter(place_of_name(names, name)): name for name in own_classes(names)}

    def do_repair_hear(self) -> None:
        self._hear()

    def do_repair_skip(self) -> None:
        if self._refit is None and self._present() is not None:
            self._answer("")

    def do_repair_back(self) -> None:
        """Back to the sample before, whose answer is taken back."""
        if self._refit is not None:
            self._leave_refit()
        elif self._at:
            self._at -= 1
            if self._answers.pop(self._at, ""):
                self._actions.answer((self._queue or [])[self._at].sample, "")
            self._say("")
            self._hear()

    def do_repair_learn(self) -> None:
        """Learn from the answers; where that was done, take it."""
        if self._refit is not None:
            self._actions.take(self._refit)
            self._refit = None
            undo = self.host.keys.first("undo")
            self._say(f"taken: {undo} on the map undoes it; looking for what is in doubt now ...")
            self._read()
        elif self._number is None:
            self._number = self._actions.refit()
            self._say("learning from all classes that you corrected ...")

    def do_repair_close(self) -> None:
        if self._refit is not None:
            self._leave_refit()
            return
        self._actions.stop()
        self.dismiss(None)

    def take_refit(self, event: ClassesRefitted) -> None:
        """The answer of the service."""
        if event.number != self._number:
            return
        self._number, self._refit = None, event.refit
        self._say(event.reason)

    def _leave_refit(self) -> None:
        self._refit = None
        self._say("not taken: the classes stay as they were, your answers too")

    # --- the queue ---------------------------------------------------------------------------------------------------

    def _present(self) -> Doubtful | None:
        queue = self._queue or []
        return queue[self._at] if self._at < len(queue) else None

    def _answer(self, name: str) -> None:
        present = self._present()
        assert present is not None  # the callers asked
        self._answers[self._at] = name
        if name:
            self._actions.answer(present.sample, name)
        self._at += 1
        enough = self._judged + self._judged_before >= _ENOUGH and self._judged % 10 == 0
        learn = self.host.keys.first("repair_learn")
        self._say(f"{learn} learns from the answers now" if enough or self._present() is None else "")
        self._hear()

    def _hear(self) -> None:
        present = self._present()
        if present is not None:
            self._actions.hear(present.path)
        else:
            self._actions.stop()

    def _say(self, text: str) -> None:
        self._notice = text
        self.redraw()

    # --- drawing -----------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        paint = self.host.paint
        accent, muted = paint.role("accent", on="surface", bold=True), paint.role("muted", on="surface")
        queue = self._queue or []
        judged = f"{counted(self._judged + self._judged_before, 'answer')}" if queue or self._judged_before else ""
        place = f"{min(self._at + 1, len(queue))} of {len(queue)}" if queue else ""
        title: Line = [("Class repair", accent), (f"  {paint.dot.join(filter(None, (place, judged)))}", muted)]
        self.query_one("#title", Note).write([title, self._bar()])
        self.query_one("#sample", Note).write(self._sample_lines())
        self.query_one("#classes", Note).write(self._class_lines())
        self.query_one("#about", Note).write(self._about_lines())

    def _bar(self) -> Line:
        """One mark a sample: judged, skipped, present, to come."""
        paint, queue = self.host.paint, self._queue or []
        names = list(self._actions.class_names)
        spans: list[Span] = []
        start = max(0, min(self._at - _BAR, len(queue) - 2 * _BAR))
        for at in range(start, min(len(queue), start + 2 * _BAR)):
            name = self._answers.get(at)
            if at == self._at:
                spans.append((">" if paint.ascii else "▸", paint.role("accent", on="surface", bold=True)))
            elif name:
                index = place_of_name(names, name)
                spans.append((paint.letter(index), paint.class_style(index, on="surface", bold=True)))
            else:
                dot = ("-" if paint.ascii else "–") if name == "" else ("." if paint.ascii else "·")
                spans.append((dot, paint.role("muted", on="surface")))
        return spans

    def _sample_lines(self) -> list[Line]:
        paint, present = self.host.paint, self._present()
        text, muted = paint.role("text", on="surface", bold=True), paint.role("muted", on="surface")
        width = max(16, self.query_one("#sample", Note).size.width)
        if self._refit is not None:
            return self._refit_lines(self._refit)
        if present is None:
            return [[]] * 4
        name = formatting.cut_middle(formatting.file_name(present.path), width, ellipsis=paint.ellipsis)
        folder = formatting.cut_start(formatting.folder_name(present.path), width, ellipsis=paint.ellipsis)
        certainty = formatting.certainty(self._actions.class_names[present.class_index], present.class_p)
        place = int(colour_places(self._actions.class_names)[present.class_index])
        style = paint.class_style(place, on="surface", bold=True)
        return [[(name, text)], [(folder, muted)], [("the model says ", muted), (certainty, style)], []]

    def _class_rows(self) -> int:
        return -(-len(own_classes(self._actions.class_names)) // 4) + 1

    def _class_lines(self) -> list[Line]:
        """The letters with their classes, four in a row."""
        paint, names = self.host.paint, list(self._actions.class_names)
        if self._refit is not None or self._present() is None:
            return [[]] * self._class_rows()
        cells: list[Line] = []
        for letter, name in self._letters().items():
            style = paint.class_style(place_of_name(names, name), on="surface", bold=True)
            cells.append(
                [(f"{letter} ", style), (f"{formatting.class_word(name):<14}", paint.role("text", on="surface"))]
            )
        rows: list[Line] = [[span for cell in cells[at : at + 4] for span in cell] for at in range(0, len(cells), 4)]
        return [*rows, []]

    def _about_lines(self) -> list[Line]:
        muted = self.host.paint.role("muted", on="surface")
        if self._refit is not None:
            take, leave = (self.host.keys.first(key) for key in ("repair_learn", "repair_close"))
            return [[(f"{take} takes it, {leave} leaves everything as it is", muted)]]
        missing = LEAST_ANSWERS - self._judged - self._judged_before
        hint = f"after {counted(missing, 'more answer')} the classes can be learned anew"
        if missing <= 0:
            hint = f"{self.host.keys.first('repair_learn')} learns from all classes that you corrected"
        return [[(self._notice or (hint if self._queue else ""), muted)]]

    def _refit_lines(self, refit: Refit) -> list[Line]:
        """How good it is, and how much would change."""
        paint = self.host.paint
        text = paint.role("text", on="surface")
        style = paint.role("accent" if refit.better else "warning", on="surface", bold=True)
        return [
            [
                ("answers met while held out: ", text),
                (f"{refit.right_before} of {refit.answers}, repaired {refit.right_after}", style),
            ],
            [("how probable they are: ", text), (f"{refit.p_before:.0%}, repaired {refit.p_after:.0%}", style)],
            [],
            [(f"{formatting.samples(refit.changed)} that you did not judge would change class", text)],
        ]
